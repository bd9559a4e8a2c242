"""Video-level metrics: what can be measured without events, on held-out training videos."""

from collections.abc import Sequence

import numpy as np

from mmvad.evaluation.functional.precision_recall import average_precision
from mmvad.evaluation.functional.roc import roc_auc
from mmvad.evaluation.prediction import VideoPrediction, check_complete


def video_report(predictions: Sequence[VideoPrediction]) -> dict[str, float]:
    """Rank whole videos by their highest segment score.

    Worked example: the normal video has 0.4 at most; one anomalous video has 0.9 (in order), the
    other 0.3 (not in order): the AUC is 1/2.

    Args:
        predictions: All videos, each once; events are not used.

    Returns:
        ``AUC`` and step-wise ``AP`` over videos.

    Raises:
        ValueError: A video comes twice, or all videos are of one class.

    Example:
        >>> videos = [VideoPrediction('a', [0.4, 0.1], 0, 'Normal'),
        ...           VideoPrediction('b', [0.1, 0.9], 1, 'Abuse'),
        ...           VideoPrediction('c', [0.3], 1, 'Abuse')]
        >>> {name: round(value, 4) for name, value in video_report(videos).items()}
        {'AUC': 0.5, 'AP': 0.8333}
    """
    check_complete(predictions)
    labels = np.array([prediction.label for prediction in predictions])  # (V,)
    scores = np.array([prediction.scores.max() for prediction in predictions])  # (V,)
    if len(set(labels.tolist())) == 1:
        kind = 'anomalous' if labels[0] else 'normal'
        raise ValueError(
            f'video-level AUC is undefined: all {len(labels)} videos are {kind}; '
            'hold out videos of both kinds'
        )
    return {'AUC': roc_auc(labels, scores), 'AP': average_precision(labels, scores)}
