"""How often normal videos raise an alarm."""

import numpy as np


def check_threshold(threshold: float) -> None:
    """Check that scores can lie on both sides of the threshold.

    Args:
        threshold: Of an anomaly score in [0, 1].

    Raises:
        ValueError: It lies outside [0, 1].

    Example:
        >>> check_threshold(0.5)
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f'the false-alarm threshold must lie in [0, 1], got {threshold}')


def false_alarm_rate(
    scores: np.ndarray, threshold: float, weights: np.ndarray | None = None
) -> float:
    """Share of the frames of normal videos whose score reaches the threshold.

    Worked example: of four frames, 0.5 and 0.9 reach 0.5, so the rate is 2/4.

    Args:
        scores: (F,) scores of frames of normal videos only.
        threshold: A frame is an alarm where its score is at or above it.
        weights: (F,) how often each entry counts, for runs of equal frames; None means once each.

    Returns:
        Rate in [0, 1].

    Raises:
        ValueError: There is no frame, or the threshold lies outside [0, 1].

    Example:
        >>> false_alarm_rate(np.array([0.1, 0.5, 0.9, 0.2]), threshold=0.5)
        0.5
    """
    check_threshold(threshold)
    if len(scores) == 0:
        raise ValueError('false-alarm rate is undefined: no frame of a normal video')
    return float(np.average(np.asarray(scores) >= threshold, weights=weights))
