import numpy as np
import pytest

from mmvad.apis.events import (
    EventRule,
    check_fps,
    check_length,
    cut_events,
    find_events,
    seconds_to_segments,
    segment_frames,
    shortest_float,
)
from mmvad.timeline import SEGMENT_FRAMES


def random_cases(count=300):
    """Scores on a coarse grid, so that ties with the thresholds are frequent."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        scores = rng.integers(0, 11, rng.integers(1, 60)) / 10
        yield (
            scores.astype(np.float32),
            EventRule(
                threshold=float(rng.integers(0, 11) / 10),
                low_ratio=float(rng.choice([1.0, 0.5, 0.8])),
                min_segments=int(rng.integers(1, 5)),
                merge_gap=int(rng.integers(0, 4)),
            ),
        )


def cut_by_walking(scores, rule):
    """The rule's three sentences, one segment after the other."""
    high, low = np.float32(rule.threshold), np.float32(rule.low_threshold)
    runs, start = [], None
    for segment, score in enumerate([*scores, -1]):
        if score >= low and start is None:
            start = segment
        if score < low and start is not None:
            if max(scores[start:segment]) >= high:
                runs.append([start, segment])
            start = None
    merged = []
    for run in runs:
        if merged and run[0] - merged[-1][1] <= rule.merge_gap:
            merged[-1][1] = run[1]
        else:
            merged.append(list(run))
    return [run for run in merged if run[1] - run[0] >= rule.min_segments]


def test_cutting_equals_a_walk_over_the_segments():
    for scores, rule in random_cases():
        assert cut_events(scores, rule).tolist() == cut_by_walking(scores, rule), (scores, rule)


def test_between_breaks_cutting_is_done_for_itself():
    rng = np.random.default_rng(0)
    for scores, rule in random_cases():
        breaks = sorted(rng.integers(0, len(scores) + 1, 2).tolist())
        first, second, third = np.split(scores, breaks)
        expected = [
            [start + offset, end + offset]
            for part, offset in ((first, 0), (second, breaks[0]), (third, breaks[1]))
            for start, end in cut_by_walking(part, rule)
        ]
        assert cut_events(scores, rule, breaks).tolist() == expected


def test_events_are_in_order_apart_long_enough_and_hold_a_peak():
    for scores, rule in random_cases():
        runs = cut_events(scores, rule)
        assert (runs[1:, 0] - runs[:-1, 1] > rule.merge_gap).all()
        assert (runs[:, 1] - runs[:, 0] >= rule.min_segments).all()
        for start, end in runs:
            assert scores[start:end].max() >= np.float32(rule.threshold)
            assert min(scores[start], scores[end - 1]) >= np.float32(rule.low_threshold)


def test_without_minimum_and_gap_the_alarm_segments_are_exactly_those_at_the_threshold():
    for scores, rule in random_cases():
        inside = np.zeros(len(scores), bool)
        for start, end in cut_events(scores, EventRule(rule.threshold)):
            inside[start:end] = True
        assert (inside == (scores >= np.float32(rule.threshold))).all()


def test_reversed_time_gives_reversed_events():
    for scores, rule in random_cases():
        mirrored = len(scores) - cut_events(scores[::-1], rule)[::-1, ::-1]
        assert mirrored.tolist() == cut_events(scores, rule).tolist()


def test_short_events_are_merged_before_the_short_ones_are_dropped():
    scores = [0.9, 0.0, 0.9, 0.0, 0.0, 0.9]
    rule = EventRule(0.5, min_segments=3, merge_gap=1)
    assert cut_events(scores, rule).tolist() == [[0, 3]]


def test_scores_and_threshold_are_compared_in_float32():
    score = np.float32(0.1)
    assert float(score) > 0.1
    assert len(cut_events([score], EventRule(0.1))) == 1
    assert len(cut_events([0.1], EventRule(float(score)))) == 1


def test_threshold_zero_is_one_event_and_one_needs_a_full_score():
    assert cut_events([0.0, 0.0, 0.3], EventRule(0)).tolist() == [[0, 3]]
    assert cut_events([0.9, 1.0, 0.99], EventRule(1)).tolist() == [[1, 2]]


def test_event_carries_segments_frames_seconds_and_scores():
    (event,) = find_events([0.1, 0.75, 0.5], EventRule(0.5), num_frames=40, fps=8)
    assert (event.id, event.start_segment, event.end_segment) == (1, 1, 3)
    assert (event.start_frame, event.end_frame) == (16, 40)
    assert (event.start_time, event.end_time) == (2.0, 5.0)
    assert (event.peak_score, event.mean_score) == (0.75, 0.625)


def test_unknown_length_takes_whole_segments_and_unknown_rate_gives_no_times():
    (event,) = find_events([0.1, 0.9], EventRule())
    assert (event.start_frame, event.end_frame) == (16, 2 * SEGMENT_FRAMES)
    assert event.start_time is None
    assert event.end_time is None


def test_events_are_numbered_in_the_order_of_time():
    events = find_events([0.9, 0.1, 0.9, 0.1, 0.9], EventRule())
    assert [(event.id, event.start_segment) for event in events] == [(1, 0), (2, 2), (3, 4)]


def test_seconds_become_the_fewest_segments_that_last_so_long():
    assert [seconds_to_segments(seconds, 16) for seconds in (0, 0.1, 1, 1.01)] == [0, 1, 1, 2]


def test_last_segment_ends_with_the_video():
    assert [segment_frames(0, 20), segment_frames(1, 20), segment_frames(1)] == [
        (0, 16),
        (16, 20),
        (16, 32),
    ]


def test_shortest_float_loses_nothing_in_float32():
    scores = np.random.default_rng(0).random(1000, np.float32)
    assert (np.array([shortest_float(score) for score in scores], np.float32) == scores).all()


def test_rule_survives_its_dict():
    for _, rule in random_cases(50):
        assert EventRule.from_dict(rule.to_dict()) == rule


@pytest.mark.parametrize('threshold', [-0.1, 1.1, float('nan'), True, '0.5', None])
def test_threshold_outside_of_0_to_1_is_an_error(threshold):
    with pytest.raises(ValueError, match=r'threshold must lie in \[0, 1\], got'):
        EventRule(threshold)


@pytest.mark.parametrize('ratio', [0, 1.01, float('nan')])
def test_low_ratio_outside_of_0_to_1_is_an_error(ratio):
    with pytest.raises(ValueError, match=r'low_ratio must lie in \(0, 1\], got'):
        EventRule(low_ratio=ratio)


@pytest.mark.parametrize(
    'setting', [dict(min_segments=0), dict(min_segments=1.5), dict(merge_gap=-1)]
)
def test_counts_of_a_rule_are_whole_and_large_enough(setting):
    with pytest.raises(ValueError, match=r'must be a whole number of at least [01], got'):
        EventRule(**setting)


@pytest.mark.parametrize('settings', [None, {}, {**EventRule().to_dict(), 'more': 1}])
def test_settings_with_other_keys_are_an_error(settings):
    with pytest.raises(ValueError, match='event settings must have the keys'):
        EventRule.from_dict(settings)


def test_low_threshold_that_does_not_follow_is_an_error():
    settings = {**EventRule(0.5).to_dict(), 'low_threshold': 0.2}
    with pytest.raises(ValueError, match=r'low_threshold 0.2 is not threshold \* low_ratio = 0.5'):
        EventRule.from_dict(settings)


@pytest.mark.parametrize('scores', [[], [[0.5]], 0.5])
def test_scores_of_another_shape_are_an_error(scores):
    with pytest.raises(ValueError, match=r'expected scores of shape \(S,\) with S >= 1'):
        cut_events(scores, EventRule())


@pytest.mark.parametrize('score', [-0.1, 1.1, float('nan')])
def test_score_outside_of_0_to_1_is_an_error(score):
    with pytest.raises(ValueError, match=r'scores must lie in \[0, 1\], segment 1 has'):
        find_events([0.5, score], EventRule())


@pytest.mark.parametrize('fps', [0, -1, float('inf'), float('nan'), '25'])
def test_frame_rate_that_is_none_is_an_error(fps):
    with pytest.raises(ValueError, match='fps must be a positive number, got'):
        check_fps(fps)


@pytest.mark.parametrize('seconds', [-1, float('nan'), float('inf')])
def test_negative_seconds_are_an_error(seconds):
    with pytest.raises(ValueError, match='seconds must not be negative, got'):
        seconds_to_segments(seconds, 25)


def test_more_segments_than_the_frames_hold_are_an_error():
    check_length(2, 17)
    with pytest.raises(ValueError, match='2 segments of 16 frames do not fit 16 frames'):
        check_length(2, 16)


def test_low_threshold_is_the_product_of_the_float32_threshold():
    # float32(0.01) is a little less than 0.01, and so is its product
    rule = EventRule(0.01, low_ratio=0.03)
    assert rule.low_threshold == 0.00029999999
    assert cut_events([0.01, 0.00029999999], rule).tolist() == [[0, 2]]


def test_mean_of_an_event_is_exact_to_single_precision():
    scores = np.tile(np.float32([0.9003, 0.7001, 0.8002]), 1000)
    (event,) = find_events(scores, EventRule(0.5))
    assert event.mean_score == pytest.approx(scores.mean(dtype=np.float64), abs=1e-7)
