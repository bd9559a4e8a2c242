"""Figure 6: frame-level metrics for every bag size from one pass over the test features."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from torch import Tensor

from mmvad.datasets import VideoFeatureDataset
from mmvad.evaluation.functional import average_precision, roc_auc, run_lengths, video_frames
from mmvad.models.detectors import VideoAnomalyDetector
from mmvad.models.heads.bags import score_segments_by_bag
from mmvad.models.heads.salient_head import SalientHead
from mmvad.scores.samples import video_from_sample

MEASURES = {'AUC': roc_auc, 'AP': average_precision}
RANKINGS = (0.0, 1.0)  # γ: the published inference, and segments ranked inside of their bag
Setting = tuple[int | None, float]  # l, None for the whole video, and γ


def scores_by_setting(
    head: SalientHead, features: Tensor, settings: Sequence[Setting]
) -> list[Tensor]:
    """Score a video at several bag sizes and segment rankings; its features are projected once.

    Args:
        head: Trained, in evaluation mode; its own settings are left as they are.
        features: (S, K, D).
        settings: l, None for the whole video as one bag, and γ.

    Returns:
        (S,) scores for each setting, what ``head.segment_scores`` gives with it.

    Example:
        >>> head, features = SalientHead(4, bag_size=2).eval(), torch.randn(5, 1, 4)
        >>> (scores,) = scores_by_setting(head, features, [(2, 0.0)])
        >>> torch.allclose(scores, head.segment_scores(features))
        True
    """
    projected = torch.cat(head.project_segments(features), dim=-1)  # (S, K, 2R)

    def score(bag_size: int | None, ranking: float) -> Tensor:
        def bag_logits(bags: Tensor) -> Tensor:  # (m, l, K, 2R) -> (m, K) or (m, l, K)
            logits, values = bags.chunk(2, dim=-1)
            whole = head.attend_values(logits, values, dim=1)  # (m, K)
            return head.rank_segments(whole, values, 1, ranking) if ranking else whole

        return score_segments_by_bag(projected, bag_size, bag_logits)

    return [score(*setting) for setting in settings]


def measure_bag_sizes(
    detector: VideoAnomalyDetector,
    dataset: VideoFeatureDataset,
    bag_sizes: Sequence[int | None],
    metric: str = 'AUC',
    rankings: Sequence[float] = (0.0,),
    progress: Callable[[int], None] = lambda done: None,
) -> np.ndarray:
    """Compute a frame-level metric at several bag sizes and segment rankings.

    Args:
        detector: A salient head without a neck, in evaluation mode.
        dataset: Test set.
        bag_sizes: The l.
        metric: ``'AUC'`` or ``'AP'``.
        rankings: The γ.
        progress: Called with the number of videos read.

    Returns:
        The metric, in [0, 1], (rankings, bag sizes).

    Raises:
        ValueError: The detector has another head or a neck, whose output depends on the bag.
    """
    if not isinstance(detector.head, SalientHead) or detector.neck is not None:
        name = type(detector.head).__name__
        neck = '' if detector.neck is None else f' behind {type(detector.neck).__name__}'
        raise ValueError(
            f'bag sizes are measured for a SalientHead without a neck, got {name}{neck}'
        )
    settings = [(bag_size, ranking) for ranking in rankings for bag_size in bag_sizes]
    pooled: list[list] = [[] for _ in settings]
    with torch.inference_mode():
        for index in range(len(dataset)):
            sample = dataset[index]
            scores = scores_by_setting(detector.head, sample['inputs'], settings)
            for runs, one in zip(pooled, scores, strict=True):
                runs.append(_frames(sample['data_samples'], one))
            progress(index + 1)
    values = [MEASURES[metric](*_join(runs)) for runs in pooled]
    return np.reshape(values, (len(rankings), len(bag_sizes)))


def _frames(sample: ActionDataSample, scores: Tensor) -> tuple[np.ndarray, ...]:
    """Give labels, scores and lengths of the runs of equal frames of one video."""
    sample.set_field(scores, 'pred_segment_scores', dtype=Tensor)
    return run_lengths(*video_frames(video_from_sample(sample.to_dict()), 'segments'))


def _join(runs: Iterable[tuple]) -> tuple[np.ndarray, ...]:
    return tuple(np.concatenate(parts) for parts in zip(*runs, strict=True))
