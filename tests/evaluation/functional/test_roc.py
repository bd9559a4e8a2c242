import numpy as np
import pytest
from ranked_frames import repeated, tied_frames

from mmvad.evaluation.functional.roc import roc_auc


def pair_count(labels, scores):
    """Count every positive against every negative."""
    won = 0.0
    for positive in scores[labels == 1]:
        for negative in scores[labels == 0]:
            won += 1.0 if positive > negative else 0.5 if positive == negative else 0.0
    return won / (np.sum(labels == 1) * np.sum(labels == 0))


def test_the_area_of_six_frames_worked_out_by_hand():
    # 0.9 wins 3 pairs; 0.5 wins 2 (0.2, 0.4) and ties one; 0.2 ties one and loses two
    labels, scores = np.array([1, 1, 1, 0, 0, 0]), np.array([0.9, 0.5, 0.2, 0.5, 0.4, 0.2])
    assert roc_auc(labels, scores) == pytest.approx((3 + 2.5 + 0.5) / 9, abs=1e-12)


@pytest.mark.parametrize('seed', range(5))
def test_the_area_is_the_pair_count_with_ties_counted_half(seed):
    labels, scores = tied_frames(seed)
    assert roc_auc(labels, scores) == pytest.approx(pair_count(labels, scores), abs=1e-12)


def test_reversed_scores_give_the_rest_of_the_area():
    labels, scores = tied_frames(6)
    assert roc_auc(labels, -scores) == pytest.approx(1 - roc_auc(labels, scores), abs=1e-12)


def test_equal_scores_rank_nothing():
    assert roc_auc(np.array([0, 1, 0, 0]), np.full(4, 0.3)) == 0.5


def test_a_monotone_transform_changes_nothing():
    labels, scores = tied_frames(11)
    assert roc_auc(labels, 1 / (1 + np.exp(-5 * scores))) == roc_auc(labels, scores)


def test_the_order_of_frames_does_not_matter():
    labels, scores = tied_frames(12)
    order = np.random.default_rng(0).permutation(len(labels))
    assert roc_auc(labels[order], scores[order]) == roc_auc(labels, scores)


def test_a_weight_is_that_many_equal_frames():
    labels, scores = tied_frames(13)
    weights = np.random.default_rng(1).integers(1, 17, len(labels))
    expected = roc_auc(*repeated(labels, scores, weights))
    assert roc_auc(labels, scores, weights) == pytest.approx(expected, abs=1e-12)
    assert abs(expected - roc_auc(labels, scores)) > 1e-3


def test_a_missing_class_is_an_error_that_names_the_metric():
    with pytest.raises(ValueError, match=r'^ROC AUC is undefined: no positive among 3 labels'):
        roc_auc(np.zeros(3), np.array([0.1, 0.2, 0.3]))
    with pytest.raises(ValueError, match=r'^ROC AUC is undefined: no negative among 3 labels'):
        roc_auc(np.ones(3), np.array([0.1, 0.2, 0.3]))
