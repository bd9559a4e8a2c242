"""Makes the segments of a training bag from those of a video: pooled, or picked and padded."""

import numpy as np

from mmvad.timeline import pooling_edges


def pool_segments(features: np.ndarray, num_pooled: int) -> np.ndarray:
    """Average runs of segments (Sultani et al., section 4.1).

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
    means = _mean_runs(features, edges, np.float32)
    if not np.isfinite(means).all():  # the sum of a run overflows where its mean may not
        means = _mean_runs(features, edges, np.float64).astype(np.float32)
    return means.swapaxes(0, 1)  # (K, T, D)


def pick_segments(features: np.ndarray, most: int) -> np.ndarray:
    """Keep the segments as they are, a longer video's at even distances (Wu et al., ECCV 2020).

    Args:
        features: (S, K, D).
        most: Segments to keep; the first and the last of a longer video are among them.

    Returns:
        (K, min(S, most), D) float32.

    Raises:
        ValueError: `most` is not positive.

    Example:
        >>> video = np.arange(5, dtype=np.float32).reshape(5, 1, 1)
        >>> pick_segments(video, 3).ravel().tolist(), pick_segments(video, 9).ravel().tolist()
        ([0.0, 2.0, 4.0], [0.0, 1.0, 2.0, 3.0, 4.0])
    """
    if most < 1:
        raise ValueError(f'expected at least one segment to keep, got {most}')
    if len(features) > most:
        features = features[np.linspace(0, len(features) - 1, most).astype(np.int64)]
    return np.asarray(features, np.float32).swapaxes(0, 1)  # (K, T, D)


def _mean_runs(features: np.ndarray, edges: np.ndarray, dtype: type) -> np.ndarray:
    with np.errstate(over='ignore', invalid='ignore'):
        # reduceat takes the single element edges[i] where a run is empty, as in the recipe
        sums = np.add.reduceat(features, edges[:-1], axis=0, dtype=dtype)  # (T, K, D)
    sums /= np.maximum(np.diff(edges), 1)[:, None, None].astype(dtype)
    return sums
