"""Every command shows its help under the name it is called by."""

import argparse
import importlib
import os
import runpy
import subprocess
import sys
from importlib.util import find_spec

import pytest
from toy_data import REPOSITORY

from mmvad import __version__
from mmvad.cli.convert import KINDS
from mmvad.cli.main import COMMANDS, main
from mmvad.cli.prepare import DATASETS

TOOLS = sorted(path.relative_to(REPOSITORY) for path in REPOSITORY.glob('tools/**/*.py'))
MODULES = dict(module for module in (*COMMANDS.values(), *DATASETS.values(), *KINDS.values()))
PARSERS = [name for name in MODULES if name not in ('mmvad.cli.prepare', 'mmvad.cli.convert')]


def load(name):
    if find_spec(name) is None:
        pytest.skip(f'there is no {name} yet')
    return importlib.import_module(name)


@pytest.mark.parametrize('command', [*COMMANDS, *(f'prepare {name}' for name in DATASETS)])
def test_every_command_shows_its_help(command, capsys):
    words = command.split()
    load((DATASETS if len(words) > 1 else COMMANDS)[words[-1]][0])
    try:
        status = main([*words, '--help'])
    except SystemExit as error:
        status = error.code
    assert status == 0
    assert 'usage: ' in capsys.readouterr().out


@pytest.mark.parametrize('tool', TOOLS, ids=str)
def test_every_tool_shows_its_help(tool, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', [str(tool), '--help'])
    with pytest.raises(SystemExit, match='0'):
        runpy.run_path(str(REPOSITORY / tool), run_name='__main__')
    assert 'usage: ' in capsys.readouterr().out


CALLS = """
import contextlib, runpy, sys
from mmvad.cli.main import main
for command in ('convert checkpoint', 'prepare ped2'):
    with contextlib.suppress(SystemExit):
        main([*command.split(), '--help'])
sys.argv = ['tools/convert_checkpoint.py', '--help']
runpy.run_path(sys.argv[0], run_name='__main__')
"""


def test_usage_names_the_command_as_it_was_called():
    process = subprocess.run(
        [sys.executable, '-c', CALLS],  # a process of its own: pytest has a name, too
        cwd=REPOSITORY,
        env=dict(os.environ, PYTHONPATH=str(REPOSITORY)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    found = [line for line in process.stdout.splitlines() if line.startswith('usage: ')]
    assert [line.split(' [-h]')[0] for line in found] == [
        'usage: mmvad convert checkpoint',
        'usage: mmvad prepare ped2',
        'usage: convert_checkpoint.py',
    ]


def test_an_installed_package_has_the_entry_point(tmp_path):
    if find_spec('setuptools') is None:  # not imported: that fails after mmengine's distutils
        pytest.skip('there is no setuptools')
    build = [sys.executable, 'setup.py', '-q', 'egg_info', '--egg-base', str(tmp_path)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (entries,) = tmp_path.glob('*/entry_points.txt')
    assert entries.read_text().split('\n')[:2] == [
        '[console_scripts]',
        'mmvad = mmvad_command:main',
    ]


def test_version_is_that_of_the_package(capsys):
    assert main(['--version']) == 0
    assert capsys.readouterr().out == f'mmvad {__version__}\n'


@pytest.mark.parametrize('name', PARSERS)
def test_help_states_the_default_of_every_option_with_a_value(name):
    parser = load(name).build_parser()
    silent = [
        action.option_strings
        for action in parser._actions
        if action.option_strings and action.nargs != 0 and not action.required
        if argparse.SUPPRESS != action.help and 'default' not in (action.help or '')
    ]
    assert silent == []


@pytest.mark.parametrize('name', [*COMMANDS])
def test_every_command_has_one_line_of_help(name):
    assert COMMANDS[name][1].endswith('.') and '\n' not in COMMANDS[name][1]
