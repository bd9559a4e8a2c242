import sys

import pytest

from mmvad.cli.commands import run_command

TABLE = dict(train=('no_such_module.train', 'Train.'), convert=('no_such_module', 'Convert.'))


def run(*argv):
    return run_command(argv, 'mmvad', 'Find anomalies.', TABLE)


@pytest.mark.parametrize('flag', ['-h', '--help'])
def test_help_lists_the_commands_and_imports_none(flag, capsys):
    assert run(flag) == 0
    out = capsys.readouterr().out
    assert '  train    Train.\n  convert  Convert.\n' in out


def test_no_command_gives_help_as_an_error(capsys):
    assert run() == 2
    found = capsys.readouterr()
    assert found.out == '' and found.err.startswith('usage: mmvad COMMAND')


def test_unknown_command_is_one_line_with_a_close_one(capsys):
    assert run('trian', '--help') == 2
    assert capsys.readouterr().err == (
        "mmvad: error: there is no command 'trian'; did you mean 'train'?\n"
    )


def test_command_like_no_other_gets_the_list(capsys):
    assert run('xyz') == 2
    assert "there is no command 'xyz'; choose one of train, convert" in capsys.readouterr().err


def test_name_of_the_process_comes_back_after_a_command():
    before = sys.argv[0]
    table = dict(calibrate=('mmvad.cli.calibrate', ''))
    with pytest.raises(SystemExit, match='2'):
        run_command(['calibrate'], 'mmvad', '', table)
    assert sys.argv[0] == before


def test_a_command_of_old_ends_with_one_line_that_names_the_new(capsys):
    assert run_command(['turn', '--help'], 'mmvad', '', TABLE, dict(turn='convert features')) == 2
    assert capsys.readouterr().err == 'mmvad: error: mmvad turn is now mmvad convert features\n'
