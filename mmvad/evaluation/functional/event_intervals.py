"""The events that a rule cuts from a video's scores, beside the annotated ones, in frames."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mmvad.clock import Clock
from mmvad.evaluation.functional.frames import video_frames
from mmvad.scores.events import EventMachine, cut_runs
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo
from mmvad.timeline import SEGMENT_FRAMES


@dataclass(frozen=True, eq=False)
class VideoEvents:
    """Events of one video; every interval is ``[start, end)`` in frames.

    Attributes:
        name: Of the video.
        found: (E, 2) int64, cut by the rule, in the order of time.
        peaks: (E,) float64, the highest score in each.
        alarms: (E,) int64, the frame before which each was certain: the end of the segment whose
            score made it so.
        annotated: (A, 2) int64 of the ground truth.
        clock: Gives the seconds of a frame.
    """

    name: str
    found: np.ndarray
    peaks: np.ndarray
    alarms: np.ndarray
    annotated: np.ndarray
    clock: Clock


def cut_video(
    video: ScoredVideo, rule: EventRule, frame_count: str = 'segments', fps: float | None = None
) -> VideoEvents:
    """Cut a video's scores into events.

    Frames are those that the frame count counts: an event that reaches the last segment ends with
    them, and what is annotated beyond them is cut off.

    Args:
        video: With its annotation; no event reaches over a gap.
        rule: How scores become events.
        frame_count: ``'segments'`` or ``'true'`` (`video_frames`).
        fps: Frames a second of a video that does not say it.

    Returns:
        The events.

    Raises:
        ValueError: The video does not fit (`video_frames`), or the rule has a length in seconds and
            the frame rate is not known.

    Example:
        >>> video = ScoredVideo('a', [0.1, 0.75, 0.5], label=1, annotated_events=[(20, 40)])
        >>> events = cut_video(video, EventRule(0.5))
        >>> events.found.tolist(), events.peaks.tolist(), events.alarms.tolist()
        ([[16, 48]], [0.75], [32])
    """
    num_frames = len(video_frames(video, frame_count)[0])
    clock = video.clock
    if clock.edges is None and fps is not None:
        clock = replace(clock, fps=fps)
    if clock.edges is None and rule.needs_seconds:
        raise ValueError(
            f'video {video.name!r}: min_seconds={rule.min_seconds:g} and '
            f'merge_seconds={rule.merge_seconds:g} need the frame rate, which is not known'
        )
    runs = list(_cut(video, clock, rule))
    segments = np.array([run[:2] for run in runs], np.int64).reshape(-1, 2)
    peaks = [video.scores[start:end].max() for start, end in segments]
    annotated = [(start, min(end, num_frames)) for start, end in video.annotated_events]
    return VideoEvents(
        video.name,
        _frames(segments, video.num_segments, num_frames),
        np.array(peaks, np.float64),
        np.minimum(np.array([run[2] + 1 for run in runs], np.int64) * SEGMENT_FRAMES, num_frames),
        np.array([event for event in annotated if event[0] < num_frames], np.int64).reshape(-1, 2),
        clock,
    )


def _cut(video: ScoredVideo, clock: Clock, rule: EventRule) -> Iterator[tuple[int, int, int]]:
    """Yield first segment, one past the last, and the one that made it certain, of each event."""
    times = np.arange(video.num_segments + 1.0) if clock.edges is None else clock.edges
    borders = [0, *video.breaks, video.num_segments]
    for first, last in itertools.pairwise(borders):
        runs = cut_runs(video.scores[first:last], times[first : last + 1], rule) + first
        for start, end in runs.tolist():
            yield start, end, _certain(video.scores, times, rule, start, end)


def _certain(scores: np.ndarray, times: np.ndarray, rule: EventRule, start: int, end: int) -> int:
    machine = EventMachine(rule)
    for segment in range(start, end):
        changes = machine.push(scores[segment], (times[segment], times[segment + 1]))
        if any(change.kind == 'start' for change in changes):
            break
    return segment


def _frames(segments: np.ndarray, num_segments: int, num_frames: int) -> np.ndarray:
    """Turn segments (E, 2) into frames; the last segment ends with the last frame."""
    return np.where(segments == num_segments, num_frames, segments * SEGMENT_FRAMES)
