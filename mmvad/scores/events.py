"""Cuts segment scores into events: one online machine for streams and files alike.

The review page cuts by the same rule (``review/page/cut_events.js``), calibration by a vectorised
form of it (`cut_runs`); tests hold all three against each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmvad.clock import Clock
from mmvad.scores.rule import TOLERANCE, EventRule, shortest_float
from mmvad.timeline import SEGMENT_FRAMES


@dataclass(frozen=True)
class Event:
    """One event of a video, every interval half-open ``[start, end)``.

    Attributes:
        id: 1, 2, ... in the order of time.
        start_segment: First segment.
        end_segment: One past the last segment.
        start_frame: First scored frame.
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


@dataclass(frozen=True)
class EventChange:
    """What a new score changed.

    Attributes:
        kind: ``'start'`` when an event is certain, ``'update'`` when a later score is its new peak,
            ``'end'`` when nothing can be added to it any more.
        event: The event as it is now.
    """

    kind: str
    event: Event


@dataclass
class _Run:
    """Consecutive segments at or above the low threshold, or an event made of such runs."""

    start: int
    start_time: float | None
    total_before: float
    end: int = 0
    end_time: float | None = None
    total: float = 0.0
    peak: float = -1.0
    told: float = -1.0  # the peak of the last change
    number: int | None = None  # once it is certain to be an event


class EventMachine:
    """Takes the scores of a video one by one and says when events start and end.

    Memory is that of one event. Worked example, segments of one second, threshold 0.8, low
    threshold 0.4, pauses of one second closed: in the scores 0.1, 0.9, 0.5, 0.2, 0.8 the first run
    has its peak in segment 1 and reaches over segments 1 and 2; segment 4 is a second run; the
    pause between them is closed, so that the event covers segments 1 to 4.

    Args:
        rule: How scores become events.
        num_frames: Scored frames of the video, where known, so that an event ends with them.

    Example:
        >>> machine = EventMachine(EventRule(0.8, low_ratio=0.5, merge_seconds=1))
        >>> scores = [0.1, 0.9, 0.5, 0.2, 0.8]
        >>> found = [machine.push(score, (n, n + 1)) for n, score in enumerate(scores)]
        >>> [[change.kind for change in changes] for changes in found]
        [[], ['start'], [], [], []]
        >>> (change,) = machine.flush()
        >>> change.kind, change.event.start_segment, change.event.end_segment
        ('end', 1, 5)
    """

    def __init__(self, rule: EventRule, num_frames: int | None = None) -> None:
        self._rule = rule
        self._num_frames = num_frames
        self._high = np.float32(rule.threshold)
        self._low = np.float32(rule.low_threshold)
        self._segment = 0  # that comes next
        self._total = 0.0  # of all scores so far
        self._num_events = 0
        self._run: _Run | None = None  # that the last segment belongs to
        self._event: _Run | None = None  # with a peak, still open; may be the run itself

    def push(self, score: float, times: tuple[float, float] | None = None) -> list[EventChange]:
        """Take the score of the next segment.

        Args:
            score: In [0, 1].
            times: Seconds at which the segment starts and ends; None where they are not known.

        Returns:
            What it changed, in the order of time.

        Raises:
            ValueError: The score lies outside [0, 1], or the rule has a length in seconds and the
                times are not known.
        """
        if not 0 <= score <= 1:  # catches NaN as well
            raise ValueError(f'a score must lie in [0, 1], segment {self._segment} has {score}')
        if times is None and self._rule.needs_seconds:
            raise ValueError(
                f'min_seconds={self._rule.min_seconds:g} and '
                f'merge_seconds={self._rule.merge_seconds:g} need the frame rate, which is not '
                'known; give it, or a rule without them'
            )
        start_time, end_time = times or (None, None)
        score, before = np.float32(score), self._total
        self._segment, self._total = self._segment + 1, before + float(score)
        if score < self._low:
            self._run = None
            return self._close_if_apart(end_time)
        if self._run is None:
            self._run = _Run(self._segment - 1, start_time, before)
        run = self._run
        run.end, run.end_time, run.total = self._segment, end_time, self._total
        run.peak = max(run.peak, float(score))
        return self._look(run) if run.peak >= self._high else []

    def flush(self, num_frames: int | None = None) -> list[EventChange]:
        """End what is open, at a gap or at the end of the video.

        Args:
            num_frames: Scored frames of the video, where only its end tells them.
        """
        self._run = None
        if num_frames is not None:
            self._num_frames = num_frames
        return self._close()

    def _look(self, run: _Run) -> list[EventChange]:
        """Let a run with a peak start an event or join the open one."""
        event = self._event = self._event or run
        if event is not run:  # near enough, else it would be closed
            event.end, event.end_time, event.total = run.end, run.end_time, run.total
            event.peak = max(event.peak, run.peak)
            self._run = event
        kind = 'update'
        if event.number is None:
            least = self._rule.min_seconds
            if least and event.end_time - event.start_time < least - TOLERANCE:
                return []
            self._num_events += 1
            event.number, kind = self._num_events, 'start'
        elif event.peak == event.told:
            return []
        event.told = event.peak
        return [self._change(kind, event)]

    def _close_if_apart(self, seconds: float | None) -> list[EventChange]:
        """Close the open event where a run that starts with the next segment cannot join it."""
        longest = self._rule.merge_seconds
        if self._event is None:
            return []
        if longest and seconds - self._event.end_time <= longest + TOLERANCE:
            return []
        return self._close()

    def _close(self) -> list[EventChange]:
        event, self._event = self._event, None
        if event is None or event.number is None:
            return []
        return [self._change('end', event)]

    def _change(self, kind: str, run: _Run) -> EventChange:
        end_frame = run.end * SEGMENT_FRAMES
        if self._num_frames is not None:
            end_frame = min(end_frame, self._num_frames)
        event = Event(
            id=run.number,
            start_segment=run.start,
            end_segment=run.end,
            start_frame=run.start * SEGMENT_FRAMES,
            end_frame=end_frame,
            start_time=run.start_time,
            end_time=run.end_time,
            peak_score=shortest_float(run.peak),
            mean_score=shortest_float((run.total - run.total_before) / (run.end - run.start)),
        )
        return EventChange(kind, event)


def find_events(
    scores: Sequence[float] | np.ndarray,
    rule: EventRule,
    clock: Clock | None = None,
    breaks: Sequence[int] = (),
) -> tuple[Event, ...]:
    """Run the machine over a whole video.

    Args:
        scores: (S,) in [0, 1].
        rule: How scores become events.
        clock: Of the video; None knows neither its frames nor its rate.
        breaks: Segments before which something is missing: no event reaches over these places.

    Returns:
        The events, in the order of time.

    Raises:
        ValueError: The scores are not those of a video, the clock has another number of segments,
            or the rule has a length in seconds and the frame rate is not known.

    Example:
        >>> (event,) = find_events([0.1, 0.75, 0.5], EventRule(0.5), Clock(3, 40, fps=8))
        >>> (event.start_frame, event.end_frame), (event.start_time, event.end_time)
        ((16, 40), (2.0, 5.0))
        >>> event.peak_score, event.mean_score
        (0.75, 0.625)
        >>> events = find_events([1, 1, 1], EventRule(), breaks=[2])
        >>> [(event.start_segment, event.end_segment) for event in events]
        [(0, 2), (2, 3)]
    """
    scores = check_scores(scores)
    clock = clock or Clock(len(scores))
    if clock.num_segments != len(scores):
        raise ValueError(f'expected {clock.num_segments} scores of the clock, got {len(scores)}')
    edges = None if clock.edges is None else clock.edges.tolist()
    machine, breaks = EventMachine(rule, clock.num_frames), set(breaks)

    def changes() -> Iterator[EventChange]:
        for segment, score in enumerate(scores):
            if segment in breaks:
                yield from machine.flush()
            yield from machine.push(score, edges and (edges[segment], edges[segment + 1]))
        yield from machine.flush()

    return tuple(change.event for change in changes() if change.kind == 'end')


def cut_runs(scores: np.ndarray, edges: np.ndarray, rule: EventRule) -> np.ndarray:
    """Cut as the machine does, without a loop: for the many thresholds of calibration.

    Args:
        scores: (S,) float32, any values; S may be 0. A negative one lies below every threshold.
        edges: (S + 1,) seconds at which each segment starts and the last one ends.
        rule: How scores become events.

    Returns:
        (E, 2) int64, ``[start, end)`` in segments.

    Example:
        >>> scores, edges = np.array([1, -1, 1], np.float32), np.arange(4.0)
        >>> cut_runs(scores, edges, EventRule()).tolist()
        [[0, 1], [2, 3]]
        >>> cut_runs(scores, edges, EventRule(merge_seconds=1)).tolist()
        [[0, 3]]
    """
    extends = scores >= np.float32(rule.low_threshold)
    runs = np.flatnonzero(np.diff(extends, prepend=False, append=False)).reshape(-1, 2)
    peaks = np.concatenate([[0], np.cumsum(scores >= np.float32(rule.threshold))])  # (S + 1,)
    runs = runs[peaks[runs[:, 1]] > peaks[runs[:, 0]]]
    if len(runs) and rule.merge_seconds:
        apart = edges[runs[1:, 0]] - edges[runs[:-1, 1]] > rule.merge_seconds + TOLERANCE
        runs = np.stack([runs[np.append(True, apart), 0], runs[np.append(apart, True), 1]], 1)
    lengths = edges[runs[:, 1]] - edges[runs[:, 0]]
    return runs[lengths >= rule.min_seconds - TOLERANCE]


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
