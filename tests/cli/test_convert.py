import pytest

from mmvad.cli.convert import KINDS, main


def test_the_kinds_are_listed(capsys):
    assert main(['--help']) == 0
    out = capsys.readouterr().out
    assert [kind for kind in KINDS if f'  {kind} ' not in out] == []


def test_what_is_not_said_is_a_checkpoint(tmp_path, capsys):
    missing = str(tmp_path / 'released.pth')
    assert main([missing, 'out.pth', '--kind', 'salient']) == 2
    assert 'mmvad convert checkpoint: error: ' in capsys.readouterr().err


@pytest.mark.parametrize('kind', KINDS)
def test_each_kind_has_a_help_of_its_own(kind, capsys):
    with pytest.raises(SystemExit, match='0'):
        main([kind, '--help'])
    assert f'usage: mmvad convert {kind} ' in capsys.readouterr().out
