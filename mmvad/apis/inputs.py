"""What is to be scored: files, folders, lists, addresses, and their names."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmvad.addresses import Address, as_source, is_address, show_address
from mmvad.extraction.videos import list_videos
from mmvad.video.readers import VideoReader


def list_inputs(
    inputs: str | os.PathLike | Sequence[str | os.PathLike],
) -> list[str | Address]:
    """List the files that inputs name.

    Args:
        inputs: A video, feature file or address, a folder (all videos below it, or where it holds
            none all ``.npy`` files), a ``.txt`` list with one path a line, or several of these.

    Returns:
        Paths, and addresses with numbers; videos of a folder or list sorted by name. Files are not
        looked for yet: a missing one is an error of its own entry.

    Raises:
        ValueError: A folder or list holds neither, an input is given twice, or none is given.
        FileNotFoundError: A list is not there.

    Example:
        >>> [str(source) for source in list_inputs(['a.mp4', 'rtsp://gate/1', 'rtsp://gate/2'])]
        ['a.mp4', 'rtsp://gate #1', 'rtsp://gate #2']
    """
    if isinstance(inputs, str | os.PathLike):
        inputs = [inputs]
    found: list[str] = []
    for source in map(os.fspath, inputs):
        if not is_address(source) and (os.path.isdir(source) or source.endswith('.txt')):
            found += _list_folder(Path(source))
        else:
            found.append(source)
    if not found:
        raise ValueError('nothing to score: no input was given')
    if twice := sorted({source for source in found if found.count(source) > 1}):
        raise ValueError(f'given twice: {", ".join(map(show_address, twice))}')
    addresses = [source for source in found if is_address(source)]
    numbers = {source: number for number, source in enumerate(addresses, 1)}
    return [Address(source, numbers[source]) if source in numbers else source for source in found]


def name_of(source: object) -> str:
    """Name a source: its path, what may be shown of an address, or what it is.

    Example:
        >>> name_of('a.mp4'), name_of('http://gate/1?key=a'), name_of(np.zeros((2, 1, 8)))
        ('a.mp4', 'http://gate #1', 'features')
    """
    if isinstance(source, Address | str | os.PathLike):
        return str(as_source(source))
    if isinstance(source, VideoReader):
        return source.path
    return 'features' if getattr(source, 'dtype', np.uint8) != np.uint8 else 'frames'


def _list_folder(source: Path) -> list[str]:
    if videos := list_videos(source):
        return [str(path) for path in sorted(videos, key=lambda path: (path.with_suffix(''), path))]
    features = sorted(map(str, source.rglob('*.npy'))) if source.is_dir() else []
    if not features:
        raise ValueError(f'neither a video nor a .npy file found in {source}')
    return features
