import os

import pytest

from mmvad.files import atomic_path, file_name_of


def test_file_appears_whole_in_a_folder_that_is_made(tmp_path):
    path = tmp_path / 'new' / 'folder' / 'scores.json'
    with atomic_path(path) as temporary:
        temporary.write_text('[1]')
        assert not path.exists()
    assert path.read_text() == '[1]'
    assert os.listdir(path.parent) == ['scores.json']


def test_old_file_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / 'scores.json'
    path.write_text('old')
    with atomic_path(path) as temporary:
        temporary.write_text('new')
        assert path.read_text() == 'old'
    assert path.read_text() == 'new'


@pytest.mark.parametrize('error', [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_writer_leaves_nothing(tmp_path, error):
    path = tmp_path / 'scores.json'
    path.write_text('old')
    with pytest.raises(error), atomic_path(path) as temporary:
        temporary.write_text('ha')
        raise error
    assert os.listdir(tmp_path) == ['scores.json']
    assert path.read_text() == 'old'


def test_temporary_name_keeps_the_suffix_and_is_hidden(tmp_path):
    with atomic_path(tmp_path / 'pack.npy') as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == '.npy'
        assert temporary.name.startswith('.pack-')


def test_permissions_are_those_of_an_ordinary_new_file(tmp_path):
    (tmp_path / 'ordinary').write_text('')
    with atomic_path(tmp_path / 'atomic') as temporary:
        temporary.write_text('')
    modes = [(tmp_path / name).stat().st_mode for name in ('ordinary', 'atomic')]
    assert modes[0] == modes[1]


def test_file_names_of_videos_are_ascii_and_never_collide():
    videos = ['a/b', 'a+b', 'a_b', 'a%2Fb', 'a\\b', 'v=x__#1_label_A', 'ü', '..', '.hidden', 'a b']
    videos += ['监控' * 40 + end for end in 'xy']
    names = [file_name_of(video) for video in videos]
    assert len(set(names)) == len(videos)
    for name in names:
        assert name.isascii() and len(name) < 230
        assert not set(name) & set('/\\:#?*<>|" ') and not name.startswith('.')


def test_empty_name_of_a_video_is_refused():
    with pytest.raises(ValueError, match='expected the name of a video, got an empty text'):
        file_name_of('')
