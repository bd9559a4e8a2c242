from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from mmvad.evaluation.functional import (
    average_precision,
    missing_class,
    roc_auc,
    trapezoidal_pr_area,
)

METRICS = (roc_auc, average_precision, trapezoidal_pr_area)


def tied_frames(seed, num_frames=240):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2, num_frames), rng.integers(0, 7, num_frames) / 7


def pair_count(labels, scores):
    """ROC AUC the long way: every positive against every negative."""
    won = 0.0
    for positive in scores[labels == 1]:
        for negative in scores[labels == 0]:
            won += 1.0 if positive > negative else 0.5 if positive == negative else 0.0
    return won / (np.sum(labels == 1) * np.sum(labels == 0))


def threshold_walk(labels, scores):
    """(recall, precision) at every threshold from the highest, counted anew each time."""
    points = []
    for threshold in sorted(set(scores.tolist()), reverse=True):
        alarms = [label for label, score in zip(labels, scores, strict=True) if score >= threshold]
        points.append((sum(alarms) / labels.sum(), sum(alarms) / len(alarms)))
    return points


@pytest.mark.parametrize('seed', range(5))
def test_roc_auc_is_the_pair_count_with_ties_counted_half(seed):
    labels, scores = tied_frames(seed)
    assert roc_auc(labels, scores) == pytest.approx(pair_count(labels, scores), abs=1e-12)
    assert roc_auc(labels, scores) == roc_auc_score(labels, scores)


@pytest.mark.parametrize('seed', range(5))
def test_average_precision_is_precision_times_recall_won(seed):
    labels, scores = tied_frames(seed)
    expected, before = 0.0, 0.0
    for recall, precision in threshold_walk(labels, scores):
        expected += precision * (recall - before)
        before = recall
    assert average_precision(labels, scores) == pytest.approx(expected, abs=1e-12)
    assert average_precision(labels, scores) == average_precision_score(labels, scores)


@pytest.mark.parametrize('seed', range(5))
def test_trapezoidal_area_joins_the_thresholds_with_lines_from_precision_one(seed):
    labels, scores = tied_frames(seed)
    points = [(0.0, 1.0), *threshold_walk(labels, scores)]
    expected = sum((r1 - r0) * (p0 + p1) / 2 for (r0, p0), (r1, p1) in pairwise(points))
    assert trapezoidal_pr_area(labels, scores) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize('metric', METRICS)
def test_ranking_metrics_do_not_change_under_a_monotone_transform(metric):
    labels, scores = tied_frames(11)
    assert metric(labels, 1 / (1 + np.exp(-5 * scores))) == metric(labels, scores)


@pytest.mark.parametrize('metric', METRICS)
def test_ranking_metrics_do_not_depend_on_the_order_of_frames(metric):
    labels, scores = tied_frames(12)
    order = np.random.default_rng(0).permutation(len(labels))
    assert metric(labels[order], scores[order]) == metric(labels, scores)


def test_equal_scores_rank_nothing():
    labels = np.array([0, 1, 0, 0])
    assert roc_auc(labels, np.full(4, 0.3)) == 0.5
    assert average_precision(labels, np.full(4, 0.3)) == 0.25


@pytest.mark.parametrize('metric', METRICS)
def test_one_class_is_an_error_that_names_the_missing_one(metric):
    with pytest.raises(ValueError, match='is undefined: no positive among 3 labels'):
        metric(np.zeros(3), np.array([0.1, 0.2, 0.3]))
    with pytest.raises(ValueError, match='is undefined: no negative among 3 labels'):
        metric(np.ones(3), np.array([0.1, 0.2, 0.3]))


@pytest.mark.parametrize('metric', METRICS)
def test_labels_and_scores_of_different_shape_are_an_error(metric):
    with pytest.raises(ValueError, match=r'of one shape \(F,\), got \(3,\) and \(2,\)'):
        metric(np.array([0, 1, 1]), np.array([0.1, 0.2]))


def test_two_classes_miss_none():
    assert missing_class(np.array([0, 1])) is None
