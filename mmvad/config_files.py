"""Finds config files by path or by name."""

from pathlib import Path

from mmvad.spelling import did_you_mean

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
