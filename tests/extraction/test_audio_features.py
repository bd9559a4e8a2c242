"""One vector a segment, and videos without audio."""

import numpy as np
import pytest
import torch
from torch import nn
from video_files import write_video

from mmvad.extraction.audio_features import audio_features, extract_audio_features
from mmvad.extraction.network import AudioFeatureExtractor
from mmvad.extraction.settings import AudioSettings

STARTS = np.arange(5) * 0.64


class Loudness(nn.Module):
    """Stands in for VGGish: the mean of the log-mel window, twice."""

    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.ones(1, 2))

    def forward(self, log_mels):
        return log_mels.mean((1, 2))[:, None] * self.factor


@pytest.fixture
def extractor():
    return AudioFeatureExtractor(Loudness(), feature_channels=2)


@pytest.mark.parametrize('batch_size', [1, 2, 16])
def test_there_is_one_vector_a_segment(extractor, batch_size):
    waveform = np.concatenate([np.random.default_rng(0).standard_normal(16000), np.zeros(32000)])
    features, record = extract_audio_features(extractor, [waveform], STARTS, batch_size=batch_size)
    assert features.shape == (5, 2)
    assert features.dtype == np.float32
    assert features[0, 0] > features[1, 0] > features[2, 0]
    assert features[2:] == pytest.approx(np.full((3, 2), np.log(0.01)), abs=1e-4)
    assert record == 'present'


def test_no_audio_is_an_error_by_default(extractor):
    with pytest.raises(ValueError, match='has no audio'):
        extract_audio_features(extractor, iter(()), STARTS)


def test_no_audio_gives_zeros_on_request_and_says_so(extractor):
    features, record = extract_audio_features(extractor, iter(()), STARTS, missing_audio='zeros')
    assert features.shape == (5, 2)
    assert not features.any()
    assert record == 'missing, zero vectors'


def test_options_are_checked(extractor):
    with pytest.raises(ValueError, match='batch_size must be at least 1, got 0'):
        extract_audio_features(extractor, [], STARTS, batch_size=0)


def loudest_segment(path, num_segments):
    network = AudioFeatureExtractor(Loudness(), 2)
    settings = AudioSettings()
    features, _ = audio_features(settings.open(path), network, settings)
    assert features.shape == (num_segments, 2)
    return int(features[:, 0].argmax())


def tone_at(seconds, length=12):
    samples = np.zeros(length * 16000, np.float32)
    start = round(seconds * 16000)
    samples[start : start + 8000] = np.sin(np.arange(8000) / 5)
    return samples, 16000


def test_a_tone_is_heard_in_its_segment_where_audio_starts_late(tmp_path):
    frames = np.zeros((250, 40, 48, 3), np.uint8)
    path = tmp_path / 'late.mkv'  # segment 10 lasts from 6.4 to 7.04 s
    write_video(path, frames, audio=tone_at(6.6 - 3), audio_start=3.0)
    assert loudest_segment(path, 16) == 10


def test_a_tone_is_heard_in_its_segment_of_a_variable_rate(tmp_path):
    frames = np.zeros((256, 40, 48, 3), np.uint8)
    times = [*np.arange(160) / 30, *(160 / 30 + np.arange(96) / 6)]
    path = tmp_path / 'slowing.mkv'  # segment 10 starts at 5.333 s and lasts 2.667 s
    write_video(path, frames, times=np.round(np.array(times) * 1000), audio=tone_at(5.6))
    assert loudest_segment(path, 16) == 10
