"""A scored video: the one form from the test's scores file to the review page."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from mmvad.addresses import hide_addresses, shown_name
from mmvad.clock import Clock
from mmvad.datasets.annotation_rules import NORMAL
from mmvad.scores.events import Event, check_scores, find_events
from mmvad.scores.rule import EventRule
from mmvad.timeline import SEGMENT_FRAMES, TAILS, count_segments


@dataclass(frozen=True)
class ScoreGap:
    """A place where a live source was lost; nothing is scored together over it.

    Attributes:
        segment: First one after the gap; S where the source did not come back.
        seconds: From the last frame before to the first one after; None where it did not come back.
        attempts: How often the source was opened until it gave a frame again.
        reason: What ended the frames before.

    Raises:
        ValueError: A count is negative.
    """

    segment: int
    seconds: float | None
    attempts: int
    reason: str

    def __post_init__(self) -> None:
        if self.segment < 0 or self.attempts < 0 or (self.seconds or 0) < 0:
            raise ValueError(f'a gap has no negative number, got {self}')
        object.__setattr__(self, 'reason', hide_addresses(self.reason))


@dataclass(frozen=True, eq=False)
class ScoredVideo:
    """One video's scores beside all that is known of it, checked when it is made.

    Frames, events and annotated events count *scored* frames (`Clock`).

    Attributes:
        name: Of the video in its data set, its path, or of an address what may be shown of it.
        scores: (S,) float32 anomaly scores in [0, 1], one per segment; empty where `error` is set.
        clock: Frames and times of the segments; None knows their number only.
        label: 1 where the video holds an anomaly, 0 where it is normal, None where not known.
        category: ``'Normal'`` for label 0, otherwise one category or several joined by ``-``; None
            where not known.
        annotated_events: Anomalous frames ``[start, end)`` of the ground truth; None where they are
            not known. A normal video has none.
        events: What a rule cut from the scores.
        attention: (R, S) float32, how much each segment counted in its bag, one row a hop.
        gaps: Where a live source was lost.
        started_at: When the first frame of a live source came, with its time zone.
        arrivals: (S,) seconds from then until each segment had come.
        tail: Rule by which the extractor counted segments; None where it is not known.
        segments_tolerance: Segments that a feature file may have fewer than the rule says.
        seconds_taken: Time that the scoring took.
        incomplete: Why only a part was scored; None where all of it was.
        error: Why the video could not be scored; None where it was.

    Raises:
        ValueError: A field does not fit the others; the text names the video.

    Example:
        >>> video = ScoredVideo('a', [0.1, 0.9], label=1, annotated_events=[(16, 30)])
        >>> video.scores.dtype, video.annotated_events, video.clock.num_segments
        (dtype('float32'), ((16, 30),), 2)
    """

    name: str
    scores: np.ndarray
    clock: Clock | None = None
    label: int | None = None
    category: str | None = None
    annotated_events: tuple[tuple[int, int], ...] | None = None
    events: tuple[Event, ...] = ()
    attention: np.ndarray | None = None
    gaps: tuple[ScoreGap, ...] = ()
    started_at: datetime | None = None
    arrivals: np.ndarray | None = None
    tail: str | None = None
    segments_tolerance: int = 0
    seconds_taken: float | None = None
    incomplete: str | None = None
    error: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ValueError(f'the name of a video must be a text, got {self.name!r}')
        try:
            self._normalise()
            self._check_annotation()
            if self.error is None:
                self._check_scored()
            elif len(self.scores) or self.events:
                raise ValueError('a video with an error has neither scores nor events')
        except ValueError as error:
            raise ValueError(f'video {self.name!r}: {error}') from error

    @property
    def num_segments(self) -> int:
        """S."""
        return len(self.scores)

    @property
    def breaks(self) -> list[int]:
        """Segments before which something is missing."""
        return [gap.segment for gap in self.gaps]

    @property
    def real_time_factor(self) -> float | None:
        """Time that scoring took over the length of the video; below 1 is faster than it runs."""
        edges = None if self.clock is None else self.clock.edges
        if edges is None or self.seconds_taken is None or self.started_at is not None:
            return None
        return self.seconds_taken / float(edges[-1])

    def cut(self, rule: EventRule) -> 'ScoredVideo':
        """Give the same video with the events of a rule.

        Raises:
            ValueError: The rule has a length in seconds and the frame rate is not known.

        Example:
            >>> len(ScoredVideo('a', [0.1, 0.9]).cut(EventRule(0.5)).events)
            1
        """
        if self.error is not None:
            return self
        try:
            return replace(self, events=find_events(self.scores, rule, self.clock, self.breaks))
        except ValueError as error:
            raise ValueError(f'video {self.name!r}: {error}') from error

    def annotate(self, entry: Mapping, metainfo: Mapping | None = None) -> 'ScoredVideo':
        """Give the same video with the label and events of an annotation file.

        Args:
            entry: Of the annotation file; its events and frames are the source's.
            metainfo: Of the annotation file; its tail rule and tolerance are taken.

        Raises:
            ValueError: The annotation does not fit the video.

        Example:
            >>> entry = dict(video='a', num_frames=32, label=1, category='Abuse', events=[[3, 9]])
            >>> ScoredVideo('a', [0.5, 0.7]).annotate(entry).annotated_events
            ((3, 9),)
        """
        clock, changes = self.clock, {}
        if clock is not None and clock.num_frames is None and clock.source_frames is None:
            try:
                changes['clock'] = replace(clock, num_frames=entry['num_frames'])
            except ValueError as error:
                raise ValueError(f'video {self.name!r}: {error}') from error
        if metainfo is not None:
            changes['tail'] = metainfo['tail']
            changes['segments_tolerance'] = metainfo['segments_tolerance']
        events = entry['events'] if clock is None else clock.from_source(entry['events'])
        known = entry['label'] == 0 or len(events) > 0
        return replace(
            self,
            label=entry['label'],
            category=entry['category'],
            annotated_events=tuple(events) if known else None,
            **changes,
        )

    def _normalise(self) -> None:
        """Bring every field into its one type; of addresses stays what may be shown."""
        self._set('name', shown_name(self.name))
        for name in ('incomplete', 'error'):
            if isinstance(getattr(self, name), str):
                self._set(name, hide_addresses(getattr(self, name)))
        scores = np.array(self.scores, np.float32)  # a copy: the caller may change his own
        self._set('scores', scores if self.error is not None else check_scores(scores))
        if self.clock is None and self.error is None:
            self._set('clock', Clock(len(scores)))
        for name in ('label', 'segments_tolerance'):
            if getattr(self, name) is not None:
                self._set(name, _whole(name, getattr(self, name)))
        if self.annotated_events is not None:
            self._set('annotated_events', tuple(_whole_event(e) for e in self.annotated_events))
        self._set('events', tuple(self.events))
        self._set('gaps', tuple(self.gaps))
        for name, dtype in (('attention', np.float32), ('arrivals', np.float64)):
            if getattr(self, name) is not None:
                self._set(name, np.asarray(getattr(self, name), dtype))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _check_annotation(self) -> None:
        if self.error == '':
            raise ValueError('an error says what is wrong, got an empty text')
        label, category = self.label, self.category
        if label not in (None, 0, 1):
            raise ValueError(f'label must be 0, 1 or None, got {label!r}')
        if None not in (label, category) and (label == 0) != (category == NORMAL):
            raise ValueError(
                f'category {NORMAL!r} goes with label 0 and no other, got label {label} and '
                f'category {category!r}'
            )
        if label == 0 and self.annotated_events:
            raise ValueError('a normal video has no events')
        if label == 1 and self.annotated_events == ():
            raise ValueError('an anomalous video has at least one event, or they are not known')
        if self.tail is not None and self.tail not in (*TAILS, 'keep'):
            raise ValueError(f'tail must be None or one of {TAILS}, got {self.tail!r}')
        if self.segments_tolerance < 0:
            raise ValueError(
                f'segments_tolerance must not be negative, got {self.segments_tolerance}'
            )
        for start, end in self.annotated_events or ():
            if not 0 <= start < end:
                raise ValueError(
                    f'an event is [start, end) with 0 <= start < end, got [{start}, {end})'
                )
            self._check_inside(start, end)

    def _check_inside(self, start: int, end: int) -> None:
        num_frames = None if self.clock is None else self.clock.num_frames
        if num_frames is None or self.incomplete is not None:
            return
        padded = count_segments(num_frames, 'ceil') * SEGMENT_FRAMES
        if start >= num_frames or end > padded:
            raise ValueError(
                f'event [{start}, {end}) lies outside of the video, which has {num_frames} frames '
                f'({padded} with its last segment padded)'
            )

    def _check_scored(self) -> None:
        count = len(self.scores)
        if self.clock.num_segments != count:
            raise ValueError(
                f'expected one score for each of its {self.clock.num_segments} segments, '
                f'got {count}'
            )
        attention, arrivals = self.attention, self.arrivals
        if attention is not None:
            if attention.ndim != 2 or attention.shape[1] != count:
                raise ValueError(f'expected attention of shape (R, {count}), got {attention.shape}')
            if not (np.isfinite(attention) & (attention >= 0)).all():
                raise ValueError('attention weights must be finite and at least 0')
        if (arrivals is None) != (self.started_at is None):
            raise ValueError('started_at and arrivals are given together, or neither is')
        if self.started_at is not None and self.started_at.tzinfo is None:
            raise ValueError(f'started_at needs a time zone, got {self.started_at}')
        if arrivals is not None and (arrivals.shape != (count,) or not np.isfinite(arrivals).all()):
            raise ValueError(f'arrivals must be {count} seconds, got shape {arrivals.shape}')
        _check_order('gaps', [(gap.segment, gap.segment) for gap in self.gaps], count)
        _check_order('events', [(e.start_segment, e.end_segment) for e in self.events], count)
        if any(event.start_segment == event.end_segment for event in self.events):
            raise ValueError('an event has at least one segment')
        if [event.id for event in self.events] != list(range(1, len(self.events) + 1)):
            raise ValueError('events must be numbered 1, 2, … in the order of time')


def failed_video(name: str, error: str) -> ScoredVideo:
    """Make the entry of a video that could not be scored.

    Example:
        >>> failed_video('a.mp4', 'no video stream').error
        'no video stream'
    """
    return ScoredVideo(name, np.zeros(0, np.float32), error=error)


def check_complete(videos: Sequence[ScoredVideo], size: int | None = None) -> None:
    """Make sure that every video comes once.

    A distributed sampler repeats videos to give all ranks the same number, and the collection cuts
    the surplus off by position; only the names tell whether it cut the right ones.

    Args:
        videos: All collected videos.
        size: Videos of the data set; None where it is not known.

    Raises:
        ValueError: There is none, one comes twice, or the number is not `size`.

    Example:
        >>> check_complete([ScoredVideo('a', [0.5])], size=1)
    """
    if not videos:
        raise ValueError('no video to evaluate: the list of scored videos is empty')
    seen = set()
    for video in videos:
        if video.name in seen:
            raise ValueError(f'video {video.name!r} was scored more than once')
        seen.add(video.name)
    if size is not None and len(videos) != size:
        raise ValueError(f'expected scores of {size} videos, got {len(videos)}')


def _whole(name: str, value: object) -> int:
    try:
        if not isinstance(value, bool):
            return operator.index(value)
    except TypeError:
        pass
    raise ValueError(f'{name} must be a whole number, got {value!r}')


def _whole_event(event: Sequence) -> tuple[int, int]:
    if len(event) != 2:
        raise ValueError(f'an event is [start, end), got {event!r}')
    return _whole('event start', event[0]), _whole('event end', event[1])


def _check_order(name: str, intervals: Sequence[tuple[int, int]], num_segments: int) -> None:
    last = 0
    for start, end in intervals:
        if not last <= start <= end <= num_segments:
            raise ValueError(f'{name} must be in order and within {num_segments} segments')
        last = end
