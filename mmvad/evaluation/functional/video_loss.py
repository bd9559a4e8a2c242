"""Cross-entropy of whole videos: what still differs between epochs that rank them alike."""

from collections.abc import Sequence

import numpy as np

from mmvad.scores.scored_video import ScoredVideo

LEAST_LOG = -100.0  # as in PyTorch's BCELoss; a score of exactly 0 or 1 may be rounding


def video_loss(videos: Sequence[ScoredVideo]) -> float:
    """Binary cross-entropy between a video's label and its highest segment score.

    An AUC depends on the order of the scores alone, and over a few videos it has a few values only;
    this goes on falling while the scores move towards their labels.

    Worked example: a normal video of 0.2 at most costs -log 0.8, an anomalous one of 0.5 costs
    -log 0.5; the mean is 0.4581.

    Args:
        videos: Each with its label.

    Returns:
        The mean over the videos, natural logarithm, each logarithm at least -100.

    Raises:
        ValueError: There is no video, or one has no label.

    Example:
        >>> videos = [ScoredVideo('a', [0.2, 0.1], label=0), ScoredVideo('b', [0.5], label=1)]
        >>> round(video_loss(videos), 4)
        0.4581
    """
    if not videos:
        raise ValueError('expected at least one video, got none')
    if unknown := [video.name for video in videos if video.label is None]:
        raise ValueError(f'video {unknown[0]!r} has no label; --annotations gives it')
    labels = np.array([video.label for video in videos], bool)  # (V,)
    scores = np.array([video.scores.max() for video in videos], np.float64)  # (V,)
    with np.errstate(divide='ignore'):
        logs = np.log(np.where(labels, scores, 1 - scores))
    return float(-np.maximum(logs, LEAST_LOG).mean())
