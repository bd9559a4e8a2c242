"""Every module has a test module of its name in the mirrored folder."""

from pathlib import Path

import pytest
from toy_data import REPOSITORY

PACKAGE, TESTS = REPOSITORY / 'mmvad', REPOSITORY / 'tests'
MODULES = sorted(
    path.relative_to(PACKAGE)
    for path in PACKAGE.rglob('*.py')
    if path.stem not in ('__init__', 'version')
)


def places_of(module: Path) -> list[Path]:
    """Where a module's tests may stand: the room goes before a name that two rooms have."""
    names = [f'test_{module.stem}.py', f'test_{module.parent.name}_{module.stem}.py']
    return [TESTS / module.parent / name for name in names]


@pytest.mark.parametrize('module', MODULES, ids=str)
def test_every_module_has_its_test_module(module):
    places = places_of(module)
    found = [path for path in places if path.is_file()]
    assert found, f'{module} needs {places[0].relative_to(REPOSITORY)}'
    assert 'def test_' in found[0].read_text(encoding='utf-8')


def test_no_two_test_modules_have_one_name():
    names = [path.name for path in TESTS.rglob('test_*.py')]
    assert sorted(names) == sorted(set(names))  # without packages, pytest cannot import both
