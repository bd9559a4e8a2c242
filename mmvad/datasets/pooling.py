"""Pools a video to the fixed number of segments of a training bag (Sultani et al., section 4.1)."""

import numpy as np

from mmvad.timeline import pooling_edges


def pool_segments(features: np.ndarray, num_pooled: int) -> np.ndarray:
    """Average runs of segments.

    Args:
        features: (S, K, D).
        num_pooled: T.

    Returns:
        (K, T, D) float32. Where S < T some segments are repeated.

    Example:
        >>> video = np.arange(4, dtype=np.float32).reshape(4, 1, 1)
        >>> pool_segments(video, 2).ravel().tolist(), pool_segments(video, 8).ravel().tolist()
        ([0.5, 2.5], [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0])
    """
    edges = pooling_edges(len(features), num_pooled)
    # reduceat takes the single element edges[i] where a run is empty, as the recipe wants it
    sums = np.add.reduceat(features, edges[:-1], axis=0, dtype=np.float32)  # (T, K, D)
    sums /= np.maximum(np.diff(edges), 1)[:, None, None].astype(np.float32)
    return sums.swapaxes(0, 1)  # (K, T, D)
