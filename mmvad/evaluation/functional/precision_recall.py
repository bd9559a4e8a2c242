"""Areas under the precision-recall curve; two are in use and differ in the fourth digit."""

import numpy as np

from mmvad.evaluation.functional.classes import check_ranking


def average_precision(
    labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """Step-wise area: precision at each threshold times the recall gained there.

    Worked example: lowering the threshold over the scores below, precision and recall are 1/1 and
    1/2 at 0.8, 1/2 and 1/2 at 0.4, 2/3 and 1 at 0.35. The area is 1 * 1/2 + 2/3 * 1/2 = 5/6.

    Args:
        labels: (F,) of 0 and 1.
        scores: (F,), higher is more anomalous.
        weights: (F,) how often each entry counts, for runs of equal frames; None means once each.

    Returns:
        Area in [0, 1], scikit-learn's ``average_precision_score``.

    Raises:
        ValueError: The shapes differ or a class is missing.

    Example:
        >>> round(average_precision(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])), 6)
        0.833333
    """
    check_ranking('average precision', labels, scores, weights)
    from sklearn.metrics import average_precision_score  # seconds, see `roc`

    return float(average_precision_score(labels, scores, sample_weight=weights))


def trapezoidal_pr_area(
    labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """Area with straight lines between the thresholds, as RTFM, XDVioDet and UR-DMU report it.

    Worked example: the curve below runs over the points (recall, precision) (0, 1), (1/2, 1),
    (1/2, 1/2), (1, 2/3), (1, 1/2), so the area is 1/2 * 1 + 1/2 * (1/2 + 2/3) / 2 = 19/24.

    Args:
        labels: (F,) of 0 and 1.
        scores: (F,), higher is more anomalous.
        weights: (F,) how often each entry counts, for runs of equal frames; None means once each.

    Returns:
        Area in [0, 1], scikit-learn's ``auc`` over its ``precision_recall_curve``.

    Raises:
        ValueError: The shapes differ or a class is missing.

    Example:
        >>> round(trapezoidal_pr_area(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])), 6)
        0.791667
    """
    check_ranking('trapezoidal PR area', labels, scores, weights)
    from sklearn.metrics import auc, precision_recall_curve  # seconds, see `roc`

    precision, recall, _ = precision_recall_curve(labels, scores, sample_weight=weights)
    return float(auc(recall, precision))
