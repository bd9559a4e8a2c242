import json
import math

import numpy as np
import pytest

from mmvad.clock import Clock, check_fps, check_length, clock_of_record, format_seconds


def test_an_event_starts_with_the_first_segment_that_shows_a_picture_standing_still():
    clock = Clock(4, 64, 10, source_frames=[0, 10, 10, 10, 26])
    assert clock.from_source([(10, 18)]) == [(16, 56)]


def test_a_record_of_another_length_is_refused():
    record = dict(num_frames=40, fps=10, source_fps=10, segment_times=[0, 1.6, 3.2])
    with pytest.raises(ValueError, match='segment_times of a record of 40 frames must be 4'):
        clock_of_record(2, record)


def test_clock_of_constant_rate_gives_frames_and_seconds():
    clock = Clock(3, num_frames=40, fps=10)
    assert clock.frame_edges.tolist() == [0, 16, 32, 40]
    assert clock.frame_edges.dtype == np.int64
    assert clock.edges.tolist() == [0, 1.6, 3.2, 4]
    assert [clock.segment_frames(n) for n in range(3)] == [(0, 16), (16, 32), (32, 40)]
    assert (clock.seconds(25), clock.frame_at(2.5)) == (2.5, 25)


def test_frames_behind_the_last_segment_are_in_none():
    clock = Clock(2, num_frames=40, fps=10)
    assert clock.frame_edges.tolist() == [0, 16, 32]
    assert clock.segment_frames(1) == (16, 32)
    assert clock.seconds(39) == 3.9


def test_clock_without_a_rate_knows_frames_only():
    clock = Clock(2)
    assert clock.frame_edges.tolist() == [0, 16, 32]
    assert (clock.edges, clock.seconds(3), clock.frame_at(1.0)) == (None, None, None)


def test_variable_rate_is_read_from_the_segments_own_times():
    # 160 frames at 30/s, then 96 at 6/s
    times = np.concatenate([np.arange(10) * 16 / 30, 160 / 30 + np.arange(7) * 16 / 6])
    clock = Clock(16, 256, 256 / times[-1], segment_times=times)
    assert clock.edges is clock.segment_times
    assert clock.seconds(160) == pytest.approx(16 / 3)
    assert clock.seconds(163) == pytest.approx(16 / 3 + 0.5)
    assert clock.frame_at(16 / 3 + 0.5) == 163


def test_frames_and_their_seconds_lead_back_to_each_other():
    rng = np.random.default_rng(0)
    clocks = [Clock(20, fps=fps) for fps in (10, 23.976, 29.97, 60)]
    clocks.append(Clock(20, fps=25, segment_times=np.cumsum(rng.uniform(0.2, 2, 21))))
    for clock in clocks:
        for frame in range(320):
            assert clock.frame_at(clock.seconds(frame)) == frame


def test_source_frames_of_a_resampled_video_become_scored_frames():
    clock = clock_of_record(16, dict(num_frames=250, fps=25, source_fps=30))
    assert clock.source_frames[[0, 1, 16]].tolist() == [0, 19.2, 300]
    assert clock.from_source([(150, 210), (0, 300)]) == [(125, 175), (0, 250)]
    assert clock.from_source([(13, 14)]) == [(11, 12)]


def test_an_event_stays_at_least_one_frame_long():
    clock = clock_of_record(4, dict(num_frames=64, fps=5, source_fps=50))
    assert clock.from_source([(100, 102)]) == [(10, 11)]


def test_events_in_a_dropped_or_padded_tail_stay_behind_the_end():
    clock = clock_of_record(15, dict(num_frames=250, fps=25, source_fps=30))  # 10 frames dropped
    assert clock.from_source([(288, 300)]) == [(240, 250)]


def test_source_frames_of_a_record_come_before_its_rates():
    record = dict(num_frames=32, fps=25, source_fps=30, source_frames=[0, 30, 40])
    assert clock_of_record(2, record).from_source([(30, 35)]) == [(16, 24)]


def test_a_record_that_was_not_resampled_counts_the_source_s_frames():
    for record in (None, {}, dict(num_frames=30), dict(fps=25, source_fps=25), dict(fps=25)):
        clock = clock_of_record(2, record)
        assert clock.source_frames is None
        assert clock.from_source([[3, 7]]) == [(3, 7)]
    record = dict(num_frames=32, segment_times=[0, 1, 3])
    assert clock_of_record(2, record).edges.tolist() == [0, 1, 3]


def test_clock_goes_into_json_types():
    clock = Clock(1, np.int64(9), np.float32(25), np.array([0, 1 / 3]), [0, 19.2])
    content = json.loads(json.dumps(clock.to_dict()))
    assert content == dict(
        num_frames=9, fps=25.0, segment_times=[0.0, 0.333333], source_frames=[0.0, 19.2]
    )
    assert set(Clock(1).to_dict().values()) == {None}


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(num_segments=0), 'a video has at least one segment, got 0'),
        (dict(num_frames=32), '3 segments of 16 frames do not fit 32 frames'),
        (dict(num_frames=40.0), r'num_frames must be a whole number, got 40\.0'),
        (dict(segment_times=[0, 1, 2]), r'segment_times must be 4 numbers.*got shape \(3,\)'),
        (
            dict(segment_times=[0, 1, 0, 2]),
            'segment_times must be finite numbers that never decrease',
        ),
        (dict(source_frames=[0, 1, 2, np.nan]), 'source_frames must be finite numbers that never'),
        *((dict(fps=fps), 'fps must be a positive number, got') for fps in (0, -1, '25', True)),
        *((dict(fps=fps), 'fps must be a positive number') for fps in (math.inf, math.nan)),
    ],
)
def test_clock_that_does_not_fit_is_an_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        Clock(**{'num_segments': 3, **arguments})


def test_every_segment_starts_inside_the_video():
    check_length(2, 17)
    check_length(2, None)
    with pytest.raises(ValueError, match='2 segments of 16 frames do not fit 16 frames'):
        check_length(2, 16)


def test_a_frame_rate_may_be_unknown_or_of_numpy():
    for fps in (None, 25, 29.97, np.float32(25)):
        check_fps(fps)


def test_times_are_rounded_before_they_are_cut_into_parts():
    assert [format_seconds(t) for t in (9.97, 59.96, 3599.99)] == ['0:10', '1:00', '1:00:00']
