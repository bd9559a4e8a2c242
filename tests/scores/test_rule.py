import json

import numpy as np
import pytest
from scored_examples import random_cases

from mmvad.scores.rule import EventRule, is_number, rule_from_segments, shortest_float

OLD = dict(threshold=0.5, low_ratio=0.5, low_threshold=0.25, min_segments=1, merge_gap=0)


def test_rule_survives_its_dict():
    for _, _, rule, _ in random_cases(50):
        assert EventRule.from_dict(rule.to_dict()) == rule


def test_rule_of_numpy_s_numbers_goes_into_json():
    settings = EventRule(np.float32(0.3), np.float32(0.5), 1, np.float64(2)).to_dict()
    assert EventRule.from_dict(json.loads(json.dumps(settings))).merge_seconds == 2


def test_low_threshold_is_the_product_of_the_threshold_in_float32():
    rng = np.random.default_rng(0)
    differing = 0
    for threshold, ratio in rng.random((2000, 2)):
        product = np.float32(np.float64(np.float32(threshold)) * ratio)
        assert np.float32(EventRule(threshold, ratio).low_threshold) == product
        differing += product != np.float32(threshold * ratio)
    assert differing > 0


@pytest.mark.parametrize(
    ('rule', 'needs'),
    [
        (EventRule(0.3, 0.5), False),
        (EventRule(min_seconds=0.1), True),
        (EventRule(merge_seconds=0.1), True),
    ],
)
def test_rule_needs_seconds_where_it_has_a_length(rule, needs):
    assert rule.needs_seconds is needs


@pytest.mark.parametrize('threshold', [-0.1, 1.1, float('nan'), True, '0.5', None])
def test_threshold_outside_of_0_to_1_is_an_error(threshold):
    with pytest.raises(ValueError, match=r'threshold must lie in \[0, 1\], got'):
        EventRule(threshold)


@pytest.mark.parametrize('ratio', [0, 1.01, float('nan'), None])
def test_low_ratio_outside_of_0_to_1_is_an_error(ratio):
    with pytest.raises(ValueError, match=r'low_ratio must lie in \(0, 1\], got'):
        EventRule(low_ratio=ratio)


@pytest.mark.parametrize('name', ['min_seconds', 'merge_seconds'])
@pytest.mark.parametrize('seconds', [-1, float('nan'), float('inf'), '1', True])
def test_seconds_of_a_rule_are_numbers_of_at_least_0(name, seconds):
    with pytest.raises(ValueError, match=f'{name} must be a number of at least 0, got'):
        EventRule(**{name: seconds})


@pytest.mark.parametrize('settings', [None, {}, {**EventRule().to_dict(), 'more': 1}])
def test_settings_with_other_keys_are_an_error(settings):
    with pytest.raises(ValueError, match='an event rule must have the keys'):
        EventRule.from_dict(settings)


def test_low_threshold_that_does_not_follow_is_an_error():
    settings = {**EventRule(0.5).to_dict(), 'low_threshold': 0.2}
    with pytest.raises(ValueError, match=r'low_threshold 0.2 is not threshold \* low_ratio = 0.5'):
        EventRule.from_dict(settings)


def test_trivial_lengths_in_segments_need_no_frame_rate():
    assert rule_from_segments(OLD, None) == EventRule(0.5, 0.5)
    assert rule_from_segments(OLD, 25) == EventRule(0.5, 0.5)


def test_segments_become_seconds_at_a_frame_rate():
    rule = rule_from_segments({**OLD, 'min_segments': 3, 'merge_gap': 2}, 32)
    assert (rule.min_seconds, rule.merge_seconds) == (1.5, 1.0)
    assert rule_from_segments({**OLD, 'merge_gap': 2}, 32).min_seconds == 0


@pytest.mark.parametrize('change', [dict(min_segments=2), dict(merge_gap=1)])
def test_segments_without_a_frame_rate_are_refused(change):
    with pytest.raises(ValueError, match=r'count segments, and the frame rate .* is not known'):
        rule_from_segments({**OLD, **change}, None)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(min_segments=0), 'min_segments must be a whole number of at least 1, got 0'),
        (dict(min_segments=1.0), 'min_segments must be a whole number of at least 1, got 1.0'),
        (dict(merge_gap=-1), 'merge_gap must be a whole number of at least 0, got -1'),
        (dict(merge_gap=True), 'merge_gap must be a whole number of at least 0, got True'),
        (dict(more=1), 'an event rule must have the keys'),
        (dict(threshold=2), r'threshold must lie in \[0, 1\], got 2'),
    ],
)
def test_malformed_rule_in_segments_is_an_error(change, message):
    with pytest.raises(ValueError, match=message):
        rule_from_segments({**OLD, **change}, 25)


def test_rule_in_segments_that_is_no_object_is_an_error():
    with pytest.raises(ValueError, match=r'an event rule must have the keys .* got None'):
        rule_from_segments(None, 25)


def test_shortest_float_loses_nothing_in_float32():
    scores = np.random.default_rng(0).random(1000, np.float32)
    assert (np.array([shortest_float(score) for score in scores], np.float32) == scores).all()
    assert max(len(repr(shortest_float(score))) for score in scores) < 16


def test_numbers_are_told_from_truth_values_and_texts():
    assert [is_number(value) for value in (1, 0.5, np.float32(1), True, '1', None)] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
