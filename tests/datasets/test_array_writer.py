import io

import numpy as np
import pytest

from mmvad.datasets.array_writer import ArrayWriter


def saved_by_numpy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize('lengths', [(), (1,), (3, 2), (0, 4), (1,) * 12])
@pytest.mark.parametrize('row_shape', [(), (4,), (5, 3)])
def test_the_file_is_byte_for_byte_what_numpy_saves(tmp_path, lengths, row_shape):
    random = np.random.default_rng(0)
    pieces = [random.standard_normal((n, *row_shape), np.float32) for n in lengths]
    writer = ArrayWriter(tmp_path / 'a.npy', row_shape)
    for piece in pieces:
        writer.append(piece)
    writer.close()
    whole = np.concatenate([np.zeros((0, *row_shape), np.float32), *pieces])
    assert (tmp_path / 'a.npy').read_bytes() == saved_by_numpy(whole)
    assert writer.num_rows == sum(lengths)


def test_rows_that_are_no_block_of_memory_are_written_in_order(tmp_path):
    rows = np.arange(24, dtype=np.float32).reshape(4, 3, 2).transpose(1, 0, 2)
    writer = ArrayWriter(tmp_path / 'a.npy', (4, 2))
    writer.append(rows)
    writer.close()
    assert np.load(tmp_path / 'a.npy').tolist() == rows.tolist()


def test_many_rows_leave_the_header_as_long_as_it_was(tmp_path):
    writer = ArrayWriter(tmp_path / 'a.npy', (1,))
    writer.append(np.zeros((123_456, 1), np.float32))
    writer.close()
    assert np.load(tmp_path / 'a.npy', mmap_mode='r').shape == (123_456, 1)


@pytest.mark.parametrize(
    ('rows', 'found'),
    [
        (np.zeros((2, 3), np.float32), r'float32 \(2, 3\)'),
        (np.zeros(4, np.float32), r'float32 \(4,\)'),
        (np.zeros((2, 5, 4)), r'float64 \(2, 5, 4\)'),
        (np.zeros((2, 5, 4), np.float16), r'float16 \(2, 5, 4\)'),
    ],
)
def test_rows_of_another_shape_or_type_are_an_error(tmp_path, rows, found):
    writer = ArrayWriter(tmp_path / 'a.npy', (5, 4))
    with pytest.raises(ValueError, match=rf'float32 rows of shape \(n, 5, 4\), got {found}$'):
        writer.append(rows)
    assert writer.num_rows == 0
