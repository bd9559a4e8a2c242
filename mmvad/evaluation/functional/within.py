"""AUC parted into what lies within videos and what lies between them (arXiv 2608.21854)."""

from dataclasses import dataclass

import numpy as np

from mmvad.evaluation.functional.classes import check_ranking
from mmvad.evaluation.functional.roc import roc_auc
from mmvad.evaluation.functional.runs import sum_by


@dataclass(frozen=True)
class AucParts:
    """The parts of ``AUC = weight * within + (1 - weight) * cross``.

    Attributes:
        auc: Over all pairs of a positive and a negative frame.
        weight: w, the share of pairs whose frames are of one video.
        within: AUC over these pairs; None where there is none.
        macro_within: Mean of the AUCs of the videos with both classes; None where there is none.
        cross: AUC over the pairs of two videos; None where there is none.
        num_videos: Videos with both classes.
    """

    auc: float
    weight: float
    within: float | None
    macro_within: float | None
    cross: float | None
    num_videos: int


def split_auc(
    labels: np.ndarray,
    scores: np.ndarray,
    videos: np.ndarray,
    weights: np.ndarray | None = None,
) -> AucParts:
    """Part the AUC by whether the two frames of a pair are of one video.

    With P_v and N_v the positive and negative frames of video v, and P and N their sums,
    w = Σ P_v N_v / (P N); *within* is the AUC over the pairs inside a video, each pair once;
    *macro within* is the plain mean of the videos' own AUCs; *cross* = (AUC - w within) / (1 - w).

    Worked example: video 0 has the scores 0.8 (positive), 0.3 and 0.9; video 1 has 0.1. The pairs
    within are 0.8 > 0.3 and 0.8 < 0.9: within = 1/2. The pair across is in order: cross = 1. Two
    of three pairs are within, so AUC = 2/3 * 1/2 + 1/3 * 1 = 2/3.

    Args:
        labels: (F,) of 0 and 1.
        scores: (F,), higher is more anomalous.
        videos: (F,) whole numbers of at least 0, the video of each frame.
        weights: (F,) how often each entry counts, whole numbers; None means once each.

    Returns:
        The parts.

    Raises:
        ValueError: The shapes differ or a class is missing.

    Example:
        >>> parts = split_auc(np.array([1, 0, 0, 0]), np.array([0.8, 0.3, 0.9, 0.1]),
        ...                   np.array([0, 0, 0, 1]))
        >>> [round(part, 4) for part in (parts.within, parts.cross, parts.weight, parts.auc)]
        [0.5, 1.0, 0.6667, 0.6667]
    """
    check_ranking('within-video AUC', labels, scores, weights)
    if np.shape(videos) != np.shape(labels):
        raise ValueError(
            f'expected the video of each of {len(labels)} frames, got shape {np.shape(videos)}'
        )
    auc = roc_auc(labels, scores, weights)
    wins, pairs = pairs_within(labels, scores, videos, weights)
    both = pairs > 0
    positives, negatives = _count(labels, weights)
    weight = int(pairs.sum()) / (positives * negatives)
    within = wins.sum() / (2 * pairs.sum()) if both.any() else None
    macro = (wins[both] / (2 * pairs[both])).mean() if both.any() else None
    cross = None
    if pairs.sum() < positives * negatives:
        cross = (auc - weight * (within or 0)) / (1 - weight)
    return AucParts(auc, weight, _number(within), _number(macro), _number(cross), int(both.sum()))


def pairs_within(
    labels: np.ndarray,
    scores: np.ndarray,
    videos: np.ndarray,
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Count the pairs of a positive and a negative frame inside each video.

    Args:
        labels: (F,) of 0 and 1.
        scores: (F,).
        videos: (F,) whole numbers of at least 0.
        weights: (F,) whole numbers; None means once each.

    Returns:
        (V,) int64, twice the pairs in order, where a tie counts half; and (V,) int64, the pairs. V
        is the highest number of a video plus one.

    Example:
        >>> scores = np.array([0.5, 0.5, 0.1])
        >>> wins, pairs = pairs_within(np.array([1, 0, 0]), scores, np.zeros(3, int))
        >>> wins.tolist(), pairs.tolist()
        ([3], [2])
    """
    videos = np.asarray(videos, np.int64)
    weights = np.ones(len(videos), np.int64) if weights is None else np.asarray(weights, np.int64)
    num_videos = int(videos.max()) + 1
    order = np.lexsort((scores, videos))
    labels, scores, videos, weights = (
        np.asarray(part)[order] for part in (labels, scores, videos, weights)
    )
    negative = weights * (labels == 0)
    starts = np.concatenate([[True], (np.diff(scores) != 0) | (np.diff(videos) != 0)])  # (F,)
    groups = np.cumsum(starts) - 1  # of equal score in one video
    tied = np.add.reduceat(negative, np.flatnonzero(starts))  # negatives of each group, (G,)
    below = np.cumsum(tied) - tied  # in lower groups and in earlier videos
    first = np.searchsorted(videos, np.arange(num_videos))  # first run of each video
    earlier = np.append(np.cumsum(negative) - negative, negative.sum())[first]  # (V,)
    beaten = 2 * (below[groups] - earlier[videos]) + tied[groups]  # twice, of each frame
    positive = weights * (labels == 1)
    wins = sum_by(videos, positive * beaten, num_videos)
    pairs = sum_by(videos, positive, num_videos) * sum_by(videos, negative, num_videos)
    return wins, pairs


def _count(labels: np.ndarray, weights: np.ndarray | None) -> tuple[int, int]:
    weights = np.ones(len(labels), np.int64) if weights is None else np.asarray(weights, np.int64)
    positives = int(weights[np.asarray(labels) == 1].sum())
    return positives, int(weights.sum()) - positives


def _number(value: np.floating | None) -> float | None:
    return None if value is None else float(value)
