import itertools

import numpy as np
import pytest

from mmvad.video.resample import resample


def shown(times, fps, interval):
    return list(resample(zip(times, itertools.count(), strict=False), fps, interval))


@pytest.mark.parametrize('decimals', [3, 9])
def test_constant_rates_divide_and_multiply(decimals):
    times = np.round(np.arange(30) / 30, decimals)  # milliseconds as in Matroska
    assert shown(times, 30, 1 / 30) == list(range(30))
    assert shown(times, 15, 1 / 30) == list(range(0, 30, 2))
    assert shown(times, 10, 1 / 30) == list(range(0, 30, 3))
    assert shown(times, 60, 1 / 30) == [number for number in range(30) for _ in range(2)]


def test_ticks_take_the_last_frame_that_had_appeared():
    assert shown([0.0, 0.05, 0.2, 0.9], 10, 0.1) == [0, 1, 2, 2, 2, 2, 2, 2, 2, 3]


def test_time_counts_from_the_first_frame():
    assert shown([5.0, 5.1, 5.2], 10, 0.1) == [0, 1, 2]


def test_a_clock_that_starts_anew_goes_on():
    assert shown([100.0, 100.1, 0.0, 0.1, 0.2], 10, 0.1) == [0, 1, 2, 3, 4]


def test_disordered_time_stamps_lose_no_time():
    assert len(shown([0.0, 0.1, 0.3, 0.2, 0.4], 10, 0.1)) == 5


def test_no_frames_give_none():
    assert shown([], 10, 0.1) == []


def test_the_rate_is_checked():
    with pytest.raises(ValueError, match='fps must be positive, got -1'):
        shown([0.0], -1, 0.1)
