import pytest

from mmvad.cli import paper


def test_help_states_every_default(capsys):
    with pytest.raises(SystemExit, match='0'):
        paper.main(['--help'])
    text = capsys.readouterr().out
    for flag in ('--seeds', '--selections', '--jobs', '--data-root', '--bag-sizes', '--widths'):
        assert flag in text
    assert text.count('default:') >= 12


def test_the_plan_is_listed_and_nothing_is_run(tmp_path, capsys):
    argv = ['table2', '--data', 'ped2', '--plan', '--out', str(tmp_path), '--seeds', '0', '1']
    assert paper.main(argv) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 13 and lines[-1].startswith('12 runs, listed in ')
    assert [path.name for path in tmp_path.iterdir()] == ['table2.runs.jsonl']


@pytest.mark.parametrize(
    ('argv', 'message'),
    [
        (['table3', '--data', 'xd'], 'table3 is about ucf'),
        (['figure4', '--widths', '0'], '--widths must be at least 1'),
        (['table3', '--systems', 'nothing'], "has no system 'nothing'"),
    ],
)
def test_bad_requests_end_in_one_line(tmp_path, capsys, argv, message):
    assert paper.main([*argv, '--out', str(tmp_path), '--plan']) == 2
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1
