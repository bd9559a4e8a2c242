"""Cuts the segment scores of a video into events: hysteresis threshold, merge gap, minimum length.

The review page cuts by the same rule (``visualization/report_page/cut_events.js``). Scores and
thresholds are compared in float32, the precision models score in, so both agree to the last bit.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from mmvad.timeline import SEGMENT_FRAMES


@dataclass(frozen=True)
class EventRule:
    """How scores become events.

    1. A run of segments with scores at or above `low_threshold` is an event if one of its scores
       reaches `threshold`.
    2. Events with at most `merge_gap` segments between them become one.
    3. What is then shorter than `min_segments` is dropped.

    Attributes:
        threshold: In [0, 1]; a score at or above it starts an event.
        low_ratio: In (0, 1]; an event extends over its neighbours while they stay at or above
            ``low_ratio * threshold``. A ratio, so that it keeps its meaning where the threshold
            moves: in calibration and under the slider of the review page. 1 is no hysteresis.
        min_segments: Shortest event, in segments, at least 1.
        merge_gap: Longest gap that is closed, in segments; 0 closes none.

    Raises:
        ValueError: A setting lies outside of its range.

    Example:
        >>> EventRule(threshold=0.8, low_ratio=0.5).low_threshold
        0.4
    """

    threshold: float = 0.5
    low_ratio: float = 1.0
    min_segments: int = 1
    merge_gap: int = 0

    def __post_init__(self) -> None:
        if not _is_number(self.threshold) or not 0 <= self.threshold <= 1:
            raise ValueError(f'threshold must lie in [0, 1], got {self.threshold!r}')
        if not _is_number(self.low_ratio) or not 0 < self.low_ratio <= 1:
            raise ValueError(f'low_ratio must lie in (0, 1], got {self.low_ratio!r}')
        for name, least in (('min_segments', 1), ('merge_gap', 0)):
            count = getattr(self, name)
            if not isinstance(count, int) or isinstance(count, bool) or count < least:
                raise ValueError(
                    f'{name} must be a whole number of at least {least}, got {count!r}'
                )

    @property
    def low_threshold(self) -> float:
        """Score down to which an event extends: the float32 product, shortly written."""
        return shortest_float(float(np.float32(self.threshold)) * self.low_ratio)

    def to_dict(self) -> dict:
        """Give the settings as they stand in result and threshold files.

        Example:
            >>> EventRule().to_dict()  # doctest: +NORMALIZE_WHITESPACE
            {'threshold': 0.5, 'low_ratio': 1.0, 'min_segments': 1, 'merge_gap': 0,
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
            >>> EventRule.from_dict(EventRule(0.8).to_dict())
            EventRule(threshold=0.8, low_ratio=1.0, min_segments=1, merge_gap=0)
        """
        expected = {*cls.__dataclass_fields__, 'low_threshold'}
        if not isinstance(settings, Mapping) or settings.keys() != expected:
            raise ValueError(
                f'event settings must have the keys {sorted(expected)}, got {settings!r}'
            )
        rule = cls(**{name: settings[name] for name in cls.__dataclass_fields__})
        if settings['low_threshold'] != rule.low_threshold:
            raise ValueError(
                f'low_threshold {settings["low_threshold"]!r} is not threshold * low_ratio = '
                f'{rule.low_threshold!r}'
            )
        return rule


@dataclass(frozen=True)
class Event:
    """One event of a video, every interval half-open ``[start, end)``.

    Attributes:
        id: 1, 2, ... in the order of time.
        start_segment: First segment.
        end_segment: One past the last segment.
        start_frame: First frame.
        end_frame: One past the last frame; never beyond the video where its length is known.
        start_time: Seconds; None where the frame rate is not known.
        end_time: Seconds, or None.
        peak_score: Highest segment score.
        mean_score: Mean segment score.
    """

    id: int
    start_segment: int
    end_segment: int
    start_frame: int
    end_frame: int
    start_time: float | None
    end_time: float | None
    peak_score: float
    mean_score: float


def check_scores(scores: Sequence[float] | np.ndarray) -> np.ndarray:
    """Make sure that these are the scores of a video.

    Args:
        scores: (S,) anomaly scores in [0, 1], S at least 1.

    Returns:
        (S,) float32.

    Raises:
        ValueError: The shape or a value does not fit.

    Example:
        >>> check_scores([0.25, 1.0]).dtype
        dtype('float32')
    """
    scores = np.asarray(scores, np.float32)
    if scores.ndim != 1 or not len(scores):
        raise ValueError(f'expected scores of shape (S,) with S >= 1, got {scores.shape}')
    wrong = np.flatnonzero(~((scores >= 0) & (scores <= 1)))  # catches NaN as well
    if len(wrong):
        raise ValueError(f'scores must lie in [0, 1], segment {wrong[0]} has {scores[wrong[0]]}')
    return scores


def cut_events(
    scores: Sequence[float] | np.ndarray, rule: EventRule, breaks: Sequence[int] = ()
) -> np.ndarray:
    """Cut scores into runs of segments.

    Worked example: at threshold 0.8 the first run has its peak in segment 1 and, down to 0.4,
    reaches over segments 1 and 2; segment 4 is a second run; the single segment between them is
    closed by ``merge_gap=1``. Segment 7 reaches 0.4, but holds no score of 0.8.

    Args:
        scores: (S,) in [0, 1].
        rule: Thresholds, minimum length, merge gap.
        breaks: Segments, in order, before which something is missing: no event reaches over these
            places.

    Returns:
        (E, 2) int64, ``[start, end)`` in segments, in order, each a run of its own.

    Raises:
        ValueError: The scores are not those of a video.

    Example:
        >>> scores = [0.1, 0.9, 0.5, 0.2, 0.8, 0.1, 0.1, 0.5]
        >>> cut_events(scores, EventRule(0.8)).tolist()
        [[1, 2], [4, 5]]
        >>> cut_events(scores, EventRule(0.8, low_ratio=0.5)).tolist()
        [[1, 3], [4, 5]]
        >>> cut_events(scores, EventRule(0.8, low_ratio=0.5, merge_gap=1)).tolist()
        [[1, 5]]
        >>> cut_events(scores, EventRule(0.8, low_ratio=0.5, min_segments=2)).tolist()
        [[1, 3]]
        >>> cut_events([0.9, 0.9, 0.9], EventRule(0.8), breaks=[2]).tolist()
        [[0, 2], [2, 3]]
    """
    parts = np.split(check_scores(scores), list(breaks))
    starts = [0, *breaks]
    return np.concatenate(
        [cut_runs(part, rule) + start for part, start in zip(parts, starts, strict=True)]
    )


def cut_runs(scores: np.ndarray, rule: EventRule) -> np.ndarray:
    """Do what `cut_events` does without looking at the scores.

    Args:
        scores: (S,) float32, any values; S may be 0.
        rule: Thresholds, minimum length, merge gap.

    Returns:
        (E, 2) int64.

    Example:
        >>> cut_runs(np.array([1, -1, 1], np.float32), EventRule()).tolist()
        [[0, 1], [2, 3]]
    """
    extends = scores >= np.float32(rule.low_threshold)
    edges = np.flatnonzero(np.diff(extends, prepend=False, append=False))
    runs = edges.reshape(-1, 2)
    peaks = np.concatenate([[0], np.cumsum(scores >= np.float32(rule.threshold))])  # (S + 1,)
    runs = runs[peaks[runs[:, 1]] > peaks[runs[:, 0]]]
    if len(runs):
        apart = runs[1:, 0] - runs[:-1, 1] > rule.merge_gap
        starts = runs[np.append(True, apart), 0]
        ends = runs[np.append(apart, True), 1]
        runs = np.stack([starts, ends], 1)
    return runs[runs[:, 1] - runs[:, 0] >= rule.min_segments]


def find_events(
    scores: Sequence[float] | np.ndarray,
    rule: EventRule,
    num_frames: int | None = None,
    fps: float | None = None,
    breaks: Sequence[int] = (),
) -> list[Event]:
    """Cut scores into events and lay them out in segments, frames and seconds.

    Args:
        scores: (S,) in [0, 1].
        rule: Thresholds, minimum length, merge gap.
        num_frames: Frames of the video, so that an event in a padded last segment ends with the
            video; None takes every segment as whole.
        fps: Frames a second; None leaves the times None.
        breaks: See `cut_events`.

    Returns:
        The events, in the order of time.

    Raises:
        ValueError: The scores are not those of a video, the last segment starts behind the last
            frame, or the frame rate is not positive.

    Example:
        >>> event, = find_events([0.1, 0.75, 0.5], EventRule(0.5), num_frames=40, fps=8)
        >>> (event.start_frame, event.end_frame), (event.start_time, event.end_time)
        ((16, 40), (2.0, 5.0))
        >>> event.peak_score, event.mean_score
        (0.75, 0.625)
    """
    scores = check_scores(scores)
    check_length(len(scores), num_frames)
    check_fps(fps)
    events = []
    for number, (start, end) in enumerate(cut_events(scores, rule, breaks).tolist(), 1):
        start_frame, end_frame = segment_frames(start, num_frames)[0], end * SEGMENT_FRAMES
        if num_frames is not None:
            end_frame = min(end_frame, num_frames)
        events.append(
            Event(
                id=number,
                start_segment=start,
                end_segment=end,
                start_frame=start_frame,
                end_frame=end_frame,
                start_time=None if fps is None else start_frame / fps,
                end_time=None if fps is None else end_frame / fps,
                peak_score=shortest_float(scores[start:end].max()),
                mean_score=shortest_float(scores[start:end].mean(dtype=np.float64)),
            )
        )
    return events


def segment_frames(segment: int, num_frames: int | None = None) -> tuple[int, int]:
    """Give the frames of a segment.

    Args:
        segment: 0-based.
        num_frames: Frames of the video; the last segment ends with it.

    Returns:
        Half-open ``(start, end)``.

    Example:
        >>> segment_frames(1), segment_frames(1, num_frames=20)
        ((16, 32), (16, 20))
    """
    end = (segment + 1) * SEGMENT_FRAMES
    return segment * SEGMENT_FRAMES, end if num_frames is None else min(end, num_frames)


def seconds_to_segments(seconds: float, fps: float) -> int:
    """Give the fewest whole segments that last at least so long.

    Args:
        seconds: Not negative.
        fps: Frames a second.

    Returns:
        Number of segments; use it for `min_segments` and `merge_gap`.

    Raises:
        ValueError: The seconds are negative or not finite, or the frame rate is not positive.

    Example:
        >>> seconds_to_segments(2, fps=30), seconds_to_segments(0, fps=30)
        (4, 0)
    """
    check_fps(fps)
    if not _is_number(seconds) or not 0 <= seconds < math.inf:
        raise ValueError(f'seconds must not be negative, got {seconds!r}')
    return math.ceil(seconds * fps / SEGMENT_FRAMES)


def check_fps(fps: float | None) -> None:
    """Make sure that a frame rate is one, or None.

    Raises:
        ValueError: It is not a positive, finite number.

    Example:
        >>> check_fps(29.97)
    """
    if fps is not None and not (_is_number(fps) and 0 < fps < math.inf):
        raise ValueError(f'fps must be a positive number, got {fps!r}')


def check_length(num_segments: int, num_frames: int | None) -> None:
    """Make sure that every segment starts inside of the video.

    Raises:
        ValueError: The last segment starts behind the last frame.

    Example:
        >>> check_length(3, 33)
    """
    if num_frames is not None and num_frames <= (num_segments - 1) * SEGMENT_FRAMES:
        raise ValueError(
            f'{num_segments} segments of {SEGMENT_FRAMES} frames do not fit {num_frames} frames'
        )


def shortest_float(value: float | np.floating) -> float:
    """Give the shortest decimal number that is the same in float32.

    Example:
        >>> float(np.float32(0.1)), shortest_float(np.float32(0.1))
        (0.10000000149011612, 0.1)
    """
    return float(str(np.float32(value)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.floating) and not isinstance(value, bool)
