"""One source's scores: nothing is lost by an interrupt, nothing is numbered wrongly."""

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from toy_detector import BAG, detector_config

from mmvad.apis.feature_runs import FeatureRuns, GivenFeatures
from mmvad.apis.segment_stream import SegmentStream, collect
from mmvad.clock import Clock

S = 7


@pytest.fixture
def detector():
    torch.manual_seed(0)
    return MODELS.build(detector_config().model).eval()


@pytest.fixture
def features():
    return np.random.default_rng(0).standard_normal((S, 2, 8)).astype(np.float32)


def stream_of(detector, features, fps=16.0):
    return SegmentStream(GivenFeatures(features, Clock(len(features), fps=fps)), detector, 'bags')


class OneByOne(FeatureRuns):
    """Segments that come alone, and an end."""

    def __init__(self, features, error=None):
        self.features, self.error = features, error

    def __iter__(self):
        yield None, self.pieces()

    def pieces(self):
        for segment in self.features:
            yield segment[None]
        if self.error:
            raise self.error


def test_what_waits_for_its_bag_is_scored_when_the_stream_is_left(detector, features):
    expected = [score.score for score in stream_of(detector, features)]
    stream = SegmentStream(OneByOne(features, KeyboardInterrupt()), detector, 'bags')
    found = []
    with pytest.raises(KeyboardInterrupt):
        found.extend(stream)
    assert len(found) == 2 * BAG
    found.extend(stream.rest())
    assert [score.score for score in found] == expected
    assert [score.segment for score in found] == list(range(S))


def test_a_score_whose_taker_was_interrupted_comes_again(detector, features):
    taken = []
    stream = stream_of(detector, features)
    with pytest.raises(KeyboardInterrupt):
        for score in stream:
            taken.append(score.segment)
            if len(taken) == 2:
                raise KeyboardInterrupt
    assert [score.segment for score in stream.rest()] == list(range(1, S))


def test_a_segment_without_a_score_ends_the_stream_and_keeps_those_before(detector, features):
    for parameter in detector.parameters():
        parameter.data *= 1000
    features[4] = 3e38 * np.sign(features[4])  # finite
    stream = stream_of(detector, features)
    found = []
    with pytest.raises(ValueError, match='segment 3 has no score: its features are too large'):
        found.extend(stream)
    found.extend(stream.rest())
    assert [score.segment for score in found] == [0, 1, 2]


def test_a_stream_without_scores_is_an_error_of_its_video(detector):
    stream = SegmentStream(FeatureRuns(), detector, 'bags')
    assert list(stream) == []
    assert collect(stream, 'a', [], 0.0, 'interrupted').error == 'interrupted'


def test_times_are_those_of_the_clock(detector, features):
    found = list(stream_of(detector, features, fps=8.0))
    assert [score.times for score in found] == [(2.0 * n, 2.0 * n + 2) for n in range(S)]
    assert {score.times for score in stream_of(detector, features, fps=None)} == {None}
