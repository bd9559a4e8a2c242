"""Finds the checkpoint that a training goes on from, and the one that it selected."""

import re
from pathlib import Path

POINTER = 'last_checkpoint'  # mmengine's; copies of a work folder often lack it


def last_checkpoint(folder: str | Path) -> Path | None:
    """Find the last checkpoint of a training.

    Args:
        folder: Its work folder.

    Returns:
        What the file `POINTER` names, there or in the folder. Where there is none, or it names no
        file, as when a kill left it cut off, the newest ``epoch_N.pth`` or ``iter_N.pth``. None
        where the folder holds no checkpoint.

    Raises:
        ValueError: There are checkpoints, and their names do not say which one is the last.

    Example:
        >>> for name in ('epoch_9.pth', 'epoch_10.pth', 'best_AUC_epoch_3.pth'):
        ...     Path(name).touch()
        >>> last_checkpoint('.').name
        'epoch_10.pth'
    """
    folder = Path(folder)
    pointer = folder / POINTER
    named = pointer.read_text(encoding='utf-8').strip() if pointer.is_file() else ''
    for path in (Path(named), folder / Path(named).name):  # the folder may have been copied
        if named and path.is_file():
            return path
    paths = sorted(path for path in folder.glob('*.pth') if not path.name.startswith('.'))
    found = [(match, path) for path in paths if (match := _numbered(path))]
    if not paths:
        return Path(named) if named else None
    if len({match['unit'] for match, _ in found}) != 1:
        raise ValueError(
            f'--resume: {folder} has no {POINTER} and its checkpoints do not say which one is the '
            f'last: {", ".join(path.name for path in paths)}; name one: --resume FILE'
        )
    return max(found, key=lambda pair: int(pair[0]['number']))[1]


def selected_checkpoint(folder: str | Path) -> Path:
    """Find the checkpoint that a finished training selected.

    Args:
        folder: Its work folder.

    Returns:
        The newest ``best_*.pth``; where nothing selects, the last checkpoint.

    Raises:
        FileNotFoundError: The folder holds no checkpoint.
        ValueError: See `last_checkpoint`.

    Example:
        >>> Path('run').mkdir()
        >>> for name in ('epoch_9.pth', 'best_video_AUC_epoch_8.pth'):
        ...     Path('run', name).touch()
        >>> selected_checkpoint('run').name
        'best_video_AUC_epoch_8.pth'
    """
    best = sorted(Path(folder).glob('best_*.pth'), key=lambda path: path.stat().st_mtime)
    found = best[-1] if best else last_checkpoint(folder)
    if found is None:
        raise FileNotFoundError(f'{folder} holds no checkpoint')
    return found


def _numbered(path: Path) -> re.Match | None:
    return re.fullmatch(r'(?P<unit>epoch|iter)_(?P<number>[0-9]+)\.pth', path.name)
