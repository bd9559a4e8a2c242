"""Every frame-level metric of a set of videos."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from mmvad.evaluation.functional.classes import missing_class
from mmvad.evaluation.functional.false_alarm import false_alarm_rate
from mmvad.evaluation.functional.frames import run_lengths, video_frames
from mmvad.evaluation.functional.precision_recall import average_precision, trapezoidal_pr_area
from mmvad.evaluation.functional.roc import roc_auc
from mmvad.scores.scored_video import ScoredVideo, check_complete

Runs = tuple[np.ndarray, np.ndarray, np.ndarray]  # labels, scores, lengths of `run_lengths`


@dataclass(frozen=True)
class FrameReport:
    """Metrics of a set of videos and what they were computed over.

    Attributes:
        frame_count: What was counted, ``'segments'`` or ``'true'``.
        num_videos: Videos.
        num_frames: Frames of all videos, counted that way.
        num_positive: Anomalous frames among them.
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
    values: dict[str, float] = field(default_factory=dict)
    undefined: dict[str, str] = field(default_factory=dict)

    def summary(self) -> str:
        """State videos, frames, how they are counted, and undefined metrics in one line."""
        counted = '16 per segment' if self.frame_count == 'segments' else 'true frame counts'
        text = (
            f'{self.num_videos} videos, {self.num_frames} frames ({counted}), '
            f'{self.num_positive} of them anomalous'
        )
        reasons = '; '.join(f'{name} ({reason})' for name, reason in self.undefined.items())
        return f'{text}; undefined: {reasons}' if reasons else text


def frame_report(
    videos: Sequence[ScoredVideo],
    frame_count: str = 'segments',
    false_alarm_threshold: float = 0.5,
    per_category: bool = False,
) -> FrameReport:
    """Compute every frame-level metric.

    ``AUC``, ``AP`` (step-wise) and ``PR_AUC_trapezoidal`` are over the frames of all videos
    together; ``AUC_anomalous`` and ``AP_anomalous`` over anomalous videos only;
    ``false_alarm_rate`` over normal videos only; ``AUC/<category>`` over the category's videos and
    all normal ones. A video of several categories (``'B1-B2'``) counts for each.

    Worked example: one normal and one anomalous video of one segment each, the latter's first 8
    frames anomalous. Every positive ranks above the normal video's 16 frames and ties with the 8
    others of its own video: (16 + 8/2) / 24 = 5/6.

    Args:
        videos: All videos, each once; their order does not matter.
        frame_count: ``'segments'`` or ``'true'`` (`video_frames`).
        false_alarm_threshold: A frame is an alarm where its score is at or above it.
        per_category: Whether to add ``AUC/<category>``.

    Returns:
        The metrics; those of a subset of the videos that holds only one class are named as
        undefined.

    Raises:
        ValueError: A video appears twice or does not fit (`video_frames`), or all frames of all
            videos are of one class.

    Example:
        >>> normal = ScoredVideo('a', [0.1], label=0, category='Normal', annotated_events=[])
        >>> abuse = ScoredVideo('b', [0.9], label=1, category='Abuse', annotated_events=[(0, 8)])
        >>> report = frame_report([normal, abuse], per_category=True)
        >>> {name: round(value, 4) for name, value in report.values.items()}
        ... # doctest: +NORMALIZE_WHITESPACE
        {'AUC': 0.8333, 'AP': 0.5, 'PR_AUC_trapezoidal': 0.75, 'AUC_anomalous': 0.5,
         'AP_anomalous': 0.5, 'false_alarm_rate': 0.0, 'AUC/Abuse': 0.8333}
    """
    check_complete(videos)
    runs = {video.name: run_lengths(*video_frames(video, frame_count)) for video in videos}
    normal = [runs[video.name] for video in videos if video.label == 0]
    anomalous = [runs[video.name] for video in videos if video.label == 1]
    pooled = _pool(runs.values())
    labels, _, lengths = pooled
    report = FrameReport(
        frame_count, len(videos), int(lengths.sum()), int(lengths[labels == 1].sum())
    )

    report.values['AUC'] = roc_auc(*pooled)
    report.values['AP'] = average_precision(*pooled)
    report.values['PR_AUC_trapezoidal'] = trapezoidal_pr_area(*pooled)
    _add_ranking(report, {'AUC_anomalous': roc_auc, 'AP_anomalous': average_precision}, anomalous)
    if normal:
        _, scores, lengths = _pool(normal)
        report.values['false_alarm_rate'] = false_alarm_rate(scores, false_alarm_threshold, lengths)
    else:
        report.undefined['false_alarm_rate'] = 'no normal video'
    if per_category:
        _add_categories(report, videos, runs, normal)
    return report


def _pool(runs: Iterable[Runs]) -> Runs:
    """Concatenate the runs of several videos."""
    labels, scores, lengths = zip(*runs, strict=True)
    return np.concatenate(labels), np.concatenate(scores), np.concatenate(lengths)


def _add_ranking(report: FrameReport, metrics: dict, runs: list[Runs]) -> None:
    """Add metrics of a subset of the videos, or the reason why that subset does not define them."""
    pooled = _pool(runs)
    reason = missing_class(pooled[0], pooled[2])
    for name, metric in metrics.items():
        if reason:
            report.undefined[name] = reason
        else:
            report.values[name] = metric(*pooled)


def _add_categories(report: FrameReport, videos, runs: dict, normal: list[Runs]) -> None:
    members = {}
    for video in videos:
        if video.label == 1 and video.category is not None:
            for category in dict.fromkeys(video.category.split('-')):
                members.setdefault(category, []).append(runs[video.name])
    for category in sorted(members):
        name = f'AUC/{category}'
        if normal:
            _add_ranking(report, {name: roc_auc}, members[category] + normal)
        else:
            report.undefined[name] = 'no normal video'
