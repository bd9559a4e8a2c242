"""What a guard sees: false alarms an hour of normal video, and how soon events raise an alarm."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmvad.evaluation.functional.event_intervals import VideoEvents
from mmvad.scores.events import cut_runs
from mmvad.scores.normal_scores import NormalScores, parts_between_gaps
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo


@dataclass(frozen=True)
class Delays:
    """How many annotated events raise an alarm, and when.

    Attributes:
        num_annotated: Annotated events.
        num_detected: Those that share a frame with an event of the rule.
        median_seconds: Over the detected ones, from the first frame to the alarm; None where none
            is detected, or the frame rate of one is not known.
    """

    num_annotated: int
    num_detected: int
    median_seconds: float | None


def false_alarms_per_hour(
    videos: Sequence[ScoredVideo], rule: EventRule, fps: float | None = None
) -> float:
    """Count the events that a rule cuts from normal videos; it is what calibration aims at.

    Args:
        videos: Normal ones.
        rule: How scores become events.
        fps: Frames a second of videos that do not say it.

    Returns:
        Events an hour.

    Raises:
        ValueError: There is no video, or a frame rate is not known.

    Example:
        >>> video = ScoredVideo('a', [0.9, 0.1, 0.6, 0.1, 0.3], label=0)
        >>> false_alarms_per_hour([video], EventRule(0.5), fps=5 * 16 / 3600)
        2.0
    """
    normal = NormalScores.join(parts_between_gaps(videos, fps), rule.merge_seconds + 1)
    return len(cut_runs(normal.scores, normal.edges, rule)) / normal.hours


def missing_rate(videos: Sequence[ScoredVideo], fps: float | None = None) -> str | None:
    """Say of which video the frame rate is not known; None where it is of all.

    Args:
        videos: Scored ones.
        fps: Frames a second of videos that do not say it.

    Example:
        >>> missing_rate([ScoredVideo('a', [0.5])])
        "the frame rate of video 'a' is not known (fps gives it)"
    """
    for video in videos:
        if fps is None and video.clock.edges is None:
            return f'the frame rate of video {video.name!r} is not known (fps gives it)'
    return None


def detection_delays(videos: Sequence[VideoEvents]) -> Delays:
    """Measure how soon annotated events raise an alarm.

    An annotated event is detected where it shares a frame with an event of the rule; the delay runs
    from its first frame to the end of the segment that made the first such event certain, and is 0
    where that came before. The time that a bag or the network takes comes on top of it.

    Args:
        videos: Events of each.

    Returns:
        Counts and the median.

    Example:
        >>> from mmvad.evaluation.functional.event_intervals import cut_video
        >>> video = ScoredVideo('a', [0.1, 0.9, 0.9], label=1, annotated_events=[(8, 40)])
        >>> detection_delays([cut_video(video, EventRule(), fps=16)]).median_seconds
        1.5
    """
    num_annotated, delays = 0, []
    for video in videos:
        num_annotated += len(video.annotated)
        for start, end in video.annotated.tolist():
            shared = (video.found[:, 0] < end) & (video.found[:, 1] > start)
            if not shared.any():
                continue
            alarm, clock = int(video.alarms[shared].min()), video.clock
            known = clock.edges is not None
            delays.append(max(0.0, clock.seconds(alarm) - clock.seconds(start)) if known else None)
    median = float(np.median(delays)) if delays and None not in delays else None
    return Delays(num_annotated, len(delays), median)
