import numpy as np

from mmvad.cli.convert_features import main


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
