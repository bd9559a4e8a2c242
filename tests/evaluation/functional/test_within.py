import numpy as np
import pytest
from ranked_frames import tied_frames

from mmvad.evaluation.functional.roc import roc_auc
from mmvad.evaluation.functional.within import pairs_within, split_auc


def frames_of_videos(seed, num_videos=6):
    """Labels, scores and videos (F,), many ties; the first video is normal."""
    labels, scores = tied_frames(seed)
    videos = np.random.default_rng(seed + 100).integers(0, num_videos, len(labels))
    labels[videos == 0] = 0
    return labels, scores, videos


def slow_parts(labels, scores, videos):
    """Go through all pairs: [won, all] of those within a video and of those across."""
    counts = {True: [0.0, 0], False: [0.0, 0]}
    for positive in np.flatnonzero(labels == 1):
        for negative in np.flatnonzero(labels == 0):
            count = counts[bool(videos[positive] == videos[negative])]
            difference = scores[positive] - scores[negative]
            count[0] += 1.0 if difference > 0 else 0.5 if difference == 0 else 0.0
            count[1] += 1
    return counts[True], counts[False]


@pytest.mark.parametrize('seed', range(5))
def test_parts_are_those_of_a_slow_count_with_ties(seed):
    labels, scores, videos = frames_of_videos(seed)
    within, across = slow_parts(labels, scores, videos)
    parts = split_auc(labels, scores, videos)
    assert parts.within == pytest.approx(within[0] / within[1], abs=1e-12)
    assert parts.cross == pytest.approx(across[0] / across[1], abs=1e-12)
    assert parts.weight == pytest.approx(within[1] / (within[1] + across[1]), abs=1e-15)
    own = [
        roc_auc(labels[videos == v], scores[videos == v])
        for v in range(6)
        if 0 < labels[videos == v].mean() < 1
    ]
    assert parts.macro_within == pytest.approx(np.mean(own), abs=1e-12)
    assert parts.num_videos == len(own) == 5


@pytest.mark.parametrize('seed', range(5))
def test_auc_is_the_weighted_mean_of_within_and_cross(seed):
    labels, scores, videos = frames_of_videos(seed)
    _, across = slow_parts(labels, scores, videos)
    parts = split_auc(labels, scores, videos)
    w, cross = parts.weight, across[0] / across[1]  # counted, not what was solved for it
    assert w * parts.within + (1 - w) * cross == pytest.approx(roc_auc(labels, scores), abs=1e-12)


def test_a_weight_is_that_many_equal_frames():
    labels, scores, videos = frames_of_videos(7)
    weights = np.random.default_rng(1).integers(1, 17, len(labels))
    repeated = split_auc(*(np.repeat(part, weights) for part in (labels, scores, videos)))
    parts = split_auc(labels, scores, videos, weights)
    assert vars(parts) == pytest.approx(vars(repeated), abs=1e-12)
    assert parts.within != pytest.approx(split_auc(labels, scores, videos).within, abs=1e-3)


def test_the_order_of_frames_does_not_matter():
    labels, scores, videos = frames_of_videos(8)
    order = np.random.default_rng(0).permutation(len(labels))
    assert split_auc(labels[order], scores[order], videos[order]) == split_auc(
        labels, scores, videos
    )


def test_pair_weighted_and_macro_within_differ_where_videos_are_unequally_long():
    # video 0 has 4 pairs, all in order; video 1 has one, which is not
    labels, scores = np.array([1, 1, 0, 0, 1, 0]), np.array([0.9, 0.8, 0.1, 0.2, 0.3, 0.4])
    parts = split_auc(labels, scores, np.array([0, 0, 0, 0, 1, 1]))
    assert (parts.within, parts.macro_within, parts.weight) == (4 / 5, 1 / 2, 5 / 9)


def test_parts_without_pairs_are_none():
    labels, scores = np.array([1, 0]), np.array([0.9, 0.1])
    apart = split_auc(labels, scores, np.array([0, 1]))
    assert (apart.within, apart.macro_within, apart.cross, apart.weight) == (None, None, 1.0, 0.0)
    alone = split_auc(labels, scores, np.array([3, 3]))
    assert (alone.within, alone.macro_within, alone.cross, alone.weight) == (1.0, 1.0, None, 1.0)


def test_pairs_are_counted_exactly_where_they_are_many():
    labels, scores = np.array([1, 0, 0]), np.array([0.5, 0.4, 0.5])
    weights = np.array([10**6, 10**6 + 1, 3])
    wins, pairs = pairs_within(labels, scores, np.array([1, 1, 1]), weights)
    assert wins.tolist() == [0, 10**6 * (2 * (10**6 + 1) + 3)]
    assert pairs.tolist() == [0, 10**6 * (10**6 + 4)]


def test_a_missing_class_or_other_videos_are_errors():
    with pytest.raises(ValueError, match=r'^within-video AUC is undefined: no positive among 2'):
        split_auc(np.zeros(2), np.array([0.1, 0.2]), np.zeros(2, int))
    with pytest.raises(ValueError, match=r'the video of each of 2 frames, got shape \(3,\)'):
        split_auc(np.array([0, 1]), np.array([0.1, 0.2]), np.zeros(3, int))
