"""The error of a full disk."""

from errno import EACCES, EFBIG, ENOSPC

import pytest

from mmvad.full_disk import naming_full_disk


@pytest.mark.parametrize('number', [ENOSPC, EFBIG])
def test_file_and_bytes_are_named_once(tmp_path, number):
    inner = naming_full_disk('a.json', tmp_path, 5)
    message = r'a\.json: no space left for the file; 5 bytes are needed, \d+ are free$'
    with pytest.raises(OSError, match=message), naming_full_disk('outer', tmp_path), inner:
        raise OSError(number, 'full')


def test_the_short_write_of_numpy_is_a_full_disk(tmp_path):
    with pytest.raises(OSError, match='its size is not known') as caught:
        with naming_full_disk('a.npy', tmp_path / 'absent'):
            raise OSError('8 requested and 4 written')
    assert caught.value.errno == ENOSPC and 'how many are free is not known' in str(caught.value)


def test_other_errors_stay(tmp_path):
    with pytest.raises(PermissionError, match='denied'), naming_full_disk('a', tmp_path):
        raise PermissionError(EACCES, 'denied')
