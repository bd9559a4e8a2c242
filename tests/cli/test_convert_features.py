import numpy as np
import pytest

from mmvad.cli.convert_features import main
from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations


def test_object_array_becomes_a_plain_file(tmp_path, capsys):
    pickled, out = tmp_path / 'a.npy', tmp_path / 'made' / 'b.npy'
    np.save(pickled, np.array([[1.0, 2.0], [3.0, 4.0]], dtype=object), allow_pickle=True)
    assert main([str(pickled), str(out)]) == 0
    assert np.load(out).tolist() == [[1, 2], [3, 4]]
    assert 'float32 (2, 2)' in capsys.readouterr().out


def test_another_suffix_ends_in_one_line_and_status_2(tmp_path, capsys):
    assert main([str(tmp_path / 'a.npy'), str(tmp_path / 'a.txt')]) == 2
    error = capsys.readouterr().err
    assert 'error: OUT must be a .npy file' in error
    assert error.count('\n') == 1


@pytest.fixture
def texts(tmp_path):
    """Two videos of 2 rows with 2 channels, and their annotations; only of one are frames known."""
    for index, name in enumerate(('a', 'b')):
        path = tmp_path / 'text' / f'{name}.txt'
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'{index} 1\n{index} 2\n')
    entries = [make_entry('Fire/a', 'Fire', 70), make_entry('Fire/b', 'Fire', None)]
    save_annotations(tmp_path / 'train.json', make_metainfo('toy', 'train', 'ceil'), entries)
    return tmp_path


SHAPE = ['--rows', '2', '--channels', '2']


def test_text_keeps_its_rows_without_annotations(texts):
    assert main([str(texts / 'text' / 'a.txt'), str(texts / 'a.npy'), *SHAPE]) == 0
    assert np.load(texts / 'a.npy').tolist() == [[[0, 1]], [[0, 2]]]
    assert main([str(texts / 'text'), str(texts / 'out'), *SHAPE]) == 0
    assert sorted(path.name for path in (texts / 'out').iterdir()) == ['a.npy', 'b.npy']


def test_annotations_spread_the_rows_over_the_segments_that_are_known(texts):
    flags = [*SHAPE, '--annotations', str(texts / 'train.json')]
    assert main([str(texts / 'text'), str(texts / 'out'), *flags]) == 0
    rows = np.load(texts / 'out' / 'a.npy')[:, 0, 1]
    assert rows.tolist() == [1, 1, 2, 2, 2]  # ceil(70 / 16) segments
    assert np.load(texts / 'out' / 'b.npy').shape == (2, 1, 2)


@pytest.mark.parametrize(
    ('source', 'flags', 'message'),
    [
        ('text/a.txt', [], 'a.txt: expected 32 lines of 4096 numbers, got 2 lines'),
        ('text/a.txt', ['--rows', '0'], '--rows must be at least 1, got 0'),
        ('text/c.txt', SHAPE, 'feature file not found'),
        ('.', SHAPE, 'holds no .txt file'),
        ('train.json', [*SHAPE, '--annotations', 'x.json'], '--annotations belongs to text files'),
    ],
)
def test_text_that_does_not_fit_ends_in_one_line(texts, source, flags, message, capsys):
    assert main([str(texts / source), str(texts / 'out.npy'), *flags]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1
    assert not (texts / 'out.npy').exists()


def test_videos_without_their_text_are_named(texts, capsys):
    (texts / 'text' / 'b.txt').unlink()
    flags = [*SHAPE, '--annotations', str(texts / 'train.json')]
    assert main([str(texts / 'text'), str(texts / 'out'), *flags]) == 2
    assert 'lacks 1 of the 2 videos of' in capsys.readouterr().err
    assert not (texts / 'out').exists()
    (texts / 'text' / 'z.txt').write_text('1 2\n3 4\n')
    assert main([str(texts / 'text' / 'z.txt'), str(texts / 'z.npy'), *flags]) == 2
    assert "has no video 'z'" in capsys.readouterr().err
