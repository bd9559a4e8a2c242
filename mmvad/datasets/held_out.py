"""Chooses the training videos that are held out for model selection."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmvad.datasets.annotations import load_annotations


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
        fraction: Fraction of the videos, in (0, 1).
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


def count_held_out(
    labels: Sequence[int], categories: Sequence[str], fraction: float, seed: int = 0
) -> tuple[int, int]:
    """Count the normal and the anomalous videos that `choose_held_out` draws.

    Args:
        labels: See `choose_held_out`.
        categories: See `choose_held_out`.
        fraction: See `choose_held_out`.
        seed: See `choose_held_out`.

    Returns:
        Both numbers; 0 and 0 where a label has fewer than two videos, so that nothing can be drawn.

    Raises:
        ValueError: The fraction is out of range.

    Example:
        >>> count_held_out([0] * 40 + [1] * 20, ['Normal'] * 40 + ['Fire'] * 20, 0.1)
        (4, 2)
        >>> count_held_out([0, 1, 1], ['Normal', 'Fire', 'Fire'], 0.1)
        (0, 0)
    """
    labels = np.asarray(labels)
    if min((labels == label).sum() for label in (0, 1)) < 2:
        return 0, 0
    chosen = labels[choose_held_out(labels, categories, fraction, seed)]
    return int((chosen == 0).sum()), int((chosen == 1).sum())


def count_held_out_of(dataset: Mapping) -> tuple[int, int] | None:
    """Count the videos that a data set of a config holds out, reading its annotations only.

    Args:
        dataset: Settings of a ``VideoFeatureDataset`` or ``JoinedFeatureDataset``.

    Returns:
        Normal and anomalous videos; None for another data set, or one that holds out nothing.

    Raises:
        FileNotFoundError: There is no annotation file.
        ValueError: It is not valid, or the fraction is out of range.

    Example:
        >>> count_held_out_of(dict(type='VideoDataset', ann_file='train.txt')) is None
        True
    """
    parts = [dataset]
    if dataset.get('type') == 'JoinedFeatureDataset':
        parts = [{'type': 'VideoFeatureDataset', **part} for part in dataset['datasets']]
    counts = []
    for part in parts:
        if part.get('type') != 'VideoFeatureDataset' or not part.get('held_out'):
            return None
        _, entries = load_annotations(Path(part.get('data_root') or '', part['ann_file']))
        labels = [entry['label'] for entry in entries]
        categories = [entry['category'] for entry in entries]
        counts.append(count_held_out(labels, categories, **part['held_out']))
    return tuple(map(sum, zip(*counts, strict=True)))
