"""How scores become events: threshold, hysteresis, least length, merge gap."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from mmvad.timeline import SEGMENT_FRAMES

TOLERANCE = 1e-6  # seconds; durations are differences of rounded times


@dataclass(frozen=True)
class EventRule:
    """How scores become events.

    1. A run of segments with scores at or above `low_threshold` is an event if one of its scores
       reaches `threshold`.
    2. Events with at most `merge_seconds` between them become one.
    3. Events that are then shorter than `min_seconds` are dropped.

    Lengths are in seconds, so that a rule means the same for cameras of any frame rate. Scores and
    thresholds are compared in float32, the precision that models score in.

    Attributes:
        threshold: In [0, 1]; a score at or above it starts an event.
        low_ratio: In (0, 1]; an event extends over its neighbours while they stay at or above
            ``low_ratio * threshold``. A ratio, so that it keeps its meaning where the threshold
            moves: in calibration and under the slider of the review page. 1 is no hysteresis.
        min_seconds: Least length of an event.
        merge_seconds: Longest pause that is closed; 0 closes none.

    Raises:
        ValueError: A setting lies outside its range.

    Example:
        >>> EventRule(threshold=0.8, low_ratio=0.5).low_threshold
        0.4
    """

    threshold: float = 0.5
    low_ratio: float = 1.0
    min_seconds: float = 0.0
    merge_seconds: float = 0.0

    def __post_init__(self) -> None:
        if not is_number(self.threshold) or not 0 <= self.threshold <= 1:
            raise ValueError(f'threshold must lie in [0, 1], got {self.threshold!r}')
        if not is_number(self.low_ratio) or not 0 < self.low_ratio <= 1:
            raise ValueError(f'low_ratio must lie in (0, 1], got {self.low_ratio!r}')
        for name in ('min_seconds', 'merge_seconds'):
            seconds = getattr(self, name)
            if not is_number(seconds) or not 0 <= seconds < math.inf:
                raise ValueError(f'{name} must be a number of at least 0, got {seconds!r}')
        for name in self.__dataclass_fields__:  # JSON takes no number of numpy
            object.__setattr__(self, name, float(getattr(self, name)))

    @property
    def low_threshold(self) -> float:
        """Score down to which an event extends: the float32 product in its shortest form."""
        return shortest_float(float(np.float32(self.threshold)) * self.low_ratio)

    @property
    def needs_seconds(self) -> bool:
        """Whether the rule can cut only videos whose frame rate is known."""
        return self.min_seconds > 0 or self.merge_seconds > 0

    def to_dict(self) -> dict:
        """Give the settings as they stand in scores and threshold files.

        Example:
            >>> EventRule().to_dict()  # doctest: +NORMALIZE_WHITESPACE
            {'threshold': 0.5, 'low_ratio': 1.0, 'min_seconds': 0.0, 'merge_seconds': 0.0,
             'low_threshold': 0.5}
        """
        return {**asdict(self), 'low_threshold': self.low_threshold}

    @classmethod
    def from_dict(cls, settings: Mapping) -> 'EventRule':
        """Read settings that `to_dict` wrote.

        Args:
            settings: The settings; `low_threshold` follows from two others and is checked.

        Returns:
            The rule.

        Raises:
            ValueError: A setting is missing, unknown or out of range, or `low_threshold` is not
                the product of threshold and ratio.

        Example:
            >>> EventRule.from_dict(EventRule(0.8).to_dict()).threshold
            0.8
        """
        expected = {*cls.__dataclass_fields__, 'low_threshold'}
        if not isinstance(settings, Mapping) or settings.keys() != expected:
            raise ValueError(
                f'an event rule must have the keys {sorted(expected)}, got {settings!r}'
            )
        rule = cls(**{name: settings[name] for name in cls.__dataclass_fields__})
        if settings['low_threshold'] != rule.low_threshold:
            raise ValueError(
                f'low_threshold {settings["low_threshold"]!r} is not threshold * low_ratio = '
                f'{rule.low_threshold!r}'
            )
        return rule


def rule_from_segments(settings: Mapping, fps: float | None) -> EventRule:
    """Read a rule of version 1, whose lengths are counted in segments.

    Args:
        settings: ``threshold``, ``low_ratio``, ``min_segments``, ``merge_gap``.
        fps: Frames a second of the videos that it is for; None where that is not known.

    Returns:
        The rule that cuts videos of this rate alike.

    Raises:
        ValueError: A setting does not fit, or a length needs a rate and there is none.

    Example:
        >>> old = dict(threshold=0.5, low_ratio=1.0, min_segments=2, merge_gap=0)
        >>> rule_from_segments(old, fps=32).min_seconds
        1.0
    """
    expected = {'threshold', 'low_ratio', 'min_segments', 'merge_gap'}
    if not isinstance(settings, Mapping) or settings.keys() - {'low_threshold'} != expected:
        raise ValueError(f'an event rule must have the keys {sorted(expected)}, got {settings!r}')
    min_segments, merge_gap = settings['min_segments'], settings['merge_gap']
    for name, count, least in (('min_segments', min_segments, 1), ('merge_gap', merge_gap, 0)):
        if type(count) is not int or count < least:
            raise ValueError(f'{name} must be a whole number of at least {least}, got {count!r}')
    trivial = min_segments == 1 and merge_gap == 0
    if not trivial and fps is None:
        raise ValueError(
            f'min_segments={min_segments} and merge_gap={merge_gap} count segments, and the frame '
            'rate that they are for is not known; calibrate again'
        )
    segment = 0.0 if trivial else SEGMENT_FRAMES / fps  # seconds
    return EventRule(
        settings['threshold'],
        settings['low_ratio'],
        min_seconds=0.0 if min_segments == 1 else min_segments * segment,
        merge_seconds=merge_gap * segment,
    )


def shortest_float(value: float | np.floating) -> float:
    """Give the shortest decimal number that is the same in float32.

    Example:
        >>> float(np.float32(0.1)), shortest_float(np.float32(0.1))
        (0.10000000149011612, 0.1)
    """
    return float(str(np.float32(value)))


def is_number(value: object) -> bool:
    """Tell numbers from everything else; True and False are none.

    Example:
        >>> is_number(0.5), is_number(True)
        (True, False)
    """
    return isinstance(value, int | float | np.floating) and not isinstance(value, bool)
