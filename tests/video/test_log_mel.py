"""The front end against worked values and an independent count in plain loops."""

import math
from fractions import Fraction

import numpy as np
import pytest

from mmvad.timeline import Clock
from mmvad.video.log_mel import (
    WINDOW_SAMPLES,
    hertz_to_mel,
    log_mel,
    mel_filters,
    segment_windows,
    window_start,
)


def starts(num_segments, fps):
    return Clock(num_segments, fps=fps).edges[:-1]


def two_tones():
    time = np.arange(WINDOW_SAMPLES) / 16000
    return 0.5 * np.sin(2 * np.pi * 440 * time) + 0.1 * np.sin(2 * np.pi * 3000 * time + 0.3)


def test_filters_are_triangles_in_mel():
    def mel(hertz):
        return 1127 * math.log(1 + hertz / 700)

    step = (mel(7500) - mel(125)) / 65
    filters = mel_filters()
    for band in (0, 1, 30, 63):
        centre = mel(125) + (band + 1) * step
        for fft_bin in range(1, 257):
            height = max(0.0, 1 - abs(mel(fft_bin * 31.25) - centre) / step)
            assert filters[fft_bin, band] == pytest.approx(height, abs=1e-12)


def test_filters_have_the_values_of_an_independent_library():
    # transformers 5 audio_utils.mel_filter_bank(257, 64, 125, 7500, 16000, mel_scale='kaldi',
    # triangularize_in_mel_space=True): all differences were below 2e-14.
    filters = mel_filters()
    assert filters[5, 0] == pytest.approx(0.9476904648443724, abs=1e-12)
    assert np.flatnonzero(filters[:, 30]).tolist() == [54, 55, 56, 57, 58, 59]
    expected = [0.07621717, 0.44428303, 0.80762392, 0.8336404, 0.47939465, 0.12952782]
    assert filters[54:60, 30] == pytest.approx(expected, abs=1e-8)
    assert filters.sum() == pytest.approx(230.9135991608477, abs=1e-9)
    assert not filters[0].any()


def test_log_mel_has_the_values_of_an_independent_library():
    # The same library's spectrogram(power=1, center=False) of two tones, then log(mel + 0.01).
    found = log_mel(two_tones())
    expected = [-3.736139, 1.7921119, -1.7341402, -3.0372264, -1.7904952, -4.6024146]
    assert found.shape == (96, 64)
    assert found.dtype == np.float32
    assert found[0, [0, 10, 13, 14, 40, 63]] == pytest.approx(expected, abs=1e-6)
    assert found.mean() == pytest.approx(-3.1305287, abs=1e-5)


def test_a_frame_is_the_magnitude_under_a_periodic_hann_window():
    samples = two_tones()
    frame = [samples[320 + n] * (0.5 - 0.5 * math.cos(2 * math.pi * n / 400)) for n in range(400)]
    turns = np.outer(np.arange(257), np.arange(400)) / 512
    magnitude = np.abs(np.exp(-2j * np.pi * turns) @ np.array(frame))
    expected = np.log(magnitude @ mel_filters() + 0.01)
    assert log_mel(samples)[2] == pytest.approx(expected, abs=1e-5)


def test_silence_is_the_logarithm_of_the_offset():
    assert log_mel(np.zeros((2, 560))) == pytest.approx(np.full((2, 2, 64), math.log(0.01)))


def test_mel_scale_is_that_of_htk():
    assert hertz_to_mel(700.0) == pytest.approx(1127 * math.log(2))
    assert hertz_to_mel(np.array([0.0]))[0] == 0.0


def test_less_than_a_frame_is_refused():
    with pytest.raises(ValueError, match=r'at least 400 samples, got a waveform of shape \(399,\)'):
        log_mel(np.zeros(399))


def test_windows_start_with_the_first_frame_of_their_segment():
    # 16 frames last 16 / 30 s = 8533.33 samples at 30 fps: starts 0, 8533, 17067, 25600.
    waveform = np.arange(60000, dtype=np.float32)
    windows = list(segment_windows([waveform], starts(4, 30)))
    assert [int(window[0]) for window in windows] == [0, 8533, 17067, 25600]
    assert all(np.array_equal(np.diff(window), np.ones(15599)) for window in windows)


@pytest.mark.parametrize('fps', [24, 25, 30, 24000 / 1001, 30000 / 1001, 60000 / 1001, 14.985])
def test_windows_of_a_constant_rate_start_at_the_nearest_sample_for_hours(fps):
    found = [window_start(seconds) for seconds in starts(20000, fps)]
    exact = [round(Fraction(segment * 16 * 16000) / Fraction(fps)) for segment in range(20000)]
    assert found == exact


@pytest.mark.parametrize('size', [1000, 7777, 100000])
def test_windows_do_not_depend_on_the_chunks(size):
    waveform = np.random.default_rng(0).standard_normal(50000).astype(np.float32)
    whole = list(segment_windows([waveform], starts(8, 25)))
    chunks = [waveform[start : start + size] for start in range(0, 50000, size)]
    pieces = list(segment_windows(chunks, starts(8, 25)))
    assert all(np.array_equal(*pair) for pair in zip(whole, pieces, strict=True))


def test_segments_longer_than_a_window_skip_the_audio_between():
    # 10 fps: a segment lasts 1.6 s, 25600 samples.
    waveform = np.arange(60000, dtype=np.float32)
    chunks = [waveform[start : start + 3000] for start in range(0, 60000, 3000)]
    windows = list(segment_windows(chunks, starts(3, 10)))
    assert [int(window[0]) for window in windows] == [0, 25600, 51200]
    assert windows[2][8799] == 59999
    assert not windows[2][8800:].any()


def test_behind_the_end_is_silence():
    windows = list(segment_windows([np.ones(16000)], starts(4, 25)))
    assert [int(window.sum()) for window in windows] == [15600, 5760, 0, 0]
    assert all(window.shape == (15600,) for window in windows)


def test_audio_behind_the_last_window_is_not_read():
    def chunks():
        yield np.ones(20000)
        raise AssertionError('read too far')

    assert len(list(segment_windows(chunks(), [0]))) == 1


def test_bad_starts_and_stereo_are_refused():
    with pytest.raises(ValueError, match='starts at 0 s or later, got -1'):
        list(segment_windows([np.ones(16000)], [-1]))
    with pytest.raises(ValueError, match=r'mono chunks of shape \(samples,\), got \(2, 100\)'):
        list(segment_windows([np.ones((2, 100))], [0]))
