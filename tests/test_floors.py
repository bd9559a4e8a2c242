"""Imports run down the floors of the house."""

import ast
from pathlib import Path

import pytest

import mmvad

FLOORS = [
    {'addresses', 'fetching', 'timeline', 'clock', 'files', 'temporary_files', 'special_files'}
    | {'config_files', 'checkpoints', 'state_dicts', 'framework', 'plain_arrays', 'checked_arrays'}
    | {'checked_history', 'packaged_weights', 'full_disk', 'literal_config', 'spelling', 'version'},
    {'video', 'datasets', 'scores'},
    {'models', 'evaluation'},
    {'extraction'},
    {'engine', 'visualization', 'review'},
    {'apis'},
    {'demo', 'paper', 'project'},
    {'cli'},
]
REGISTERS = 'cli'  # commands that need models call `mmvad.register`
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def imported_names(source, module):
    """Give every module that a source imports, at any depth of its code.

    Args:
        source: Python.
        module: Its dotted name as a tuple; that of a package ends with ``__init__``.

    Yields:
        Line number and dotted name, of ``from a import b`` as ``a.b``.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = '.'.join(module[: len(module) - node.level]) if node.level else ''
            base = '.'.join(filter(None, [base, node.module]))
            for alias in node.names:
                yield node.lineno, f'{base}.{alias.name}'
        elif isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else None
            name = node.func.id if isinstance(node.func, ast.Name) else name
            first = node.args[0]
            if name in ('import_module', '__import__') and isinstance(first, ast.Constant):
                yield node.lineno, str(first.value)


def upward_imports(root):
    """List the imports of a package that run up, and the rooms that stand on no floor.

    Args:
        root: Folder of the package. Its own ``__init__`` registers everything and is free.
    """
    found = []
    for path in sorted(root.rglob('*.py')):
        parts = path.relative_to(root).with_suffix('').parts
        room = parts[0]
        if parts == ('__init__',):
            continue
        if room not in FLOOR_OF:
            found.append(f'{path.relative_to(root)}: {room} stands on no floor')
            continue
        source = path.read_text(encoding='utf-8')
        for line, name in imported_names(source, (root.name, *parts)):
            package, _, rest = name.partition('.')
            target = rest.partition('.')[0]
            if package != root.name or target == '__version__':
                continue
            if name == f'{package}.register' and room == REGISTERS:
                continue
            if not target:
                found.append(f'{path.relative_to(root)}:{line}: imports all of {package}')
            elif FLOOR_OF.get(target, len(FLOORS)) > FLOOR_OF[room]:
                found.append(f'{path.relative_to(root)}:{line}: {room} imports {target}')
    return found


def test_no_import_runs_up():
    assert upward_imports(Path(mmvad.__file__).parent) == []


@pytest.fixture
def plant(tmp_path):
    def write(name, source):
        path = tmp_path / 'mmvad' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        return upward_imports(tmp_path / 'mmvad')

    return write


@pytest.mark.parametrize(
    'source',
    [
        'import mmvad.apis\n',
        'import mmvad.apis.inferencer as inferencer\n',
        'from mmvad.apis import inferencer\n',
        'from mmvad import timeline, apis\n',
        'from .. import apis\n',
        'from ..apis.inferencer import AnomalyInferencer\n',
        'def load():\n    from mmvad.apis import inferencer\n',
        'def load():\n    return importlib.import_module("mmvad.apis.inferencer")\n',
        'try:\n    from mmvad.apis import x\nexcept ImportError:\n    pass\n',
        'if TYPE_CHECKING:\n    from mmvad.apis import x\n',
    ],
)
def test_a_planted_upward_import_is_found(plant, source):
    line = source.count('\n', 0, source.index('apis')) + 1
    assert plant('scores/events.py', source) == [f'scores/events.py:{line}: scores imports apis']


def test_imports_down_across_and_from_elsewhere_are_free(plant):
    assert plant('__init__.py', 'from mmvad import apis\nimport mmvad.cli\n') == []
    assert plant('scores/a.py', 'import numpy\nfrom mmvad.timeline import Clock\n') == []
    assert plant('scores/b.py', 'from mmvad.datasets import annotations\nfrom . import a\n') == []
    assert plant('cli/infer.py', 'from mmvad import __version__, apis, register\n') == []
    assert plant('timeline.py', 'from mmvad_other.apis import x\nimport json\n') == []


def test_a_module_of_a_package_s_init_is_seen_from_there(plant):
    assert plant('models/heads/__init__.py', 'from .salient import Head\n') == []
    found = plant('models/heads/__init__.py', 'from ...apis import x\n')
    assert found == ['models/heads/__init__.py:1: models imports apis']


def test_only_commands_register(plant):
    found = plant('scores/a.py', 'from mmvad import register\n')
    assert found == ['scores/a.py:1: scores imports register']
    found = plant('cli/a.py', 'from mmvad.register import x\n')
    assert found[0] == 'cli/a.py:1: cli imports register'


def test_a_room_without_a_floor_and_an_import_of_everything_are_found(plant):
    assert plant('utils/a.py', '') == ['utils/a.py: utils stands on no floor']
    found = plant('scores/a.py', 'import mmvad\nfrom mmvad.utils import a\n')
    assert found[:2] == [
        'scores/a.py:1: imports all of mmvad',
        'scores/a.py:2: scores imports utils',
    ]
