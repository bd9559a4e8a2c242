"""Figure 6: frame-level metrics for every bag size from one pass over the test features."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from torch import Tensor

from mmvad.datasets import VideoFeatureDataset
from mmvad.evaluation.functional import average_precision, roc_auc, run_lengths, video_frames
from mmvad.models.detectors import VideoAnomalyDetector
from mmvad.models.heads.bags import bag_groups
from mmvad.models.heads.salient_head import SalientHead
from mmvad.scores.samples import video_from_sample

MEASURES = {'AUC': roc_auc, 'AP': average_precision}


def scores_by_bag_size(
    head: SalientHead, features: Tensor, bag_sizes: Sequence[int | None]
) -> list[Tensor]:
    """Score a video at several bag sizes; its features are projected once.

    Args:
        head: Trained, in evaluation mode.
        features: (S, K, D).
        bag_sizes: The l; None scores the whole video as one bag.

    Returns:
        (S,) scores for each bag size, what ``head.segment_scores`` gives at that size.

    Example:
        >>> head, features = SalientHead(4, bag_size=2).eval(), torch.randn(5, 1, 4)
        >>> (scores,) = scores_by_bag_size(head, features, [2])
        >>> torch.allclose(scores, head.segment_scores(features))
        True
    """
    logits, values = head.project_segments(features)  # (S, K, R) each
    scores = []
    for bag_size in bag_sizes:
        groups = zip(bag_groups(logits, bag_size), bag_groups(values, bag_size), strict=True)
        parts = []
        for bag_logits, bag_values in groups:  # (m, l, K, R) each
            bags = head.attend_values(bag_logits, bag_values, dim=1)  # (m, K)
            means = bags.float().sigmoid().mean(1)  # (m,)
            parts.append(means.repeat_interleave(bag_logits.shape[1]))
        scores.append(torch.cat(parts))
    return scores


def measure_bag_sizes(
    detector: VideoAnomalyDetector,
    dataset: VideoFeatureDataset,
    bag_sizes: Sequence[int | None],
    metric: str = 'AUC',
    progress: Callable[[int], None] = lambda done: None,
) -> list[float]:
    """Compute a frame-level metric at several bag sizes.

    Args:
        detector: A salient head without a neck, in evaluation mode.
        dataset: Test set.
        bag_sizes: The l.
        metric: ``'AUC'`` or ``'AP'``.
        progress: Called with the number of videos read.

    Returns:
        The metric at each bag size, in [0, 1].

    Raises:
        ValueError: The detector has another head or a neck, whose output depends on the bag.
    """
    if not isinstance(detector.head, SalientHead) or detector.neck is not None:
        name = type(detector.head).__name__
        neck = '' if detector.neck is None else f' behind {type(detector.neck).__name__}'
        raise ValueError(
            f'bag sizes are measured for a SalientHead without a neck, got {name}{neck}'
        )
    pooled: list[list] = [[] for _ in bag_sizes]
    with torch.inference_mode():
        for index in range(len(dataset)):
            sample = dataset[index]
            scores = scores_by_bag_size(detector.head, sample['inputs'], bag_sizes)
            for runs, one in zip(pooled, scores, strict=True):
                runs.append(_frames(sample['data_samples'], one))
            progress(index + 1)
    return [MEASURES[metric](*_join(runs)) for runs in pooled]


def _frames(sample: ActionDataSample, scores: Tensor) -> tuple[np.ndarray, ...]:
    """Give labels, scores and lengths of the runs of equal frames of one video."""
    sample.set_field(scores, 'pred_segment_scores', dtype=Tensor)
    return run_lengths(*video_frames(video_from_sample(sample.to_dict()), 'segments'))


def _join(runs: Iterable[tuple]) -> tuple[np.ndarray, ...]:
    return tuple(np.concatenate(parts) for parts in zip(*runs, strict=True))
