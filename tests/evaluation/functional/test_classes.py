import numpy as np
import pytest

from mmvad.evaluation.functional.classes import check_ranking, missing_class


@pytest.mark.parametrize(
    ('labels', 'weights', 'expected'),
    [
        ([0, 1], None, None),
        ([0, 1], [16, 16], None),
        ([0, 0, 0], None, 'no positive among 3 labels'),
        ([1, 1, 1], None, 'no negative among 3 labels'),
        ([0, 0], [16, 5], 'no positive among 21 labels'),
        ([1, 1], [16, 5], 'no negative among 21 labels'),
    ],
)
def test_the_missing_class_is_named_with_the_number_of_labels(labels, weights, expected):
    weights = None if weights is None else np.array(weights)
    assert missing_class(np.array(labels), weights) == expected


@pytest.mark.parametrize(
    ('labels', 'scores', 'shapes'),
    [
        ([0, 1, 1], [0.1, 0.2], r'\(3,\) and \(2,\)'),
        ([[0, 1]], [[0.1, 0.2]], r'\(1, 2\) and \(1, 2\)'),
        (1, 0.5, r'\(\) and \(\)'),
    ],
)
def test_shapes_that_do_not_fit_are_an_error_that_names_the_metric(labels, scores, shapes):
    message = rf'^AUC needs labels and scores of one shape \(F,\), got {shapes}$'
    with pytest.raises(ValueError, match=message):
        check_ranking('AUC', np.array(labels), np.array(scores))


def test_a_missing_class_leaves_the_metric_undefined():
    with pytest.raises(ValueError, match=r'^AP is undefined: no positive among 21 labels$'):
        check_ranking('AP', np.zeros(2), np.zeros(2), np.array([16, 5]))
