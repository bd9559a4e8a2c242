"""Area under the ROC curve."""

import numpy as np

from mmvad.evaluation.functional.classes import check_ranking


def roc_auc(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Probability that a positive scores higher than a negative, ties counted half.

    Worked example: of the four pairs (positive, negative) below, 0.8 > 0.1, 0.8 > 0.4 and 0.4 > 0.1
    are in order and 0.4 = 0.4 is a tie, so the area is (3 + 1/2) / 4 = 0.875.

    Args:
        labels: (F,) of 0 and 1.
        scores: (F,), higher is more anomalous.
        weights: (F,) how often each entry counts, for runs of equal frames; None means once each.

    Returns:
        Area in [0, 1].

    Raises:
        ValueError: The shapes differ or a class is missing.

    Example:
        >>> roc_auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.4, 0.8]))
        0.875
    """
    check_ranking('ROC AUC', labels, scores, weights)
    from sklearn.metrics import roc_auc_score  # seconds, which --help need not wait for

    return float(roc_auc_score(labels, scores, sample_weight=weights))
