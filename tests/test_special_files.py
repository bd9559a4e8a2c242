import os

import pytest

from mmvad.special_files import copy_into, resolve_output


def test_links_are_followed_to_the_file_that_may_not_exist_yet(tmp_path):
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'first').symlink_to('second')
    (tmp_path / 'second').symlink_to('folder/file')
    assert resolve_output(tmp_path / 'first') == (tmp_path / 'folder/file', False)
    assert resolve_output(tmp_path / 'plain') == (tmp_path / 'plain', False)


def test_devices_and_pipes_are_written_to_and_not_replaced(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'link').symlink_to('pipe')
    assert resolve_output(tmp_path / 'link') == (tmp_path / 'pipe', True)
    assert resolve_output(tmp_path / 'link')[0].is_fifo()


def test_a_folder_and_links_in_a_circle_are_refused(tmp_path):
    (tmp_path / 'a').symlink_to('b')
    (tmp_path / 'b').symlink_to('a')
    with pytest.raises(OSError, match='its links go round in a circle'):
        resolve_output(tmp_path / 'a')
    with pytest.raises(IsADirectoryError, match='expected a file, got a folder'):
        resolve_output(tmp_path)


def test_bytes_arrive_in_a_pipe(tmp_path):
    source = tmp_path / 'source'
    source.write_bytes(b'scores')
    os.mkfifo(tmp_path / 'pipe')
    reading = os.open(tmp_path / 'pipe', os.O_RDONLY | os.O_NONBLOCK)
    try:
        copy_into(source, tmp_path / 'pipe')
        assert os.read(reading, 100) == b'scores'
    finally:
        os.close(reading)
