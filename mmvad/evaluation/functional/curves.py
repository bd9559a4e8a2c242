"""ROC and precision-recall curves as points, and the recall at a false-positive rate."""

import numpy as np

from mmvad.evaluation.functional.classes import check_ranking

ROC_COLUMNS = ('threshold', 'false_positive_rate', 'recall')
PR_COLUMNS = ('threshold', 'recall', 'precision')


def roc_points(
    labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Walk along the ROC curve; points on a straight line between two others are left out.

    Worked example: of 0.8 (positive), 0.4 and 0.1 (negatives) and 0.35 (positive), a threshold of
    0.8 finds half of the positives with no false alarm, 0.35 all of them with half the negatives.

    Args:
        labels: (F,) of 0 and 1.
        scores: (F,), higher is more anomalous; an alarm is a score at or above the threshold.
        weights: (F,) how often each entry counts, for runs of equal frames; None means once each.

    Returns:
        (P, 3) in the columns `ROC_COLUMNS`, from no alarm, whose threshold is infinite, to all.

    Raises:
        ValueError: The shapes differ or a class is missing.

    Example:
        >>> roc_points(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).tolist()
        ... # doctest: +NORMALIZE_WHITESPACE
        [[inf, 0.0, 0.0], [0.8, 0.0, 0.5], [0.4, 0.5, 0.5], [0.35, 0.5, 1.0], [0.1, 1.0, 1.0]]
    """
    check_ranking('ROC curve', labels, scores, weights)
    from sklearn.metrics import roc_curve  # seconds, see `roc`

    false, true, thresholds = roc_curve(labels, scores, sample_weight=weights)
    return np.stack([thresholds, false, true], axis=1)


def pr_points(
    labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Walk along the precision-recall curve; points between two of equal recall are left out.

    Args:
        labels: (F,) of 0 and 1.
        scores: (F,), higher is more anomalous; an alarm is a score at or above the threshold.
        weights: (F,) how often each entry counts, for runs of equal frames; None means once each.

    Returns:
        (P, 3) in the columns `PR_COLUMNS`, from recall 0, where the precision is 1 by definition
        and the threshold infinite, to recall 1.

    Raises:
        ValueError: The shapes differ or a class is missing.

    Example:
        >>> pr_points(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).round(3).tolist()
        ... # doctest: +NORMALIZE_WHITESPACE
        [[inf, 0.0, 1.0], [0.8, 0.5, 1.0], [0.4, 0.5, 0.5], [0.35, 1.0, 0.667], [0.1, 1.0, 0.5]]
    """
    check_ranking('precision-recall curve', labels, scores, weights)
    from sklearn.metrics import precision_recall_curve  # seconds, see `roc`

    precision, recall, thresholds = precision_recall_curve(
        labels, scores, sample_weight=weights, drop_intermediate=True
    )
    return np.stack([np.append(thresholds, np.inf), recall, precision], axis=1)[::-1]


def recall_at_fpr(
    labels: np.ndarray,
    scores: np.ndarray,
    rate: float,
    weights: np.ndarray | None = None,
) -> float:
    """Share of positive frames found by the lowest threshold within a false-positive rate.

    No point is interpolated: it is a threshold that one can set.

    Worked example: below, a threshold of 0.8 has no false positive and finds one of two; 0.35
    finds both, but alarms on one of the two negatives. At a rate of at most 0.1 the recall is 1/2.

    Args:
        labels: (F,) of 0 and 1.
        scores: (F,), higher is more anomalous.
        rate: Highest share of negative frames at or above the threshold, in [0, 1].
        weights: (F,) how often each entry counts, for runs of equal frames; None means once each.

    Returns:
        Recall in [0, 1]; 0 where even the highest score has too many false positives.

    Raises:
        ValueError: The rate lies outside [0, 1], the shapes differ or a class is missing.

    Example:
        >>> recall_at_fpr(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]), rate=0.1)
        0.5
    """
    if not 0 <= rate <= 1:
        raise ValueError(f'a false-positive rate must lie in [0, 1], got {rate}')
    check_ranking('recall at a false-positive rate', labels, scores, weights)
    from sklearn.metrics import roc_curve  # seconds, see `roc`

    false, true, _ = roc_curve(labels, scores, sample_weight=weights, drop_intermediate=False)
    return float(true[false <= rate].max())
