"""Attention weights as multiples of an even share: 1/T of a bag of T segments."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from mmvad.timeline import bag_lengths


def attention_shares(
    attention: np.ndarray, made_by: Mapping, breaks: Sequence[int] = ()
) -> np.ndarray:
    """Multiply each weight by the segments of its bag.

    A weight says little by itself: 0.5 is much in a bag of 28 segments, and nothing in one of two,
    as the last bag of a video may be. Where all segments of a bag count alike, each has 1.

    Args:
        attention: (R, S), the weight of each segment in its bag, one row a hop.
        made_by: Of the scores file: ``bag_size`` and ``scoring`` are read. Where there is no bag
            size in it, the mean weight counts as an even share.
        breaks: Segments before which something is missing; no bag reaches over them.

    Returns:
        (R, S) float64, at least 0.

    Example:
        >>> attention_shares(np.array([[0.25, 0.75, 1.0]]), dict(bag_size=2)).tolist()
        [[0.5, 1.5, 1.0]]
    """
    attention = np.asarray(attention, np.float64)
    size, known = made_by.get('bag_size'), 'bag_size' in made_by
    if not known or (size is not None and (type(size) is not int or size < 1)):
        mean = attention.mean() if attention.size else 0.0
        return attention / mean if mean > 0 else attention
    is_sliding = made_by.get('scoring') == 'sliding'
    return attention * segments_in_bags(attention.shape[1], size, is_sliding, breaks)


def attention_limit(attention: np.ndarray, made_by: Mapping) -> int:
    """Say how many even shares one segment can have: T, where a bag looks at nothing else.

    Args:
        attention: (R, S), see `attention_shares`.
        made_by: See `attention_shares`.

    Returns:
        The bag size, or S where a bag is not longer or its size is not known.

    Example:
        >>> attention_limit(np.full((3, 9), 0.5), dict(bag_size=2))
        2
    """
    num_segments, size = np.shape(attention)[1], made_by.get('bag_size')
    return min(size, num_segments) if type(size) is int and size > 0 else num_segments


def segments_in_bags(
    num_segments: int, bag_size: int | None, is_sliding: bool = False, breaks: Sequence[int] = ()
) -> np.ndarray:
    """Count the segments of the bag that gave each segment its weight.

    Args:
        num_segments: S.
        bag_size: l; None takes all segments between two breaks as one bag.
        is_sliding: Whether the bag of a segment is that of the l segments up to it.
        breaks: Segments before which something is missing.

    Returns:
        (S,) int64, at least 1.

    Example:
        >>> segments_in_bags(7, 3).tolist(), segments_in_bags(5, 3, breaks=[2]).tolist()
        ([3, 3, 3, 3, 3, 3, 1], [2, 2, 3, 3, 3])
        >>> segments_in_bags(5, 3, is_sliding=True, breaks=[3]).tolist()
        [1, 2, 3, 1, 2]
    """
    borders = [0, *breaks, num_segments]
    counts: list[int] = []
    for start, end in pairwise(borders):
        length = end - start
        if is_sliding:
            most = bag_size or length
            counts.extend(min(place + 1, most) for place in range(length))
        elif length:
            counts.extend(size for size in bag_lengths(length, bag_size) for _ in range(size))
    return np.array(counts, np.int64)
