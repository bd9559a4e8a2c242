"""Video-level metrics: what can be measured without events, on held-out training videos."""

from collections.abc import Sequence

import numpy as np

from mmvad.evaluation.functional.precision_recall import average_precision
from mmvad.evaluation.functional.roc import roc_auc
from mmvad.scores.scored_video import ScoredVideo, check_complete


def video_report(videos: Sequence[ScoredVideo]) -> dict[str, float]:
    """Rank whole videos by their highest segment score.

    Worked example: the normal video has 0.4 at most; one anomalous video has 0.9 (in order), the
    other 0.3 (not in order): the AUC is 1/2.

    Args:
        videos: All videos, each once, with their labels; events are not used.

    Returns:
        ``AUC`` and step-wise ``AP`` over videos.

    Raises:
        ValueError: A video appears twice or has no label, or all videos are of one class.

    Example:
        >>> videos = [ScoredVideo('a', [0.4, 0.1], label=0), ScoredVideo('b', [0.1, 0.9], label=1),
        ...           ScoredVideo('c', [0.3], label=1)]
        >>> {name: round(value, 4) for name, value in video_report(videos).items()}
        {'AUC': 0.5, 'AP': 0.8333}
    """
    check_complete(videos)
    if unknown := [video.name for video in videos if video.label is None]:
        raise ValueError(f'video {unknown[0]!r} has no label; --annotations gives it')
    labels = np.array([video.label for video in videos])  # (V,)
    scores = np.array([video.scores.max() for video in videos], np.float64)  # (V,)
    if len(set(labels.tolist())) == 1:
        kind = 'anomalous' if labels[0] else 'normal'
        raise ValueError(
            f'video-level AUC is undefined: all {len(labels)} videos are {kind}; '
            'hold out videos of both kinds'
        )
    return {'AUC': roc_auc(labels, scores), 'AP': average_precision(labels, scores)}
