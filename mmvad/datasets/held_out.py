"""Chooses the training videos that are held out for model selection."""

from collections.abc import Sequence

import numpy as np


def choose_held_out(
    labels: Sequence[int], categories: Sequence[str], fraction: float, seed: int = 0
) -> np.ndarray:
    """Draw a part of the videos, stratified by category.

    Each category gives ``round(fraction · its videos)``; a label that would give none gives one, so
    that a selection score over both classes exists, and a label that would give all keeps one, so
    that both can be trained on.

    Args:
        labels: (V,), 0 normal, 1 anomalous.
        categories: (V,), names.
        fraction: Part of the videos, in (0, 1).
        seed: Of the draw; the same seed gives the same videos.

    Returns:
        (V,) bool, True where held out.

    Raises:
        ValueError: The fraction is out of range, or a label has fewer than two videos.

    Example:
        >>> choose_held_out([0] * 4 + [1] * 4, ['Normal'] * 4 + ['Fire'] * 4, 0.25).sum()
        np.int64(2)
    """
    if not 0 < fraction < 1:
        raise ValueError(f'the held-out fraction must lie in (0, 1), got {fraction}')
    labels, categories = np.asarray(labels), np.asarray(categories)
    random = np.random.default_rng(seed)
    held_out = np.zeros(len(labels), bool)
    for category in sorted(set(categories.tolist())):
        members = random.permutation(np.flatnonzero(categories == category))
        held_out[members[: round(fraction * len(members))]] = True
    for label in (0, 1):
        members = np.flatnonzero(labels == label)
        if len(members) < 2:
            raise ValueError(
                f'cannot hold out videos of label {label}: the split has {len(members)}, needs 2; '
                "set selection='last' to train on all of them"
            )
        if not held_out[members].any():
            held_out[random.choice(members)] = True
        if held_out[members].all():
            held_out[random.choice(members)] = False
    return held_out
