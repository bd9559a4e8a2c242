"""Frames become a file that has them all."""

import pytest
from video_files import frame_numbers, numbered_frames

from mmvad.video.readers import open_video
from mmvad.video.writer import encode_frames


def test_every_frame_is_in_the_file_at_its_rate(tmp_path):
    encode_frames(tmp_path / 'a.mp4', iter(numbered_frames(20)), 30, preset='fast', crf='20')
    with open_video(tmp_path / 'a.mp4') as reader:
        assert reader.fps == 30
        assert frame_numbers(reader) == list(range(20))


def test_no_frame_is_an_error_and_no_file(tmp_path):
    with pytest.raises(ValueError, match=r'a\.mp4: there is no frame to write'):
        encode_frames(tmp_path / 'a.mp4', iter(()), 30)
    assert not (tmp_path / 'a.mp4').exists()
