"""When frames are shown, against the times that were written."""

import numpy as np
import pytest
from video_files import cut_short, numbered_frames, write_video

from mmvad.video.errors import VideoError
from mmvad.video.frame_times import frames_between, read_frame_times


@pytest.mark.parametrize(('name', 'codec'), [('a.mp4', 'libx264'), ('a.mkv', 'libx264')])
def test_times_are_those_that_were_written(tmp_path, name, codec):
    times = [0, 40, 80, 200, 600, 640]  # milliseconds, a pause in the middle
    path = write_video(tmp_path / name, numbered_frames(6), codec, times=times)
    found = read_frame_times(path)
    np.testing.assert_allclose(found[:-1], np.array(times) / 1000, atol=1e-3)
    assert found[-1] == pytest.approx(0.68, abs=2e-3)  # the usual pause after the last one


def test_frames_without_time_stamps_are_counted(tmp_path):
    frames = numbered_frames(5)
    path = write_video(tmp_path / 'a.h264', frames, 'libx264', fps=25, container_format='h264')
    np.testing.assert_allclose(read_frame_times(path), np.arange(6) / 25)


def test_frames_of_an_avi_have_the_times_of_their_numbers(tmp_path):
    path = write_video(tmp_path / 'a.avi', numbered_frames(5), 'mpeg4', fps=10)
    np.testing.assert_allclose(read_frame_times(path), np.arange(6) / 10)


def test_b_frames_are_put_into_the_order_of_time(tmp_path):
    path = write_video(tmp_path / 'a.mp4', numbered_frames(30), 'libx264', fps=30)
    np.testing.assert_allclose(read_frame_times(path), np.arange(31) / 30, atol=1e-3)


def test_what_is_no_video_is_refused(tmp_path):
    (tmp_path / 'a.mp4').write_bytes(b'nothing')
    with pytest.raises(VideoError, match='FFmpeg cannot open it'):
        read_frame_times(tmp_path / 'a.mp4')
    with pytest.raises(FileNotFoundError):
        read_frame_times(tmp_path / 'gone.mp4')


def test_a_video_without_frames_is_refused(tmp_path):
    path = write_video(tmp_path / 'a.mkv', numbered_frames(60, 320, 240), 'mpeg4')
    with pytest.raises(VideoError, match=r'has no frames|cannot open|cannot be read'):
        read_frame_times(cut_short(path, 0.02))


def test_events_of_frames_come_back_from_their_rounded_seconds():
    times = np.arange(221) / 30
    assert frames_between(times, 3.3333, 5.3333) == (100, 160)
    assert frames_between(times, 0, times[-1]) == (0, 220)


def test_an_event_within_a_frame_has_that_frame():
    assert frames_between(np.arange(6) / 5, 0.45, 0.5) == (2, 3)


def test_an_end_that_is_a_frame_late_counts_as_rounded():
    assert frames_between(np.arange(6) / 5, 0.6, 1.2) == (3, 5)
    with pytest.raises(ValueError, match=r'ends after the video, which is 1\.00 s long'):
        frames_between(np.arange(6) / 5, 0.6, 1.3)
