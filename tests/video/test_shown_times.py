import numpy as np
import pytest

from mmvad.video.shown_times import ShownTimes


def shown_at(times):
    shown = ShownTimes()
    for number, seconds in enumerate(times):
        shown.add(seconds, 2 * number)
    return shown


def test_segments_start_with_their_first_frame_and_the_last_frame_lasts_like_the_one_before():
    times = [*np.arange(16) / 10, *(1.6 + np.arange(4) / 2)]
    frames, seconds, sources = shown_at(times).edges(interval=9.0, num_sources=41)
    assert frames.tolist() == [0, 16, 20]
    assert seconds == pytest.approx(np.array([0, 1.6, 3.6]))
    assert sources.tolist() == [0, 32, 41]


def test_a_single_frame_lasts_the_interval():
    assert shown_at([0.0]).edges(interval=0.25, num_sources=1)[1].tolist() == [0, 0.25]
    assert shown_at([0.0]).span(0, interval=0.25) == (0, 0.25)


def test_no_frame_is_no_segment():
    frames, seconds, sources = ShownTimes().edges(interval=0.25, num_sources=0)
    assert frames.tolist() == seconds.tolist() == sources.tolist() == [0]


def test_the_end_of_a_whole_segment_does_not_move_with_later_frames():
    times = [*np.arange(16) / 10, 100.0, 100.5]
    shown = shown_at(times)
    assert shown.span(0, interval=9.0) == pytest.approx((0, 1.6))
    assert shown.span(1, interval=9.0) == pytest.approx((100, 101))


def test_exactly_whole_segments_have_no_empty_one_behind():
    assert [len(edges) for edges in shown_at(np.arange(32) / 10).edges(0.1, 64)] == [3, 3, 3]
