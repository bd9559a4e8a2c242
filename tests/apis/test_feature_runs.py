import numpy as np
import pytest
from toy_detector import cheap_extractor
from video_files import numbered_frames, write_video

from mmvad.apis.feature_runs import FeatureRuns, FrameFeatures, GivenFeatures
from mmvad.clock import Clock
from mmvad.video.live import Gap
from mmvad.video.readers import open_video


@pytest.fixture(scope='module')
def extractor(tmp_path_factory):
    return cheap_extractor(tmp_path_factory.mktemp('runs'))


def read(runs):
    return [(gap, np.concatenate(list(pieces))) for gap, pieces in runs]


def test_frames_are_parted_at_their_gaps(extractor):
    frames, gap = list(numbered_frames(64)), Gap('rain', seconds=1.0)
    runs = FrameFeatures([*frames[:40], gap, *frames[40:]], extractor, fps=25)
    (none, first), (found, second) = read(runs)
    assert none is None and found is gap
    assert (len(first), len(second)) == (3, 2)
    assert (runs.frames_read, runs.num_frames, runs.tail) == (64, None, 'ceil')
    assert runs.clock(5).num_frames is None and runs.clock(5).fps == 25


def test_only_what_may_have_no_end_is_live(extractor):
    frames = numbered_frames(20)
    for source, is_live in ((frames, False), (list(frames), False), (iter(frames), True)):
        runs = FrameFeatures(source, extractor)
        read(runs)
        assert runs.is_live == is_live == (runs.started_at is not None)
        assert runs.num_frames == 20


def test_a_reader_is_closed_at_the_end_and_knows_its_rate(extractor, tmp_path):
    path = write_video(tmp_path / 'a.mp4', numbered_frames(40))
    with open_video(path) as reader:
        runs = FrameFeatures(reader, extractor, fps=99)
        read(runs)
        assert runs.fps == 25 and next(reader, None) is None
        assert [runs.span(segment) for segment in (0, 2)] == [(0.0, 0.64), (1.28, 1.6)]
        assert runs.clock(3).edges.tolist() == [0.0, 0.64, 1.28, 1.6]


def test_milliseconds_of_a_container_do_not_shift_segments(extractor, tmp_path):
    times = [round(1000 * number / 30) for number in range(64)]
    path = write_video(tmp_path / 'a.mkv', numbered_frames(64), times=times, fps=30)
    with open_video(path) as reader:
        runs = FrameFeatures(reader, extractor)
        read(runs)
        edges = runs.clock(4).edges
        assert [runs.span(segment) for segment in range(4)] == [
            pytest.approx((edges[segment], edges[segment + 1]), abs=1e-9) for segment in range(4)
        ]


def test_times_are_unknown_without_a_rate():
    runs = FeatureRuns()
    assert runs.span(3) is None and list(runs) == []
    runs.fps = 16
    assert runs.span(3) == (3.0, 4.0)
    runs.num_frames = 56
    assert runs.span(3) == (3.0, 3.5)


def test_given_features_are_one_run_with_the_clock_of_their_video():
    features = np.zeros((2, 1, 8), np.float32)
    clock = Clock(2, 30, 10.0, segment_times=[0, 5, 6])
    runs = GivenFeatures(features, clock, 'ceil')
    ((gap, found),) = read(runs)
    assert gap is None and found.shape == features.shape
    assert runs.clock(2) is clock and runs.span(1) == (5.0, 6.0)


def test_damage_is_that_of_the_reader_or_of_the_record(extractor, tmp_path):
    clock = Clock(2, fps=25)
    assert GivenFeatures(np.zeros((2, 1, 8)), clock, damage='half of it').damage == 'half of it'
    assert FrameFeatures(numbered_frames(20), extractor).damage is None
    path = write_video(tmp_path / 'a.mkv', numbered_frames(20))
    path.write_bytes(path.read_bytes()[:-300])
    runs = FrameFeatures(open_video(path, allow_truncated=True), extractor)
    read(runs)
    assert '300 bytes of the file are missing' in runs.damage
