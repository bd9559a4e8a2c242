import numpy as np
import pytest

from mmvad.datasets.pooling import pool_segments
from mmvad.datasets.text_features import read_text_features, spread_rows


def write(tmp_path, text):
    path = tmp_path / 'Abuse001_x264.txt'
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize('text', ['1 2.5 3\n4 5e-1 6\n', '1\t2.5  3 \r\n 4 0.5 6\r\n\n'])
def test_a_line_is_a_row(tmp_path, text):
    found = read_text_features(write(tmp_path, text), 2, 3)
    assert found.dtype == np.float32 and found.tolist() == [[1, 2.5, 3], [4, 0.5, 6]]


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('1 2 3\n', 'expected 2 lines of 3 numbers, got 1 lines'),
        ('', 'got 0 lines'),
        ('1 2 3\n4 5 6\n7 8 9\n', 'got 3 lines'),
        ('1 2 3\n4 5\n', 'expected 2 lines of 3 numbers, got 2 numbers in line 2'),
        ('1 2 3 4\n4 5 6\n', 'got 4 numbers in line 1'),
        ('1 2 3\n\n4 5 6\n', 'got 3 lines'),
        ('1 2 3\n4 nan 6\n', 'expected finite float32 numbers, got nan as number 2 of line 2'),
        ('1 2 inf\n4 5 6\n', 'got inf as number 3 of line 1'),
        ('1 1e39 3\n4 5 6\n', 'got 1e39 as number 2 of line 1'),
        ('1 2,5 3\n4 5 6\n', "expected a number, got '2,5' as number 2 of line 1"),
        ('1 2 3\n4 5 ä\n', 'expected a number, got .* as number 3 of line 2'),
        ('1' * 999, '2 lines of 3 numbers, got 999 bytes, more than 384'),
    ],
)
def test_another_form_is_refused_with_its_place(tmp_path, text, message):
    with pytest.raises(ValueError, match=f'Abuse001_x264.txt: .*{message}'):
        read_text_features(write(tmp_path, text), 2, 3)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'feature file not found: .*none\.txt'):
        read_text_features(tmp_path / 'none.txt')


@pytest.mark.parametrize('num_segments', [32, 33, 100, 451])
def test_pooling_spread_rows_gives_the_rows_again(num_segments):
    rows = np.random.default_rng(0).standard_normal((32, 5)).astype(np.float32)
    spread = spread_rows(rows, num_segments)
    assert spread.shape == (num_segments, 1, 5)
    np.testing.assert_allclose(pool_segments(spread, 32)[0], rows, rtol=1e-5)


def test_published_features_are_unit_vectors(shared_data):
    path = shared_data / 'features' / 'ucf_c3d' / 'Explosion025_x264.txt'
    found = read_text_features(path)
    assert found.shape == (32, 4096)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-3)
