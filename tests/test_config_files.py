import resource
import signal
import subprocess
import sys
from importlib.util import find_spec

import pytest
from toy_data import CONFIGS

from mmvad.config_files import CONFIG_FOLDERS, PACKAGE, find_config, list_sources, load_config


def test_configs_are_found_by_name_or_path(tmp_path):
    assert find_config('salient_xd').name == 'salient_xd.py'
    assert find_config('i3d_r50_port', 'features').parent.name == 'features'
    path = tmp_path / 'mine.py'
    path.touch()
    assert find_config(path) == find_config(str(path)) == path
    with pytest.raises(
        FileNotFoundError,
        match=r"'salient_ufc'; did you mean 'salient_ucf'\? give a path or one of: .*salient_xd",
    ):
        find_config('salient_ufc')
    for name in ('absent.py', 'absent.yaml'):
        with pytest.raises(FileNotFoundError, match='config file not found'):
            find_config(tmp_path / name)


def test_a_build_holds_the_configs_where_names_are_looked_up(tmp_path):
    if not find_spec('setuptools'):  # to import it fails where distutils was imported before
        pytest.skip('setuptools is not installed')
    build = [sys.executable, 'setup.py', '-q', 'build_py', '--build-lib', str(tmp_path)]
    subprocess.run(build, cwd=CONFIGS.parent, check=True, capture_output=True)
    folder = tmp_path / 'mmvad' / CONFIG_FOLDERS[0].relative_to(PACKAGE)
    found = {path.relative_to(folder) for path in folder.rglob('*.py')}
    assert found == {path.relative_to(CONFIGS) for path in CONFIGS.rglob('*.py')}


def test_a_config_whose_copy_finds_no_room_is_named(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text('value = 1\n' * 100)
    size = path.stat().st_size
    assert load_config(path).value == 1
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.SIGXFSZ
    previous = signal.signal(handler, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
        with pytest.raises(OSError, match=rf'mine\.py: the copy in .*; {size} bytes are'):
            load_config(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(handler, previous)


def test_sources_are_the_config_and_all_that_it_inherits(tmp_path):
    (tmp_path / 'base.py').write_text("_base_ = ['mmvad::features/vggish', 'mmaction::x/y.py']\n")
    (tmp_path / 'own.py').write_text("_base_ = './base.py'\nraise_ = open\n")
    names = [path.name for path in list_sources(tmp_path / 'own.py')]
    assert names == ['own.py', 'base.py', 'vggish.py']


def test_sources_that_are_gone_or_unreadable_are_named(tmp_path):
    (tmp_path / 'own.py').write_text("_base_ = 'gone.py'\n")
    with pytest.raises(FileNotFoundError, match=r'config file not found: .*gone\.py'):
        list_sources(tmp_path / 'own.py')
    (tmp_path / 'own.py').write_text('_base_ = open\n')
    with pytest.raises(ValueError, match=r'own\.py: its _base_ cannot be read'):
        list_sources(tmp_path / 'own.py')
