"""Every metric of events: matching with annotated ones, share detected, delay."""

from collections.abc import Sequence

from mmvad.evaluation.functional.alarms import detection_delays, missing_rate
from mmvad.evaluation.functional.event_intervals import cut_video
from mmvad.evaluation.functional.event_matching import TIOUS, score_events
from mmvad.evaluation.functional.metric_table import MetricTable
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo

NO_EVENT = 'the rule cuts no event'
NO_ANNOTATED = 'no event is annotated'


def event_report(
    videos: Sequence[ScoredVideo],
    rule: EventRule,
    frame_count: str = 'segments',
    fps: float | None = None,
) -> MetricTable:
    """Compute every metric of events.

    For each temporal IoU t of `TIOUS`: ``event_precision/t``, ``event_recall/t``, ``event_F1/t``
    and ``event_AP/t``; ``event_mAP`` is the mean of the last over t. ``events_detected`` is the
    share of annotated events that share a frame with an event, ``event_delay_seconds`` the median
    time from their first frame to the alarm (`detection_delays`).

    Args:
        videos: All, with their annotations.
        rule: How scores become events.
        frame_count: ``'segments'`` or ``'true'``.
        fps: Frames a second of videos that do not say it.

    Returns:
        The metrics; undefined are those without an event, and those in seconds where the frame
        rate is not known.

    Raises:
        ValueError: A video does not fit (`video_frames`).

    Example:
        >>> video = ScoredVideo('a', [0.1, 0.9, 0.9], label=1, annotated_events=[(0, 32)])
        >>> table = event_report([video], EventRule(0.5), fps=16)
        >>> [table.values[name] for name in ('event_F1/0.1', 'event_F1/0.5', 'event_delay_seconds')]
        [1.0, 0.0, 2.0]
    """
    table = MetricTable()
    unknown = missing_rate(videos, fps)
    if rule.needs_seconds and unknown:
        for name in _names():
            table.put(name, None, unknown)
        return table
    events = [cut_video(video, rule, frame_count, fps) for video in videos]
    scores = score_events(events)
    for tiou, score in zip(TIOUS, scores, strict=True):
        reason = NO_EVENT if score.num_annotated else NO_ANNOTATED
        table.put(f'event_precision/{tiou}', score.precision, NO_EVENT)
        table.put(f'event_recall/{tiou}', score.recall, NO_ANNOTATED)
        table.put(f'event_F1/{tiou}', score.f1, reason)
        table.put(f'event_AP/{tiou}', score.ap, NO_ANNOTATED)
    areas = [score.ap for score in scores]
    table.put('event_mAP', None if None in areas else sum(areas) / len(areas), NO_ANNOTATED)
    delays = detection_delays(events)
    detected, annotated = delays.num_detected, delays.num_annotated
    share = detected / annotated if annotated else None
    table.put('events_detected', share, NO_ANNOTATED)
    reason = unknown if detected else 'no annotated event is detected'
    table.put('event_delay_seconds', delays.median_seconds, reason)
    return table


def _names() -> list[str]:
    kinds = ('precision', 'recall', 'F1', 'AP')
    names = [f'event_{kind}/{tiou}' for tiou in TIOUS for kind in kinds]
    return [*names, 'event_mAP', 'events_detected', 'event_delay_seconds']
