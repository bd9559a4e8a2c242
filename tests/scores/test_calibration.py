import itertools

import numpy as np
import pytest
from scored_examples import SECOND

from mmvad.clock import Clock
from mmvad.scores.calibration import (
    calibrate,
    candidate_thresholds,
)
from mmvad.scores.events import EventMachine, cut_runs, find_events
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, ScoreGap, failed_video
from mmvad.scores.scores_file import ScoresFile
from mmvad.timeline import SEGMENT_FRAMES

HOUR = SEGMENT_FRAMES / 3600  # frames a second at which a segment lasts an hour


def next_above(value):
    return np.nextafter(np.float32(value), np.float32(2))


def normal_file(*videos, fps=HOUR, made_by=(), **known):
    """Normal videos of these scores."""
    return ScoresFile(
        [
            ScoredVideo(f'video {number}', scores, Clock(len(scores), fps=fps), label=0, **known)
            for number, scores in enumerate(videos)
        ],
        dict(made_by),
    )


def count_events(videos, rule, fps=HOUR):
    """Starts that live machines would announce."""
    count = 0
    for scores in videos:
        machine, edges = EventMachine(rule), Clock(len(scores), fps=fps).edges
        for segment, score in enumerate(scores):
            changes = machine.push(score, (edges[segment], edges[segment + 1]))
            count += sum(change.kind == 'start' for change in changes)
    return count


def random_cases(count=60):
    rng = np.random.default_rng(0)
    for _ in range(count):
        videos = [
            (rng.integers(0, 21, rng.integers(5, 40)) / 21).astype(np.float32) for _ in range(3)
        ]
        settings = dict(
            low_ratio=float(rng.choice([1.0, 0.5, 0.73])),
            min_seconds=3600.0 * rng.integers(0, 3),
            merge_seconds=3600.0 * rng.integers(0, 3),
        )
        yield videos, settings, float(rng.choice([0, 0.02, 0.05, 0.1]))


def test_peaks_of_one_false_alarm_give_the_next_number_above_the_second_peak():
    hour = normal_file([0.0, 0.9, 0.0, 0.06, 0.0], fps=5 * HOUR)
    found = calibrate(hour, target=1)
    assert np.float32(found.rule.threshold) == next_above(0.06)
    assert found.false_alarms_per_hour == pytest.approx(1)


def test_every_higher_threshold_meets_the_target_and_the_next_lower_one_does_not():
    tried = 0
    for videos, settings, target in random_cases():
        allowed = target * sum(map(len, videos)) * (1 + 1e-12)
        try:
            found = calibrate(normal_file(*videos), target, **settings)
        except ValueError as error:
            assert 'never exceeded' in str(error)
            continue
        tried += 1
        chosen = found.rule.threshold
        for threshold in {chosen, *np.linspace(chosen, 1, 60)}:
            assert count_events(videos, EventRule(float(threshold), **settings)) <= allowed
        below = float(np.nextafter(np.float32(chosen), np.float32(0)))
        assert count_events(videos, EventRule(below, **settings)) > allowed
        hours = found.normal_hours
        assert found.false_alarms_per_hour * hours == pytest.approx(
            count_events(videos, found.rule)
        )
    assert tried > 35


def test_events_change_at_candidates_only():
    for videos, settings, _ in random_cases(20):
        candidates = candidate_thresholds(np.concatenate(videos), settings['low_ratio'])
        assert (np.diff(candidates) > 0).all()
        for lower, upper in itertools.pairwise(candidates):
            within = np.float32((float(lower) + float(upper)) / 2)
            for between in {next_above(lower), within, upper} - {lower}:
                rule, reference = (EventRule(float(each), **settings) for each in (between, upper))
                for scores in videos:
                    edges = 3600.0 * np.arange(len(scores) + 1)
                    found, expected = (cut_runs(scores, edges, r) for r in (rule, reference))
                    assert found.tolist() == expected.tolist()


def test_figures_are_those_of_the_chosen_threshold():
    videos = [np.array([0.9, 0.8, 0.1, 0.2]), np.array([0.3, 0.6, 0.1, 0.5, 0.5])]
    found = calibrate(normal_file(*videos, fps=2 * HOUR), target=2 / 4.5)
    assert np.float32(found.rule.threshold) == next_above(0.5)
    assert found.target_false_alarms_per_hour == 2 / 4.5
    assert (found.normal_hours, found.num_videos) == (4.5, 2)
    assert found.false_alarms_per_hour == 2 / 4.5
    assert found.alarm_time_share == pytest.approx(3 / 9)


def test_a_threshold_that_always_alarms_is_not_chosen_though_it_is_one_event():
    peaks = np.tile([0.9, 0.2], 50)
    assert count_events([peaks], EventRule(0.2)) == 1
    found = calibrate(normal_file(peaks), target=0.02)  # two in 100 hours
    assert np.float32(found.rule.threshold) == next_above(0.9)
    assert found.false_alarms_per_hour == 0


def test_events_do_not_join_across_videos():
    videos = [np.array([0.1, 0.1, 0.9]), np.array([0.9, 0.1, 0.9])]
    found = calibrate(normal_file(*videos), 1.5 / 6, merge_seconds=5 * 3600)  # two at 0.9
    assert np.float32(found.rule.threshold) == next_above(0.9)


def test_events_do_not_join_across_gaps_of_a_live_source():
    def threshold(gaps):
        scores = [0.2, 0.9, 0.9, 0.2]
        source = ScoredVideo('gate', scores, Clock(4, fps=HOUR), label=0, gaps=gaps)
        return calibrate(ScoresFile([source]), 1 / 4)

    joined = ScoredVideo('gate', [0.2, 0.9, 0.9, 0.2, 0.5], Clock(5, fps=HOUR), label=0)
    assert np.float32(calibrate(ScoresFile([joined]), 1 / 5).rule.threshold) == next_above(0.5)
    parted = threshold([ScoreGap(2, 1.0, 1, 'lost'), ScoreGap(4, None, 3, 'lost')])
    assert np.float32(parted.rule.threshold) == next_above(0.9)
    assert (parted.num_videos, parted.normal_hours) == (2, 4)


def test_target_of_none_is_met_just_above_the_highest_normal_score():
    found = calibrate(normal_file([0.2, 0.7]), 0)
    assert np.float32(found.rule.threshold) == next_above(0.7)


def test_a_target_that_allows_exactly_one_event_is_not_rounded_below_it():
    assert 1 / 49 * 49 < 1
    scores = np.zeros(49)
    scores[[3, 30]] = 0.9, 0.5
    found = calibrate(normal_file(scores), 1 / 49)
    assert np.float32(found.rule.threshold) == next_above(0.5)


def test_a_rule_calibrated_to_one_event_an_hour_starts_one_event_in_that_hour_live():
    fps, count = 25, 5625
    rng = np.random.default_rng(0)
    scores = rng.random(count, np.float32) * np.float32(0.3)
    scores[rng.choice(count // 4, 61, replace=False) * 4] = 0.95  # single segments
    scores[3001:3004] = 0.9
    scores[4001:4004] = 0.6
    hour = ScoredVideo('gate', scores, Clock(count, fps=fps), label=0)
    found = calibrate(ScoresFile([hour]), 1, min_seconds=1.0)
    assert found.normal_hours == pytest.approx(1)
    assert np.float32(found.rule.threshold) == next_above(0.6)
    assert count_events([scores], found.rule, fps) == 1
    assert count_events([scores], EventRule(found.rule.threshold), fps) == 62
    assert len(find_events(scores, found.rule, hour.clock)) == 1


def test_lengths_in_seconds_hold_for_each_video_s_own_frame_rate():
    slow = ScoredVideo('slow', [0.1, 0.8, 0.1], Clock(3, fps=10), label=0)  # 1.6 s a segment
    fast = ScoredVideo('fast', [0.1, 0.9, 0.1, 0.1, 0.1], Clock(5, fps=25), label=0)
    scores = ScoresFile([slow, fast])
    found = calibrate(scores, 0, min_seconds=1.5)
    assert np.float32(found.rule.threshold) == next_above(0.8)
    assert np.float32(calibrate(scores, 0).rule.threshold) == next_above(0.9)
    assert found.normal_hours == pytest.approx((3 * 1.6 + 5 * 0.64) / 3600)


def test_variable_rate_is_taken_from_the_segments_own_times():
    clock = Clock(3, fps=10, segment_times=[0, 600, 3000, 3600])
    video = ScoredVideo('a', [0.9, 0.2, 0.5], clock, label=0)
    found = calibrate(ScoresFile([video]), 1)
    assert found.normal_hours == 1
    assert found.alarm_time_share == pytest.approx(1 / 6)


def test_given_frame_rate_is_for_videos_that_do_not_say_it_only():
    unknown = ScoredVideo('a', [0.9, 0.2], label=0)
    known = ScoredVideo('b', [0.9, 0.2], Clock(2, fps=HOUR), label=0)
    assert calibrate(ScoresFile([unknown, known]), 0, fps=HOUR / 2).normal_hours == 6


def test_only_videos_known_to_be_normal_are_taken():
    clock = Clock(2, fps=HOUR)
    videos = [
        ScoredVideo('normal', [0.3, 0.1], clock, label=0),
        ScoredVideo('anomalous', [0.9, 0.1], clock, label=1),
        ScoredVideo('events', [0.9, 0.1], clock, label=1, annotated_events=[(0, 9)]),
        ScoredVideo('not known', [0.8, 0.1], clock),
        failed_video('broken', 'no video stream'),
    ]
    found = calibrate(ScoresFile(videos), 0)
    assert (found.num_videos, np.float32(found.rule.threshold)) == (1, next_above(0.3))
    everything = calibrate(ScoresFile(videos), 0, all_normal=True)
    assert everything.num_videos == 4
    assert np.float32(everything.rule.threshold) == next_above(0.9)


def test_calibration_is_bound_to_scoring_bag_size_and_checkpoint():
    made_by = dict(scoring='sliding', bag_size=28, weights_sha256='ab12', detector='salient')
    found = calibrate(normal_file([0.9, 0.1], made_by=dict(made_by, segment_ranking=0.5)), 0)
    assert found.segment_ranking == 0.5
    found = calibrate(normal_file([0.9, 0.1], made_by=made_by), 0)
    assert (found.scoring, found.bag_size, found.weights_sha256) == ('sliding', 28, 'ab12')
    assert found.segment_ranking == 0  # scores of before there was one
    unbound = calibrate(normal_file([0.9, 0.1]), 0)
    assert (unbound.scoring, unbound.bag_size, unbound.weights_sha256) == (None, None, None)
    assert unbound.segment_ranking is None


def test_rule_keeps_the_settings_it_was_calibrated_with():
    found = calibrate(normal_file([0.9, 0.1]), 0, 0.5, min_seconds=2, merge_seconds=3)
    rule = found.rule
    assert (rule.low_ratio, rule.min_seconds, rule.merge_seconds) == (0.5, 2, 3)


def test_target_that_is_never_exceeded_is_an_error():
    with pytest.raises(ValueError, match=r'target is never exceeded.*even at 0.2'):
        calibrate(normal_file([0.2, 0.7]), 5)


def test_normal_segments_at_1_leave_no_threshold_for_a_target_of_none():
    with pytest.raises(ValueError, match='no threshold meets the target: normal segments score 1'):
        calibrate(normal_file([0.2, 1.0]), 0)


@pytest.mark.parametrize('target', [-1, float('nan'), float('inf')])
def test_target_must_not_be_negative(target):
    with pytest.raises(ValueError, match='the target must be a number of at least 0, got'):
        calibrate(normal_file([0.5]), target)


def test_no_normal_video_is_an_error():
    with pytest.raises(ValueError, match='none of 1 videos is known to be normal'):
        calibrate(ScoresFile([ScoredVideo('a', [0.5], label=1)]), 1)


def test_calibration_needs_a_frame_rate():
    unknown = ScoresFile([ScoredVideo('the/video', [0.5], label=0)])
    with pytest.raises(ValueError, match='the frame rate of the/video is not known; --fps'):
        calibrate(unknown, 1)
    with pytest.raises(ValueError, match='fps must be a positive number, got 0'):
        calibrate(unknown, 1, fps=0)


def test_scores_of_whole_videos_are_refused():
    scores = ScoresFile([ScoredVideo('a', [0.5], Clock(1, fps=SECOND), label=0)], unit='video')
    with pytest.raises(ValueError, match='these are scores of whole videos; events are cut from'):
        calibrate(scores, 1)


def test_a_calibration_knows_whether_its_videos_support_its_target():
    assert calibrate(normal_file([0.9, 0.1, 0.5]), 1 / 3).is_supported  # three hours
    assert not calibrate(normal_file([0.9, 0.1, 0.5]), 0.3).is_supported
