"""Finds config files by path or by name, and reads them."""

import tempfile
from pathlib import Path

from mmengine.config import Config

from mmvad.full_disk import naming_full_disk

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
        raise FileNotFoundError(
            f'no config named {str(name)!r}; give a path or one of: {", ".join(sorted(known))}'
        )
    return known[str(name)]


def load_config(name: str | Path, folder: str = '') -> Config:
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
    path = find_config(name, folder)
    copy = f'{path}: the copy in {tempfile.gettempdir()} that mmengine reads'
    with naming_full_disk(copy, tempfile.gettempdir(), path.stat().st_size):
        return Config.fromfile(str(path))
