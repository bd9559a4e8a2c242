import numpy as np
import pytest
from video_files import numbered_frames, write_video

from mmvad.video.clips import iter_clips
from mmvad.video.prefetch import prefetch
from mmvad.video.readers import open_video


def test_a_path_a_reader_frames_and_an_array_give_the_same_clips(tmp_path):
    path = write_video(tmp_path / 'a.mp4', numbered_frames(20))
    with open_video(path) as reader:
        frames = list(reader)
    with open_video(path) as reader:
        results = [
            list(iter_clips(source, crops='ten'))
            for source in (path, str(path), reader, iter(frames), np.stack(frames))
        ]
    assert reader.record()['num_frames'] == 20
    for clips in results:
        assert [index for index, _ in clips] == [0, 1]
        assert clips[0][1].shape == (10, 16, 224, 224, 3)
        for (_, views), (_, expected) in zip(clips, results[0], strict=True):
            assert np.array_equal(views, expected)


def test_small_frames_are_enlarged_by_the_short_side():
    _, views = next(iter_clips(numbered_frames(16, 48, 32)))
    assert views.shape == (1, 16, 224, 224, 3)


def test_a_fixed_size_below_the_crop_is_an_error():
    with pytest.raises(ValueError, match='crop of 224x224 does not fit into frames of 220x300'):
        next(iter_clips(numbered_frames(16), resize=(220, 300)))


def test_the_tail_rule_is_passed_on():
    frames = numbered_frames(24)
    counts = [
        len(list(iter_clips(frames, tail, least)))
        for tail, least in [('ceil', None), ('floor', None), ('keep', 8), ('keep', 9)]
    ]
    assert counts == [2, 1, 2, 1]


def test_a_clip_takes_frames_that_are_evenly_spaced():
    frames = [np.full((4, 4, 3), number, np.uint8) for number in range(20)]
    clips = list(iter_clips(frames, resize=None, size=4, clip_frames=8))
    assert clips[0][1][0, :, 0, 0, 0].tolist() == [0, 2, 4, 6, 8, 10, 12, 14]
    assert clips[1][1][0, :, 0, 0, 0].tolist() == [16, 18, 19, 19, 19, 19, 19, 19]
    with pytest.raises(ValueError, match='must divide the 16 frames of a segment, got 3'):
        next(iter_clips(frames, clip_frames=3))


def test_clips_come_through_the_prefetching_thread(tmp_path):
    path = write_video(tmp_path / 'a.mp4', numbered_frames(40))
    plain, ahead = list(iter_clips(path)), list(prefetch(iter_clips(path), depth=2))
    for (index, views), (other, expected) in zip(ahead, plain, strict=True):
        assert index == other
        assert np.array_equal(views, expected)


def test_channels_stay_in_the_order_red_green_blue():
    frames = np.full((16, 224, 224, 3), (10, 100, 200), np.uint8)
    ((_, views),) = iter_clips(frames)
    assert views.reshape(-1, 3).min(0).tolist() == [10, 100, 200]
    assert views.reshape(-1, 3).max(0).tolist() == [10, 100, 200]
