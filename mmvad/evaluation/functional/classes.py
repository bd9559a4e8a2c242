"""Checks that a ranking metric is defined, which takes both classes."""

import numpy as np


def missing_class(labels: np.ndarray, weights: np.ndarray | None = None) -> str | None:
    """Say which class is missing.

    Args:
        labels: (F,) of 0 and 1.
        weights: (F,) how often each entry counts, for runs of equal frames; None means once each.

    Returns:
        A short text, or None where both classes are present.

    Example:
        >>> missing_class(np.zeros(3)), missing_class(np.ones(3)), missing_class(np.array([0, 1]))
        ('no positive among 3 labels', 'no negative among 3 labels', None)
    """
    num_positive = int(np.count_nonzero(labels))
    num_labels = len(labels) if weights is None else int(np.sum(weights))
    if num_positive == 0:
        return f'no positive among {num_labels} labels'
    if num_positive == len(labels):
        return f'no negative among {num_labels} labels'
    return None


def check_ranking(
    name: str, labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None
) -> None:
    """Check that a ranking metric is defined.

    Args:
        name: Name of the metric, for the error.
        labels: (F,) of 0 and 1.
        scores: (F,).
        weights: (F,) how often each entry counts; None means once each.

    Raises:
        ValueError: The shapes differ or a class is missing.

    Example:
        >>> check_ranking('AUC', np.array([0, 1]), np.array([0.2, 0.1]))
    """
    if np.ndim(labels) != 1 or np.shape(labels) != np.shape(scores):
        raise ValueError(
            f'{name} needs labels and scores of one shape (F,), '
            f'got {np.shape(labels)} and {np.shape(scores)}'
        )
    reason = missing_class(labels, weights)
    if reason:
        raise ValueError(f'{name} is undefined: {reason}')
