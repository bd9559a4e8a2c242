"""Finds the videos to extract, names them, and divides them among processes."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmvad.addresses import is_address, show_address
from mmvad.datasets.converters.custom import EXTENSIONS, drop_extension


@dataclass(frozen=True)
class Video:
    """A video to extract.

    Attributes:
        path: The file.
        name: Its path below the video folder without the container's extension, with ``/``.
    """

    path: Path
    name: str


def find_videos(source: Path, root: Path | None = None) -> list[Video]:
    """List videos by name.

    Args:
        source: A folder, searched recursively for files with a video's extension; a ``.txt`` list
            with one path per line; or one video.
        root: Folder that names, and relative paths of a list, start from; None means the folder
            itself, the list's folder, or the video's folder.

    Returns:
        The videos, sorted by name.

    Raises:
        FileNotFoundError: `source` does not exist.
        ValueError: There is no video, one lies outside `root`, or two have the same name.
    """
    if root is None:
        root = source if source.is_dir() else source.parent
    paths = list_videos(source, root)
    if not paths:
        raise ValueError(f'no video found in {source}; extensions searched: {EXTENSIONS}')
    videos = {}
    for path in paths:
        name = _name_below(path, root)
        if name in videos:
            raise ValueError(
                f'two videos would be written to {name}.npy: {videos[name]} and {path}'
            )
        videos[name] = path
    return [Video(videos[name], name) for name in sorted(videos)]


def list_videos(source: Path, root: Path | None = None) -> list[Path]:
    """List the videos of a folder or list, without names for their features.

    Args:
        source: See `find_videos`.
        root: Folder that relative paths of a list start from; None is the list's folder.

    Returns:
        The paths, none for an empty folder or list.

    Raises:
        FileNotFoundError: `source` does not exist.
        ValueError: A list is not UTF-8, holds a NUL character or names an address.
    """
    if source.is_dir():
        return [
            Path(folder, file)
            for folder, _, files in os.walk(source, followlinks=True)
            for file in files
            if Path(file).suffix.lower() in EXTENSIONS and not file.startswith('.')
        ]
    if not source.is_file():
        raise FileNotFoundError(f'no video, list or folder at {source}')
    if source.suffix == '.txt':
        root = root or source.parent
        try:
            text = source.read_text(encoding='utf-8-sig')
        except UnicodeDecodeError as error:
            raise ValueError(f'{source}: expected a list in UTF-8: {error}') from error
        if '\0' in text:
            raise ValueError(f'{source}: expected a list of paths, got a NUL character')
        lines = text.splitlines()
        return [root / _path_of(line.strip(), source) for line in lines if line.strip()]
    return [source]


def _path_of(line: str, source: Path) -> str:
    if is_address(line):
        raise ValueError(f'{source}: expected paths of files, got an address: {show_address(line)}')
    return line


def choose_shard(videos: Sequence[Video], shard: int, num_shards: int) -> list[Video]:
    """Take one shard of the videos; shards have no video in common and leave none out.

    Args:
        videos: All, in the order of `find_videos`.
        shard: Number of the shard, from 1.
        num_shards: Number of shards.

    Returns:
        Every `num_shards`-th video.

    Raises:
        ValueError: The number is not from 1 to `num_shards`.

    Example:
        >>> videos = [Video(Path(f'{name}.mp4'), name) for name in 'abc']
        >>> [[video.name for video in choose_shard(videos, shard, 2)] for shard in (1, 2)]
        [['a', 'c'], ['b']]
    """
    if not 1 <= shard <= num_shards:
        raise ValueError(f'a shard is i/n with i from 1 to n, got {shard}/{num_shards}')
    return list(videos[shard - 1 :: num_shards])


def _name_below(path: Path, root: Path) -> str:
    """Name a video by its path below a folder."""
    try:
        below = path.absolute().relative_to(root.absolute())
    except ValueError:
        raise ValueError(f'{path} does not lie below {root}, where names start') from None
    return drop_extension(below.as_posix())
