import numpy as np
import pytest

from mmvad.evaluation.functional import false_alarm_rate


def test_score_at_the_threshold_is_an_alarm():
    assert false_alarm_rate(np.array([0.5, 0.49]), 0.5) == 0.5


def test_raising_the_threshold_never_raises_the_rate():
    scores = np.random.default_rng(0).random(100)
    rates = [false_alarm_rate(scores, threshold) for threshold in np.linspace(0, 1, 21)]
    assert rates[0] == 1.0
    assert rates == sorted(rates, reverse=True)


def test_no_normal_frame_is_an_error():
    with pytest.raises(ValueError, match='no frame of a normal video'):
        false_alarm_rate(np.array([]), 0.5)


@pytest.mark.parametrize('threshold', [-0.1, 1.5, float('nan')])
def test_threshold_outside_of_the_scores_is_an_error(threshold):
    with pytest.raises(ValueError, match=r'threshold must lie in \[0, 1\]'):
        false_alarm_rate(np.array([0.5]), threshold)


def test_runs_count_by_their_lengths():
    assert false_alarm_rate(np.array([0.9, 0.1]), 0.5, weights=np.array([3, 1])) == 0.75
