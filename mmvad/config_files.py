"""Finds config files by path or by name, and reads them."""

import ast
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mmvad.full_disk import naming_full_disk
from mmvad.spelling import did_you_mean

if TYPE_CHECKING:
    from mmengine.config import Config

PACKAGE = Path(__file__).resolve().parent
CONFIG_FOLDERS = (PACKAGE / 'configs', PACKAGE.parent / 'configs')  # in a wheel, in a checkout
SUFFIXES = ('.py', '.json', '.yaml', '.yml')  # that mmengine reads


def find_config(name: str | Path, folder: str = '') -> Path:
    """Find a config file.

    Args:
        name: Path of the file, or the name of one of the project's: ``'salient_ucf'``.
        folder: Folder of these below ``configs``: ``''`` for detectors, ``'features'`` for
            extractors.

    Returns:
        The file.

    Raises:
        FileNotFoundError: There is no such file; the text lists the known names.

    Example:
        >>> find_config('i3d_r50_port', 'features').name
        'i3d_r50_port.py'
    """
    if Path(name).suffix in SUFFIXES:
        if not Path(name).is_file():
            raise FileNotFoundError(f'config file not found: {name}')
        return Path(name)
    known = {
        path.stem: path for root in CONFIG_FOLDERS for path in sorted((root / folder).glob('*.py'))
    }
    if str(name) not in known:
        question = did_you_mean(name, known)
        raise FileNotFoundError(
            f'no config named {str(name)!r}{question or ";"} give a path or one of: '
            f'{", ".join(sorted(known))}'
        )
    return known[str(name)]


def load_config(name: str | Path, folder: str = '') -> 'Config':
    """Find and read a config file.

    Args:
        name: See `find_config`.
        folder: See `find_config`.

    Returns:
        The config.

    Raises:
        FileNotFoundError: There is no such file; the text lists the known names.
        OSError: The disk is full: mmengine reads copies of a config and of those that it is based
            on. The message names the file, the folder of its copy and the bytes needed.

    Example:
        >>> load_config('salient_ucf').model.type
        'VideoAnomalyDetector'
    """
    from mmengine.config import Config  # imports PyTorch

    path = find_config(name, folder)
    copy = f'{path}: the copy in {tempfile.gettempdir()} that mmengine reads'
    with naming_full_disk(copy, tempfile.gettempdir(), path.stat().st_size):
        return Config.fromfile(str(path))


def find_base(name: str) -> Path:
    """Find the config that ``'mmvad::NAME'`` names in another one.

    Args:
        name: Of an experiment, or ``features/`` and the name of a feature config.

    Raises:
        FileNotFoundError: There is no such config.

    Example:
        >>> find_base('features/vggish').name
        'vggish.py'
    """
    folder, _, stem = name.removesuffix('.py').rpartition('/')
    return find_config(stem, folder)


def list_sources(path: str | Path) -> list[Path]:
    """List the files that a config is made of: itself, and those that it inherits.

    Nothing is executed. Configs of other packages (``'mmaction::…'``) are left out.

    Args:
        path: Config file.

    Returns:
        The files, each once.

    Raises:
        FileNotFoundError: One of them does not exist.
        ValueError: One is no Python, or its ``_base_`` is no text or list of texts.

    Example:
        >>> [path.name for path in list_sources(find_config('salient_ucf'))][:2]
        ['salient_ucf.py', 'ucf_crime_i3d_r50.py']
    """
    found: list[Path] = []
    _add_sources(Path(path), found)
    return found


def _add_sources(path: Path, found: list[Path]) -> None:
    if path.resolve() in found:
        return
    if not path.is_file():
        raise FileNotFoundError(f'config file not found: {path}')
    found.append(path.resolve())
    if path.suffix != '.py':
        return
    for base in _bases_of(path):
        package, separator, name = base.rpartition('::')
        if package == 'mmvad':
            _add_sources(find_base(name), found)
        elif not separator:
            _add_sources(path.parent / base, found)


def _bases_of(path: Path) -> list[str]:
    try:
        body = ast.parse(path.read_text(encoding='utf-8')).body
        for node in body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            if any(isinstance(target, ast.Name) and target.id == '_base_' for target in targets):
                bases = ast.literal_eval(node.value)
                return [bases] if isinstance(bases, str) else list(map(str, bases))
    except (ValueError, SyntaxError, TypeError) as error:
        raise ValueError(f'{path}: its _base_ cannot be read: {error}') from error
    return []
