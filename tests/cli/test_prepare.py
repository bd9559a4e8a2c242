from pathlib import Path

import pytest

from mmvad.cli.prepare import DATASETS, main

DATA_TOOLS = Path(__file__).resolve().parents[2] / 'tools' / 'data'
NAMES = ('custom', 'ped2', 'shanghaitech', 'ucf_crime', 'xd_violence')


def test_every_data_set_has_a_tool_and_a_guide_that_names_it():
    assert sorted(path.name for path in DATA_TOOLS.iterdir()) == sorted(NAMES)
    assert sorted(DATASETS) == sorted([*NAMES, 'table'])  # the table is the command's only
    for name in NAMES:
        guide = (DATA_TOOLS / name / 'README.md').read_text(encoding='utf-8')
        assert guide.startswith('# Preparing ')
        assert f'tools/data/{name}/prepare.py' in guide
        assert 'tools/check_data.py' in guide


@pytest.mark.parametrize('name', ['ucf_crime', 'shanghaitech', 'xd_violence', 'ped2'])
def test_missing_source_ends_in_one_line_and_status_2(name, tmp_path, capsys):
    absent = str(tmp_path / 'absent')
    assert main([name, '--source', absent, '--out', str(tmp_path / 'out')]) == 2
    error = capsys.readouterr().err
    assert absent in error and error.count('\n') == 1
    assert not (tmp_path / 'out').exists()


def test_unknown_data_set_is_named_with_a_close_one(capsys):
    assert main(['ucf_crimes']) == 2
    assert "there is no command 'ucf_crimes'; did you mean 'ucf_crime'?" in capsys.readouterr().err
