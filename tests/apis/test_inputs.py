from pathlib import Path

import numpy as np
import pytest
from video_files import numbered_frames, write_video

from mmvad.apis.inputs import list_inputs, name_of
from mmvad.video.readers import open_video


def touch(folder, *names):
    for name in names:
        Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
        Path(folder, name).touch()


def test_a_folder_is_all_its_videos(tmp_path):
    touch(tmp_path, 'b.mp4', 'a.avi', 'deep/c.mkv', 'x.npy', 'notes.md')
    expected = [str(tmp_path / name) for name in ('a.avi', 'b.mp4', 'deep/c.mkv')]
    assert list_inputs(tmp_path) == expected


def test_a_folder_without_videos_is_all_its_features(tmp_path):
    touch(tmp_path, 'b/x.npy', 'a.npy')
    assert list_inputs(tmp_path) == [str(tmp_path / 'a.npy'), str(tmp_path / 'b' / 'x.npy')]


def test_videos_that_differ_in_their_extension_are_both_taken(tmp_path):
    touch(tmp_path, 'gate.mp4', 'gate.avi', 'other.npy')
    assert list_inputs(tmp_path) == [str(tmp_path / 'gate.avi'), str(tmp_path / 'gate.mp4')]


def test_a_list_is_the_videos_of_its_lines(tmp_path):
    touch(tmp_path, 'b.mp4', 'a.mp4')
    (tmp_path / 'list.txt').write_text('b.mp4\n\na.mp4\n')
    found = list_inputs([tmp_path / 'list.txt', 'rtsp://gate/1', 'rtsp://gate/2'])
    assert found[2].full == 'rtsp://gate/1' and [str(source) for source in found] == [
        str(tmp_path / 'a.mp4'),
        str(tmp_path / 'b.mp4'),
        'rtsp://gate #1',
        'rtsp://gate #2',
    ]


def test_a_list_names_no_addresses(tmp_path):
    (tmp_path / 'list.txt').write_text('rtsp://me:s3cret@gate/1\n')
    with pytest.raises(ValueError, match=r'list\.txt: expected paths of files, got .*rtsp://gate$'):
        list_inputs(tmp_path / 'list.txt')


def test_nothing_and_the_same_twice_are_refused(tmp_path):
    with pytest.raises(ValueError, match='nothing to score: no input was given'):
        list_inputs([])
    with pytest.raises(ValueError, match=r'neither a video nor a \.npy file found in'):
        list_inputs(tmp_path)
    with pytest.raises(ValueError, match=r'given twice: a\.mp4'):
        list_inputs(['a.mp4', 'b.mp4', 'a.mp4'])
    with pytest.raises(FileNotFoundError, match='no video, list or folder at'):
        list_inputs(tmp_path / 'absent.txt')


def test_a_source_is_named_by_its_path_or_kind(tmp_path):
    path = write_video(tmp_path / 'a.mp4', numbered_frames(3))
    with open_video(path) as reader:
        assert name_of(reader) == name_of(path) == str(path)
    assert name_of(np.zeros((2, 8, 8, 3), np.uint8)) == name_of(iter(())) == 'frames'
