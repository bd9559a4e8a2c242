import itertools

import numpy as np
import pytest
from scored_examples import SECOND, cut_by_walking, random_cases

from mmvad.scores.events import EventMachine, check_scores, cut_runs, find_events
from mmvad.scores.rule import EventRule
from mmvad.timeline import SEGMENT_FRAMES, Clock


def segments_of(events):
    return [[event.start_segment, event.end_segment] for event in events]


def cut(scores, rule, breaks=()):
    """Segments of one second."""
    return segments_of(find_events(scores, rule, Clock(len(scores), fps=SECOND), breaks))


def push_all(scores, edges, rule, breaks=()):
    """Changes of each segment, and at last those of the end."""
    machine, changes = EventMachine(rule), []
    for segment, score in enumerate(scores):
        before = machine.flush() if segment in breaks else []
        changes.append(before + machine.push(score, (edges[segment], edges[segment + 1])))
    return [*changes, machine.flush()]


def test_machine_the_vectorised_form_and_a_walk_give_the_same_events():
    found = 0
    for scores, edges, rule, _ in random_cases(600):
        walked = cut_by_walking(scores, edges, rule)
        assert cut_runs(scores, edges, rule).tolist() == walked, (scores, edges, rule)
        clock = Clock(len(scores), segment_times=edges)
        assert segments_of(find_events(scores, rule, clock)) == walked, (scores, edges, rule)
        found += len(walked)
    assert found > 1000


def test_between_breaks_cutting_is_done_for_itself():
    for scores, edges, rule, breaks in random_cases():
        expected = []
        for start, end in itertools.pairwise([0, *breaks, len(scores)]):
            runs = cut_runs(scores[start:end], edges[start : end + 1], rule)
            expected += (runs + start).tolist()
        clock = Clock(len(scores), segment_times=edges)
        assert segments_of(find_events(scores, rule, clock, breaks)) == expected


def test_every_start_has_one_end_and_updates_only_rise():
    kinds = {'start': 0, 'update': 0, 'end': 0}
    for scores, edges, rule, breaks in random_cases():
        opened, peak, last = None, None, 0
        for change in itertools.chain(*push_all(scores, edges, rule, breaks)):
            event = change.event
            kinds[change.kind] += 1
            if change.kind == 'start':
                assert opened is None and event.id == last + 1
                opened = last = event.id
            else:
                assert event.id == opened
                assert event.peak_score > peak if change.kind == 'update' else True
                assert event.peak_score >= peak
            peak = event.peak_score
            if change.kind == 'end':
                opened = None
        assert opened is None
    assert min(kinds.values()) > 100
    assert kinds['start'] == kinds['end']


def test_an_event_starts_as_soon_as_the_scores_so_far_hold_it():
    for scores, edges, rule, _ in random_cases(100):
        started = 0
        for segment, changes in enumerate(push_all(scores, edges, rule)[:-1]):
            started += sum(change.kind == 'start' for change in changes)
            so_far = cut_by_walking(scores[: segment + 1], edges, rule)
            assert started == len(so_far)
            for change in changes:
                if change.kind == 'start':
                    assert segments_of([change.event]) == so_far[-1:]


def test_an_event_ends_as_soon_as_nothing_can_join_it():
    rule = EventRule(0.5, merge_seconds=2)
    changes = push_all([0.9, 0.1, 0.1, 0.1, 0.1], np.arange(6.0), rule)
    assert [[change.kind for change in each] for each in changes] == [
        ['start'],
        [],
        [],
        ['end'],
        [],
        [],
    ]


def test_update_names_the_new_peak_and_the_segments_so_far():
    changes = push_all([0.6, 0.5, 0.9, 0.9, 0.7], np.arange(6.0), EventRule(0.5))
    (update,) = changes[2]
    assert (update.kind, update.event.peak_score) == ('update', 0.9)
    assert segments_of([update.event]) == [[0, 3]]
    assert [len(each) for each in changes] == [1, 0, 1, 0, 0, 1]


def test_mean_and_peak_are_those_of_all_segments_with_closed_pauses():
    rng = np.random.default_rng(0)
    for _ in range(50):
        scores = rng.random(40, np.float32)
        rule = EventRule(0.7, 0.9, merge_seconds=1)
        for event in find_events(scores, rule, Clock(40, fps=SECOND)):
            inside = scores[event.start_segment : event.end_segment].astype(np.float64)
            assert event.mean_score == pytest.approx(inside.mean(), rel=1e-6, abs=0)
            assert np.float32(event.peak_score) == inside.max()


def test_a_later_event_s_mean_counts_nothing_before_it():
    events = find_events([1, 0.5, 0.1, 0.7], EventRule(0.5))
    assert [event.mean_score for event in events] == [0.75, 0.7]


def test_events_are_in_order_apart_long_enough_and_hold_a_peak():
    for scores, edges, rule, _ in random_cases():
        runs = cut_runs(scores, edges, rule)
        pauses = edges[runs[1:, 0]] - edges[runs[:-1, 1]]
        assert (pauses > rule.merge_seconds).all()
        assert (edges[runs[:, 1]] - edges[runs[:, 0]] >= rule.min_seconds - 1e-6).all()
        for start, end in runs:
            assert scores[start:end].max() >= np.float32(rule.threshold)
            assert min(scores[start], scores[end - 1]) >= np.float32(rule.low_threshold)


def test_without_lengths_the_segments_in_events_are_exactly_those_at_the_threshold():
    for scores, edges, rule, _ in random_cases():
        inside = np.zeros(len(scores), bool)
        for start, end in cut_runs(scores, edges, EventRule(rule.threshold)):
            inside[start:end] = True
        assert (inside == (scores >= np.float32(rule.threshold))).all()


def test_reversed_time_gives_reversed_events():
    for scores, edges, rule, _ in random_cases():
        mirrored = cut_runs(scores[::-1], edges[-1] - edges[::-1], rule)
        expected = len(scores) - mirrored[::-1, ::-1]
        assert cut_runs(scores, edges, rule).tolist() == expected.tolist()


def test_short_events_are_merged_before_the_short_ones_are_dropped():
    scores = [0.9, 0.0, 0.9, 0.0, 0.0, 0.9]
    assert cut(scores, EventRule(0.5, min_seconds=3, merge_seconds=1)) == [[0, 3]]


def test_a_rule_in_seconds_means_the_same_at_any_frame_rate():
    rule = EventRule(0.5, min_seconds=2, merge_seconds=1)
    slow = find_events([0, 1, 1, 0, 1, 0, 0], rule, Clock(7, fps=16))
    fast = find_events(np.repeat([0, 1, 1, 0, 1, 0, 0], 2), rule, Clock(14, fps=32))
    times = [[(event.start_time, event.end_time) for event in each] for each in (slow, fast)]
    assert times == [[(1.0, 5.0)]] * 2
    assert find_events([0, 1, 1, 0], rule, Clock(4, fps=32)) == ()


def test_durations_of_rounded_times_are_long_enough():
    rule = EventRule(0.5, min_seconds=3 * 16 / 29.97)
    for shift in range(0, 5000, 7):
        scores = np.zeros(shift + 4)
        scores[shift : shift + 3] = 1
        assert len(find_events(scores, rule, Clock(shift + 4, fps=29.97))) == 1


def test_a_clock_of_variable_rate_decides_on_lengths_and_times():
    clock = Clock(3, fps=16, segment_times=[0, 1, 1.5, 4])
    rule = EventRule(0.5, min_seconds=0.75)
    assert find_events([0, 1, 0], rule, clock) == ()
    (event,) = find_events([0, 0, 1], rule, clock)
    assert (event.start_time, event.end_time) == (1.5, 4)


def test_scores_and_threshold_are_compared_in_float32():
    score = np.float32(0.1)
    assert float(score) > 0.1
    assert len(find_events([score], EventRule(0.1))) == 1
    assert len(find_events([0.1], EventRule(float(score)))) == 1
    changes = EventMachine(EventRule(float(score))).push(0.1)
    assert [change.kind for change in changes] == ['start']


def test_threshold_zero_is_one_event_and_one_needs_a_full_score():
    assert cut([0.0, 0.0, 0.3], EventRule(0)) == [[0, 3]]
    assert cut([0.9, 1.0, 0.99], EventRule(1)) == [[1, 2]]
    separated = cut_runs(np.array([0, -1, 0], np.float32), np.arange(4.0), EventRule(0))
    assert separated.tolist() == [[0, 1], [2, 3]]


def test_no_segment_has_no_event():
    assert cut_runs(np.zeros(0, np.float32), np.zeros(1), EventRule()).shape == (0, 2)


def test_event_carries_segments_frames_seconds_and_scores():
    (event,) = find_events([0.1, 0.75, 0.5], EventRule(0.5), Clock(3, 40, 8))
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


@pytest.mark.parametrize('rule', [EventRule(min_seconds=1), EventRule(merge_seconds=1)])
def test_seconds_without_a_frame_rate_are_an_error(rule):
    with pytest.raises(ValueError, match='need the frame rate, which is not known'):
        find_events([0.5], rule)


@pytest.mark.parametrize('scores', [[], [[0.5]], 0.5])
def test_scores_of_another_shape_are_an_error(scores):
    with pytest.raises(ValueError, match=r'expected scores of shape \(S,\) with S >= 1'):
        check_scores(scores)


@pytest.mark.parametrize('score', [-0.1, 1.1, float('nan')])
def test_score_outside_of_0_to_1_is_an_error(score):
    with pytest.raises(ValueError, match=r'scores must lie in \[0, 1\], segment 1 has'):
        find_events([0.5, score], EventRule())
    machine = EventMachine(EventRule())
    machine.push(0.5)
    with pytest.raises(ValueError, match=r'a score must lie in \[0, 1\], segment 1 has'):
        machine.push(score)


def test_clock_of_another_length_is_an_error():
    with pytest.raises(ValueError, match='expected 3 scores of the clock, got 2'):
        find_events([0.5, 0.5], EventRule(), Clock(3))
