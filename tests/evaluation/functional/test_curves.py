import numpy as np
import pytest
from ranked_frames import repeated, threshold_walk, tied_frames
from sklearn.metrics import auc, roc_curve

from mmvad.evaluation.functional import average_precision, roc_auc
from mmvad.evaluation.functional.curves import pr_points, recall_at_fpr, roc_points


@pytest.mark.parametrize('seed', range(3))
def test_the_area_below_the_points_is_the_auc(seed):
    labels, scores = tied_frames(seed)
    _, false, recall = roc_points(labels, scores).T
    assert auc(false, recall) == pytest.approx(roc_auc(labels, scores), abs=1e-12)


@pytest.mark.parametrize('seed', range(3))
def test_the_steps_of_the_points_are_the_average_precision(seed):
    labels, scores = tied_frames(seed)
    _, recall, precision = pr_points(labels, scores).T
    area = np.sum(np.diff(recall) * precision[1:])
    assert area == pytest.approx(average_precision(labels, scores), abs=1e-12)


def test_every_point_is_what_its_threshold_gives():
    labels, scores = tied_frames(3)
    thresholds = sorted(set(scores.tolist()), reverse=True)
    walk = dict(zip(thresholds, threshold_walk(labels, scores), strict=True))
    for threshold, recall, precision in pr_points(labels, scores)[1:]:
        assert (recall, precision) == pytest.approx(walk[threshold], abs=1e-12)
    for threshold, false, recall in roc_points(labels, scores)[1:]:
        alarms = scores >= threshold
        assert false == pytest.approx(alarms[labels == 0].mean(), abs=1e-12)
        assert recall == pytest.approx(alarms[labels == 1].mean(), abs=1e-12)


@pytest.mark.parametrize('points', [roc_points, pr_points])
def test_a_weight_is_that_many_equal_frames(points):
    labels, scores = tied_frames(4)
    weights = np.random.default_rng(1).integers(1, 17, len(labels))
    expected = points(*repeated(labels, scores, weights))
    np.testing.assert_allclose(points(labels, scores, weights), expected, atol=1e-12)


@pytest.mark.parametrize('rate', [0.0, 0.02, 0.13, 0.5, 1.0])
def test_recall_is_the_highest_that_some_threshold_has_within_the_rate(rate):
    labels, scores = tied_frames(5)
    found = [0.0]
    for threshold in sorted(set(scores.tolist())):
        if (scores >= threshold)[labels == 0].mean() <= rate:
            found.append((scores >= threshold)[labels == 1].mean())
    assert recall_at_fpr(labels, scores, rate) == pytest.approx(max(found), abs=1e-12)
    false, recall, _ = roc_curve(labels, scores)
    assert recall_at_fpr(labels, scores, rate) <= np.interp(rate, false, recall) + 1e-12


def test_recall_at_a_rate_takes_frames_of_runs():
    labels, scores = np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1])
    assert recall_at_fpr(labels, scores, 0.1) == 0.5
    assert recall_at_fpr(labels, scores, 0.1, weights=np.array([1, 1, 3, 9])) == 1.0


def test_a_highest_score_with_too_many_false_positives_finds_nothing():
    assert recall_at_fpr(np.array([1, 0]), np.array([0.5, 0.5]), 0.5) == 0.0


def test_a_rate_outside_of_its_range_and_a_missing_class_are_errors():
    labels, scores = tied_frames(6)
    with pytest.raises(ValueError, match=r'false-positive rate must lie in \[0, 1\], got 2'):
        recall_at_fpr(labels, scores, 2)
    for function, name in ((roc_points, 'ROC'), (pr_points, 'precision-recall')):
        with pytest.raises(ValueError, match=f'^{name} curve is undefined: no positive'):
            function(np.zeros(2), np.array([0.1, 0.2]))
    with pytest.raises(ValueError, match=r'^recall at a false-positive rate is undefined: no pos'):
        recall_at_fpr(np.zeros(2), np.array([0.1, 0.2]), 0.1)
