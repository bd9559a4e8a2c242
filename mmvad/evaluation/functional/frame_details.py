"""The frame-level metrics that say what AUC and AP leave open."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mmvad.evaluation.functional.controls import shuffle_within
from mmvad.evaluation.functional.curves import recall_at_fpr
from mmvad.evaluation.functional.false_alarm import false_alarm_rate
from mmvad.evaluation.functional.metric_table import MetricTable
from mmvad.evaluation.functional.precision_recall import average_precision, trapezoidal_pr_area
from mmvad.evaluation.functional.roc import roc_auc
from mmvad.evaluation.functional.runs import FrameRuns
from mmvad.evaluation.functional.within import AucParts
from mmvad.scores.scored_video import ScoredVideo

RATES = (0.02, 0.03, 0.05)  # false-positive rates in use: UCF-Crime, UCF-Crime, XD-Violence
NO_PAIR = 'no video has both classes'


def frame_details(
    videos: Sequence[ScoredVideo],
    runs: FrameRuns,
    parts: AucParts,
    frame_count: str = 'segments',
    threshold: float = 0.5,
    seed: int = 0,
) -> MetricTable:
    """Compute the frame-level metrics beyond AUC, AP and macro within AUC.

    ``PR_AUC_trapezoidal``; ``AUC_within``, ``AUC_cross`` and ``within_weight`` of `split_auc`;
    ``AUC_anomalous`` and ``AP_anomalous`` over anomalous videos only; ``AUC_video_mean`` and
    ``AP_video_mean`` of the scores replaced by their video's mean; ``AUC_shuffled`` and
    ``AP_shuffled`` of the segment scores shuffled within each video; ``AUC_video_label`` and
    ``AP_video_label`` of an oracle that knows which videos are anomalous and nothing else;
    ``recall_at_fpr/r`` for each rate r of `RATES`; ``false_alarm_rate`` over normal videos only.

    Args:
        videos: All.
        runs: Of these videos, with both classes.
        parts: Of the AUC over them.
        frame_count: ``'segments'`` or ``'true'``.
        threshold: Of the false-alarm rate.
        seed: Of the shuffling.

    Returns:
        The metrics; those that a part of the videos does not define are named with the reason.

    Raises:
        ValueError: A class is missing, or the threshold lies outside [0, 1].

    Example:
        >>> from mmvad.evaluation.functional.within import split_auc
        >>> videos = [ScoredVideo('a', [0.5], label=0, annotated_events=[]),
        ...           ScoredVideo('b', [0.75, 0.25], label=1, annotated_events=[(0, 16)])]
        >>> runs = FrameRuns.join(videos, 'segments')
        >>> parts = split_auc(runs.labels, runs.scores, runs.videos, runs.lengths)
        >>> values = frame_details(videos, runs, parts).values
        >>> [values[name] for name in ('within_weight', 'AUC_video_mean', 'recall_at_fpr/0.02')]
        [0.5, 0.5, 1.0]
    """
    table = MetricTable()
    table.put('PR_AUC_trapezoidal', trapezoidal_pr_area(*runs.ranking))
    table.put('AUC_within', parts.within, NO_PAIR)
    table.put('AUC_cross', parts.cross, 'all frames are of one video')
    table.put('within_weight', parts.weight)
    both = {'AUC': roc_auc, 'AP': average_precision}
    is_anomalous = np.array([video.label == 1 for video in videos])
    anomalous = {f'{name}_anomalous': metric for name, metric in both.items()}
    table.rank(anomalous, runs.only(is_anomalous))
    shuffled = [shuffle_within(video, seed) for video in videos]
    for control, changed in (
        ('video_mean', runs.with_video_means()),
        ('shuffled', FrameRuns.join(shuffled, frame_count)),
        ('video_label', replace(runs, scores=is_anomalous[runs.videos].astype(float))),
    ):
        table.rank({f'{name}_{control}': metric for name, metric in both.items()}, changed)
    for rate in RATES:
        recall = recall_at_fpr(runs.labels, runs.scores, rate, runs.lengths)
        table.put(f'recall_at_fpr/{rate}', recall)
    rate, reason = None, 'no normal video'
    if not is_anomalous.all():
        normal = runs.only(~is_anomalous)
        rate = false_alarm_rate(normal.scores, threshold, normal.lengths)
    table.put('false_alarm_rate', rate, reason)
    return table
