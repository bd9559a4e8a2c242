from dataclasses import replace

import numpy as np
import pytest
from toy_videos import make_video

from mmvad.clock import Clock
from mmvad.evaluation.functional.alarms import (
    Delays,
    detection_delays,
    false_alarms_per_hour,
    missing_rate,
)
from mmvad.evaluation.functional.event_intervals import cut_video
from mmvad.scores.calibration import calibrate
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile


def timed(name, scores, fps=16.0, events=()):
    video = make_video(name, scores, 'B1' if events else 'Normal', events)
    return replace(video, clock=Clock(len(scores), fps=fps))


def delays(video, rule=None, fps=None):
    return detection_delays([cut_video(video, rule or EventRule(), fps=fps)])


def test_false_alarms_are_events_an_hour_over_all_normal_videos():
    videos = [timed('a', [0.9, 0.9, 0.1, 0.9]), timed('b', [0.1] * 6, fps=8.0)]
    assert false_alarms_per_hour(videos, EventRule()) == pytest.approx(2 / ((4 + 12) / 3600))


def test_an_event_does_not_reach_into_the_next_video():
    videos = [timed(name, [0.9]) for name in 'abc']
    rule = EventRule(merge_seconds=100)
    assert false_alarms_per_hour(videos, rule) == pytest.approx(3 / (3 / 3600))


def test_calibration_finds_the_same_rate():
    rng = np.random.default_rng(0)
    videos = [timed(str(n), rng.random(200)) for n in range(5)]
    found = calibrate(ScoresFile(videos), 40, min_seconds=2, merge_seconds=1)
    rate = false_alarms_per_hour(videos, found.rule)
    assert rate == found.false_alarms_per_hour > 0


def test_videos_without_a_rate_take_the_given_one():
    videos = [make_video('a', [0.9, 0.1])]
    assert false_alarms_per_hour(videos, EventRule(), fps=16) == pytest.approx(1800)
    with pytest.raises(ValueError, match='the frame rate of a is not known'):
        false_alarms_per_hour(videos, EventRule())
    with pytest.raises(ValueError, match='no normal video to choose'):
        false_alarms_per_hour([], EventRule())


def test_the_delay_runs_from_the_first_frame_to_the_end_of_the_alarming_segment():
    video = timed('a', [0.1, 0.2, 0.9, 0.1], events=[(8, 64)])
    assert delays(video) == Delays(1, 1, (48 - 8) / 16)


def test_an_alarm_that_is_on_before_the_event_has_no_delay():
    video = timed('a', [0.9, 0.9, 0.9], events=[(24, 48)])
    assert delays(video).median_seconds == 0.0


def test_a_least_length_and_hysteresis_put_the_alarm_off():
    video = timed('a', [0.5, 0.5, 0.9, 0.9], events=[(0, 64)])
    assert delays(video, EventRule(0.8, low_ratio=0.5)).median_seconds == 3.0
    assert delays(video, EventRule(0.8, low_ratio=0.5, min_seconds=4)).median_seconds == 4.0


def test_the_median_is_over_detected_events_only():
    video = timed('a', [0.9, 0.1, 0.9, 0.1, 0.1], events=[(8, 20), (30, 64), (70, 80)])
    assert delays(video) == Delays(3, 2, (8 + 18) / 2 / 16)


def test_nothing_detected_or_no_rate_has_no_median():
    assert delays(timed('a', [0.1], events=[(0, 9)])) == Delays(1, 0, None)
    video = make_video('a', [0.9], 'B1', [(0, 9)])
    assert delays(video) == Delays(1, 1, None)
    assert delays(video, fps=16) == Delays(1, 1, 1.0)


def test_times_of_a_video_of_variable_rate_are_its_own():
    clock = Clock(2, segment_times=[0.0, 1.0, 5.0])
    video = ScoredVideo('a', [0.1, 0.9], clock, label=1, annotated_events=[(8, 32)])
    assert delays(video).median_seconds == 4.5


def test_the_first_video_without_a_rate_is_named():
    videos = [timed('a', [0.5]), make_video('b', [0.5])]
    assert missing_rate(videos) == "the frame rate of video 'b' is not known (fps gives it)"
    assert missing_rate(videos, 25) is None and missing_rate(videos[:1]) is None
