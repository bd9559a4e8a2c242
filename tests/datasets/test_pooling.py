from itertools import pairwise

import numpy as np
import pytest

from mmvad.datasets.pooling import pick_segments, pool_segments


def pool_as_in_the_recipe(features, num_pooled):
    """The recipe's loop: mean of a run, or the run's first segment where the run is empty."""
    edges = [int(edge) for edge in np.linspace(0, len(features), num_pooled + 1)]
    pooled = []
    for start, end in pairwise(edges):
        run = features[start:end]
        pooled.append(run.astype(np.float64).mean(0) if len(run) else features[start])
    return np.stack(pooled, axis=1)  # (K, T, D)


@pytest.mark.parametrize('num_segments', [1, 2, 5, 31, 32, 33, 63, 64, 100, 357])
@pytest.mark.parametrize('num_pooled', [1, 7, 32])
def test_pooling_is_the_recipe_s_loop(num_segments, num_pooled):
    features = np.random.default_rng(num_segments).standard_normal((num_segments, 2, 3))
    features = features.astype(np.float32)
    pooled = pool_segments(features, num_pooled)
    assert pooled.shape == (2, num_pooled, 3) and pooled.dtype == np.float32
    np.testing.assert_allclose(pooled, pool_as_in_the_recipe(features, num_pooled), atol=1e-6)


def test_half_precision_features_are_summed_in_single_precision():
    features = np.full((4000, 1, 1), 100, np.float16)  # the sum is beyond float16
    pooled = pool_segments(features, 2)
    assert pooled.dtype == np.float32
    np.testing.assert_array_equal(pooled, 100)


def test_nan_and_infinity_survive_pooling():
    for value in (np.nan, np.inf):
        features = np.zeros((50, 1, 1), np.float32)
        features[17] = value
        assert not np.isfinite(pool_segments(features, 8)).all()


def test_no_segment_is_refused():
    with pytest.raises(ValueError, match='expected at least one segment on both sides, got S=0'):
        pool_segments(np.zeros((0, 1, 1), np.float32), 8)


def test_means_of_large_finite_values_are_finite():
    features = np.full((6, 1, 2), 3e38, np.float32)
    assert (pool_segments(features, 2) == np.float32(3e38)).all()


def test_edges_round_as_the_recipe_s_linspace_does():
    # 100 · (58 / 200) is 28.999999999999996 in float64: the recipe's edge lies before segment 29
    features = np.arange(58, dtype=np.float32).reshape(58, 1, 1)
    pooled = pool_segments(features, 200)
    assert pooled[0, 100, 0] == 28


@pytest.mark.parametrize('num_segments', [1, 8, 9, 30])
def test_picked_segments_are_some_of_the_video_s_own(num_segments):
    video = np.random.default_rng(0).standard_normal((num_segments, 2, 3)).astype(np.float16)
    picked = pick_segments(video, 8)
    assert picked.dtype == np.float32 and picked.shape == (2, min(num_segments, 8), 3)
    places = [
        int(np.where((video == segment).all((1, 2)))[0][0]) for segment in picked.swapaxes(0, 1)
    ]
    assert places[0] == 0 and places[-1] == num_segments - 1
    assert all(later > earlier for earlier, later in pairwise(places))


def test_no_segment_cannot_be_picked():
    with pytest.raises(ValueError, match='expected at least one segment to keep, got 0'):
        pick_segments(np.zeros((3, 1, 1)), 0)
