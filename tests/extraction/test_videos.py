"""Videos are found by name and parted among processes."""

from pathlib import Path

import pytest

from mmvad.extraction.videos import Video, choose_shard, find_videos


@pytest.fixture
def videos(tmp_path):
    folder = tmp_path / 'videos'
    (folder / 'gate').mkdir(parents=True)
    for index in range(4):
        (folder / 'gate' / f'cam{index}.mp4').touch()
    return folder


def test_lists_and_single_files_are_found_by_name(videos, tmp_path):
    found = find_videos(videos)
    assert [video.name for video in found] == [f'gate/cam{index}' for index in range(4)]
    listing = videos / 'some.txt'
    listing.write_text('gate/cam2.mp4\n\ngate/cam0.mp4\n')
    assert [video.name for video in find_videos(listing)] == ['gate/cam0', 'gate/cam2']
    listing.unlink()
    assert [video.name for video in find_videos(videos / 'gate' / 'cam1.mp4')] == ['cam1']


def test_what_holds_no_video_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match='no video, list or folder at'):
        find_videos(tmp_path / 'nothing')
    with pytest.raises(ValueError, match='no video found in'):
        find_videos(tmp_path)
    for suffix in ('mp4', 'avi'):
        (tmp_path / f'a.{suffix}').touch()
    with pytest.raises(ValueError, match=r'two videos would be written to a\.npy'):
        find_videos(tmp_path)
    with pytest.raises(ValueError, match='does not lie below'):
        find_videos(tmp_path / 'a.mp4', root=tmp_path / 'elsewhere')


@pytest.mark.parametrize('shard', [(0, 2), (3, 2)])
def test_shards_that_do_not_exist_are_refused(shard):
    with pytest.raises(ValueError, match='a shard is i/n with i from 1 to n'):
        choose_shard([Video(Path('a.mp4'), 'a')], *shard)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (b'caf\xe9.mp4\n', r'list\.txt: expected a list in UTF-8: '),
        (b'a\0b.mp4\n', r'list\.txt: expected a list of paths, got a NUL character'),
    ],
)
def test_a_list_that_is_no_text_is_named(tmp_path, content, message):
    (tmp_path / 'list.txt').write_bytes(content)
    with pytest.raises(ValueError, match=message):
        find_videos(tmp_path / 'list.txt')
