import threading

import numpy as np
import pytest
import torch
from torch import nn
from video_files import numbered_frames, write_video

from mmvad.extraction.features import ClipBatcher, iter_features
from mmvad.extraction.network import ClipFeatureExtractor
from mmvad.extraction.settings import ClipSettings
from mmvad.models.backbones import EfficientNetLite
from mmvad.video.readers import open_video

SETTINGS = ClipSettings(resize=None, crop_size=48, crops='five', tail='ceil')


class Noting(nn.Module):
    """Keeps (N, 3) means of the clips as they are, and notes how many come at a time."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def forward(self, clips):  # (N, 3, 16, H, W)
        self.batches.append(len(clips))
        return clips.mean((2, 3, 4), keepdim=True)


def make_network(feature_channels=3):
    return ClipFeatureExtractor(Noting(), [0, 0, 0], [1, 1, 1], feature_channels)


def whole(found):
    """Join the pieces (n, K, D) and check that their numbers follow each other."""
    expected = 0
    for first, features in found:
        assert first == expected
        expected += len(features)
    return np.concatenate([features for _, features in found])


def views_of(num_crops, value):
    return np.full((num_crops, 16, 4, 4, 3), value, np.uint8)


@pytest.mark.parametrize(
    ('batch_size', 'whole_segments', 'batches'),
    [
        (None, [1, 1, 1, 0], [2, 2, 2]),
        (3, [0, 1, 2, 0], [3, 3]),
        (4, [0, 2, 0, 1], [4, 2]),
        (5, [0, 0, 2, 1], [5, 1]),
        (1, [1, 1, 1, 0], [1] * 6),
    ],
)
def test_segments_come_as_soon_as_a_batch_holds_their_last_crop(
    batch_size, whole_segments, batches
):
    network = make_network()
    batcher = ClipBatcher(network, num_crops=2, batch_size=batch_size)
    pieces = [batcher.push(views_of(2, value)) for value in (1, 2, 3)] + [batcher.flush()]
    assert [len(piece) for piece in pieces] == whole_segments
    assert {(piece.dtype, piece.shape[1:]) for piece in pieces} == {(np.dtype('float32'), (2, 3))}
    assert np.concatenate(pieces)[..., 0].tolist() == [[1, 1], [2, 2], [3, 3]]
    assert network.backbone.batches == batches


@pytest.mark.parametrize('batch_size', [0, -1])
def test_a_batch_of_no_clip_is_an_error(batch_size):
    with pytest.raises(ValueError, match=f'^batch_size must be at least 1, got {batch_size}'):
        ClipBatcher(make_network(), 2, batch_size)


def test_a_network_of_another_width_is_never_the_fault_of_a_video():
    batcher = ClipBatcher(make_network(feature_channels=4), num_crops=2)
    with pytest.raises(RuntimeError, match=r'the network does not fit its config: .*4'):
        batcher.push(views_of(2, 1))


@pytest.mark.parametrize(('batch_size', 'ahead'), [(None, 0), (None, 2), (7, 0), (7, 3)])
def test_a_path_an_open_video_and_its_frames_give_the_same_features(tmp_path, batch_size, ahead):
    path = write_video(tmp_path / 'gate.mp4', numbered_frames(40))
    reader = open_video(path)
    sources = [str(path), reader, list(open_video(path))]
    found = [
        whole(list(iter_features(source, make_network(), SETTINGS, batch_size, ahead)))
        for source in sources
    ]
    assert found[0].shape == (3, 5, 3)
    assert found[0][:, 0, 2].tolist() == sorted(set(found[0][:, 0, 2].tolist()))  # time goes on
    for features in found[1:]:
        np.testing.assert_allclose(features, found[0], atol=1e-5)
    assert next(reader, None) is None  # it is closed


def test_features_do_not_wait_for_a_frame_too_many():
    taken = []

    def camera():
        for index, frame in enumerate(numbered_frames(64)):
            taken.append(index)
            yield frame

    found = iter_features(camera(), make_network(), SETTINGS, ahead=0)
    assert next(found)[0] == 0 and taken[-1] == 15
    assert next(found)[0] == 1 and taken[-1] == 31


@pytest.mark.parametrize('ahead', [0, 2])
def test_a_consumer_that_stops_closes_the_video_and_ends_the_thread(tmp_path, ahead):
    reader = open_video(write_video(tmp_path / 'gate.mp4', numbered_frames(160)))
    before = threading.active_count()
    found = iter_features(reader, make_network(), SETTINGS, ahead=ahead)
    next(found)
    found.close()
    assert next(reader, None) is None and reader.frames_read < 160
    assert threading.active_count() == before


def test_a_negative_number_ahead_is_an_error():
    with pytest.raises(ValueError, match=r'^ahead must not be negative, got -1'):
        next(iter_features(numbered_frames(16), make_network(), SETTINGS, ahead=-1))


def test_a_source_without_frames_is_an_error():
    with pytest.raises(ValueError, match='no frame'):
        list(iter_features([], make_network(), SETTINGS))


def test_random_numbers_are_left_alone():
    torch.manual_seed(0)
    state = torch.get_rng_state()
    list(iter_features(numbered_frames(32), make_network(), SETTINGS))
    assert torch.equal(torch.get_rng_state(), state)


def test_a_stream_seen_by_every_second_frame_gives_the_features_of_the_file(tmp_path):
    torch.manual_seed(0)
    backbone = EfficientNetLite()
    backbone.init_weights()
    network = ClipFeatureExtractor(backbone, [127] * 3, [128] * 3, 2560)
    settings = ClipSettings(resize=(32, 32), crop_size=32, crops='centre', clip_frames=8)
    path = write_video(tmp_path / 'a.mp4', numbered_frames(40))
    with open_video(path) as reader:
        frames = list(reader)
    streamed = whole(list(iter_features(iter(frames), network, settings, ahead=0)))
    assert streamed.shape == (3, 1, 2560)
    found = whole(list(iter_features(path, network, settings, batch_size=2)))
    np.testing.assert_allclose(streamed, found, rtol=1e-4, atol=1e-5)
    skipped = [frame if index % 2 == 0 else frame * 0 for index, frame in enumerate(frames)]
    unseen = whole(list(iter_features(skipped[:32], network, settings)))
    np.testing.assert_allclose(unseen, found[:2], rtol=1e-4, atol=1e-5)
