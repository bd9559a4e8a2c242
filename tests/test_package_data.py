"""A wheel holds every file that the package reads."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def package_data():
    for node in ast.walk(ast.parse((ROOT / 'setup.py').read_text(encoding='utf-8'))):
        if isinstance(node, ast.keyword) and node.arg == 'package_data':
            return ast.literal_eval(node.value)
    raise ValueError('setup.py gives no package_data')


def test_every_file_that_is_not_python_is_package_data():
    named = {
        path
        for package, patterns in package_data().items()
        for pattern in patterns
        for path in ROOT.joinpath(*package.split('.')).glob(pattern)
    }
    found = {
        path
        for path in (ROOT / 'mmvad').rglob('*')
        if path.is_file() and path.suffix not in ('.py', '.pyc')
    }
    assert named == found
