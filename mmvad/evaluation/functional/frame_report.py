"""Every metric of a set of videos whose frames are labelled."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mmvad.evaluation.functional.alarms import false_alarms_per_hour, missing_rate
from mmvad.evaluation.functional.category_report import category_report
from mmvad.evaluation.functional.event_report import event_report
from mmvad.evaluation.functional.frame_details import NO_PAIR, frame_details
from mmvad.evaluation.functional.metric_table import MetricTable
from mmvad.evaluation.functional.precision_recall import average_precision
from mmvad.evaluation.functional.roc import roc_auc
from mmvad.evaluation.functional.runs import FrameRuns
from mmvad.evaluation.functional.within import split_auc
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, check_complete


@dataclass(frozen=True)
class FrameReport:
    """Metrics of a set of videos and what they were computed over.

    Attributes:
        frame_count: What was counted, ``'segments'`` or ``'true'``.
        num_videos: Videos.
        num_frames: Frames of all videos, counted that way.
        num_positive: Anomalous frames among them.
        rule: What cut the events, as `EventRule.to_dict` gives it.
        values: Metric by name, each a number.
        undefined: Reason by name of the metrics that the videos do not define.

    Example:
        >>> print(FrameReport('segments', 2, 48, 16).summary())
        2 videos, 48 frames (16 per segment), 16 of them anomalous
    """

    frame_count: str
    num_videos: int
    num_frames: int
    num_positive: int
    rule: dict = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    undefined: dict[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Write each metric to the last digit, or why it is undefined."""
        return MetricTable(self.values, self.undefined).lines()

    def counts(self) -> str:
        """State videos, frames and how they are counted in one line."""
        counted = '16 per segment' if self.frame_count == 'segments' else 'true frame counts'
        return (
            f'{self.num_videos} videos, {self.num_frames} frames ({counted}), '
            f'{self.num_positive} of them anomalous'
        )

    def summary(self) -> str:
        """State what `counts` does and the undefined metrics in one line."""
        reasons = '; '.join(f'{name} ({reason})' for name, reason in self.undefined.items())
        return f'{self.counts()}; undefined: {reasons}' if reasons else self.counts()


def frame_report(
    videos: Sequence[ScoredVideo],
    frame_count: str = 'segments',
    rule: EventRule | None = None,
    per_category: bool = False,
    all_metrics: bool = False,
    fps: float | None = None,
    seed: int = 0,
) -> FrameReport:
    """Compute the metrics of scored videos.

    ``AUC`` and ``AP`` (step-wise) are over the frames of all videos together;
    ``AUC_macro_within`` is the mean of the AUCs of the videos with both classes (`split_auc`);
    ``false_alarms_per_hour`` is over normal videos. On request come those of `category_report`,
    or of it, `frame_details` and `event_report`. ``docs/metrics.md`` says what each measures.

    Worked example: one normal and one anomalous video of one segment each, the latter's first 8
    frames anomalous. Every positive ranks above the normal video's 16 frames and ties with the 8
    others of its own video: (16 + 8/2) / 24 = 5/6.

    Args:
        videos: All videos, each once; their order does not matter.
        frame_count: ``'segments'`` or ``'true'`` (`video_frames`).
        rule: How scores become events, and with its threshold alarms of frames; None takes a
            threshold of 0.5.
        per_category: Whether to add the metrics of each category.
        all_metrics: Whether to add all metrics.
        fps: Frames a second of videos that do not say it.
        seed: Of the control that shuffles scores.

    Returns:
        The metrics; those that are not defined are named with the reason.

    Raises:
        ValueError: A video appears twice or does not fit (`video_frames`), or all frames of all
            videos are of one class.

    Example:
        >>> normal = ScoredVideo('a', [0.1], label=0, category='Normal', annotated_events=[])
        >>> abuse = ScoredVideo('b', [0.9], label=1, category='Abuse', annotated_events=[(0, 8)])
        >>> report = frame_report([normal, abuse], fps=16)
        >>> {name: round(value, 4) for name, value in report.values.items()}
        {'AUC': 0.8333, 'AP': 0.5, 'AUC_macro_within': 0.5, 'false_alarms_per_hour': 0.0}
    """
    check_complete(videos)
    rule = rule or EventRule()
    runs = FrameRuns.join(videos, frame_count)
    table = MetricTable()
    table.put('AUC', roc_auc(*runs.ranking))
    table.put('AP', average_precision(*runs.ranking))
    parts = split_auc(runs.labels, runs.scores, runs.videos, runs.lengths)
    table.put('AUC_macro_within', parts.macro_within, NO_PAIR)
    normal = [video for video in videos if video.label == 0]
    reason = missing_rate(normal, fps) if normal else 'no normal video'
    rate = None if reason else false_alarms_per_hour(normal, rule, fps)
    table.put('false_alarms_per_hour', rate, reason)
    if all_metrics:
        table.merge(frame_details(videos, runs, parts, frame_count, rule.threshold, seed))
        table.merge(event_report(videos, rule, frame_count, fps))
    if all_metrics or per_category:
        table.merge(category_report(videos, runs))
    return FrameReport(
        frame_count,
        len(videos),
        int(runs.lengths.sum()),
        int(runs.positives.sum()),
        rule.to_dict(),
        table.values,
        table.undefined,
    )
