import pytest
from toy_data import load_tool


def test_another_suffix_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        load_tool('convert_features').main([str(tmp_path / 'a.npy'), str(tmp_path / 'a.txt')])
    assert 'OUT must be a .npy file' in capsys.readouterr().err
