import os

import pytest

from mmvad.fileio import atomic_path


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
