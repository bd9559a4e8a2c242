from itertools import pairwise

import numpy as np
import pytest
from ranked_frames import repeated, threshold_walk, tied_frames

from mmvad.evaluation.functional.precision_recall import average_precision, trapezoidal_pr_area

NAMES = [(average_precision, 'average precision'), (trapezoidal_pr_area, 'trapezoidal PR area')]
METRICS = [metric for metric, _ in NAMES]


def test_the_areas_of_four_frames_with_a_tie_worked_out_by_hand():
    # 0.9: precision 1, recall 1/2; 0.5 (a tie of one of each class): 2/3, 1; 0.1: 1/2, 1
    labels, scores = np.array([1, 1, 0, 0]), np.array([0.9, 0.5, 0.5, 0.1])
    assert average_precision(labels, scores) == pytest.approx(1 / 2 + 2 / 3 / 2, abs=1e-12)
    area = 1 / 2 + (1 + 2 / 3) / 2 / 2
    assert trapezoidal_pr_area(labels, scores) == pytest.approx(area, abs=1e-12)


@pytest.mark.parametrize('seed', range(5))
def test_average_precision_is_precision_times_recall_won(seed):
    labels, scores = tied_frames(seed)
    points = [(0.0, 1.0), *threshold_walk(labels, scores)]
    expected = sum((r1 - r0) * p1 for (r0, _), (r1, p1) in pairwise(points))
    assert average_precision(labels, scores) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize('seed', range(5))
def test_trapezoidal_area_joins_the_thresholds_with_lines_from_precision_one(seed):
    labels, scores = tied_frames(seed)
    points = [(0.0, 1.0), *threshold_walk(labels, scores)]
    expected = sum((r1 - r0) * (p0 + p1) / 2 for (r0, p0), (r1, p1) in pairwise(points))
    assert trapezoidal_pr_area(labels, scores) == pytest.approx(expected, abs=1e-12)


def test_equal_scores_have_the_precision_of_the_share_of_positives():
    assert average_precision(np.array([0, 1, 0, 0]), np.full(4, 0.3)) == 0.25


@pytest.mark.parametrize('metric', METRICS)
def test_a_monotone_transform_changes_nothing(metric):
    labels, scores = tied_frames(11)
    assert metric(labels, 1 / (1 + np.exp(-5 * scores))) == metric(labels, scores)


@pytest.mark.parametrize('metric', METRICS)
def test_the_order_of_frames_does_not_matter(metric):
    labels, scores = tied_frames(12)
    order = np.random.default_rng(0).permutation(len(labels))
    assert metric(labels[order], scores[order]) == metric(labels, scores)


@pytest.mark.parametrize('metric', METRICS)
def test_a_weight_is_that_many_equal_frames(metric):
    labels, scores = tied_frames(13)
    weights = np.random.default_rng(1).integers(1, 17, len(labels))
    expected = metric(*repeated(labels, scores, weights))
    assert metric(labels, scores, weights) == pytest.approx(expected, abs=1e-12)
    assert abs(expected - metric(labels, scores)) > 1e-3


@pytest.mark.parametrize(('metric', 'name'), NAMES)
def test_a_missing_class_is_an_error_that_names_the_metric(metric, name):
    with pytest.raises(ValueError, match=f'^{name} is undefined: no positive among 3 labels'):
        metric(np.zeros(3), np.array([0.1, 0.2, 0.3]))
    with pytest.raises(ValueError, match=f'^{name} is undefined: no negative among 3 labels'):
        metric(np.ones(3), np.array([0.1, 0.2, 0.3]))
