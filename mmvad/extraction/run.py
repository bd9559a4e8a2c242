"""Extract the features of many videos into a folder: resumable, sharded, whole files only."""

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from mmvad.datasets.array_writer import ArrayWriter
from mmvad.datasets.converters.custom import EXTENSIONS, drop_extension
from mmvad.datasets.feature_record import FORMAT, read_record, record_path, write_json
from mmvad.datasets.npy import open_array
from mmvad.extraction.features import LoadedExtractor, iter_features, sound_features
from mmvad.extraction.settings import ClipSettings
from mmvad.files import atomic_path
from mmvad.version import __version__

# What decides whether a file is extracted again, besides the bytes of the feature file itself.
MADE_FROM = ('features', 'reading', 'source')


@dataclass(frozen=True)
class Video:
    """A video to extract.

    Attributes:
        path: The file.
        name: Its path below the video folder without the container's extension, with ``/``.
    """

    path: Path
    name: str


@dataclass
class Report:
    """What a run did.

    Attributes:
        extracted: Videos extracted now.
        kept: Videos that were there already, made in the same way.
        failed: Reason by video name.
        frames: Frames read now.
        seconds: Time taken.
    """

    extracted: int = 0
    kept: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    frames: int = 0
    seconds: float = 0.0


def find_videos(source: Path, root: Path | None = None) -> list[Video]:
    """List videos by name.

    Args:
        source: A folder, searched to its depths for files with a video's extension; a ``.txt`` list
            with one path a line; or one video.
        root: Folder that names, and relative paths of a list, start from; None is the folder
            itself, the list's folder, or the video's folder.

    Returns:
        The videos, sorted by name.

    Raises:
        FileNotFoundError: `source` is not there.
        ValueError: There is no video, one lies outside of `root`, or two have the same name.
    """
    if source.is_dir():
        root = root or source
        paths = [
            Path(folder, file)
            for folder, _, files in os.walk(source, followlinks=True)
            for file in files
            if Path(file).suffix.lower() in EXTENSIONS and not file.startswith('.')
        ]
    elif not source.is_file():
        raise FileNotFoundError(f'no video, list or folder at {source}')
    elif source.suffix == '.txt':
        root = root or source.parent
        lines = source.read_text(encoding='utf-8').splitlines()
        paths = [root / line.strip() for line in lines if line.strip()]
    else:
        root = root or source.parent
        paths = [source]
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


def choose_shard(videos: Sequence[Video], shard: int, num_shards: int) -> list[Video]:
    """Take one part of the videos; the parts have no video in common and leave none out.

    Args:
        videos: All, in the order of `find_videos`.
        shard: Number of the part, from 1.
        num_shards: Number of parts.

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


def extract_videos(
    videos: Sequence[Video],
    out: Path,
    extractor: LoadedExtractor,
    batch_size: int | None = None,
    ahead: int = 2,
    progress: Callable[[int, float], None] = lambda frames, share: None,
) -> Report:
    """Extract videos to ``OUT/<name>.npy`` with a record beside each file.

    A file that is whole and made from the same video in the same way stays; any other is extracted
    again. A video that cannot be extracted is reported and does not stop the others; whole features
    of an earlier run stay, and the report says so.

    Args:
        videos: What to extract; no other process may write the same ones.
        out: Folder of the feature files.
        extractor: Network, settings, record.
        batch_size: Clips, or windows of sound, in one forward pass; None takes the crops of one
            segment, but 2 at least: a single clip leaves a processor's cores waiting.
        ahead: Segments that a thread decodes, resizes and crops ahead of the network.
        progress: Called with the frames read since the last call and the share of the bytes of all
            videos that is done.

    Returns:
        The report.

    Raises:
        ValueError: `batch_size` is not positive or `ahead` negative.
        OSError: A file cannot be written.
        RuntimeError: The network fails, for instance since it has another width.
    """
    # Checked before the first video: what is wrong for all must not be blamed on each of them.
    if (batch_size is not None and batch_size < 1) or ahead < 0:
        raise ValueError(
            f'batch_size must be positive and ahead not negative, got {batch_size} and {ahead}'
        )
    start = time.perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    remove_leftovers(out, videos)
    cv2.setNumThreads(0)  # all cores belong to the network; OpenCV's threads would only wait
    report = Report()
    sizes = [max(1, _size(video.path)) for video in videos]
    bytes_done = 0
    for video, size in zip(videos, sizes, strict=True):
        share, weight = bytes_done / sum(sizes), size / sum(sizes)

        def advance(frames: int, part: float, share: float = share, weight: float = weight) -> None:
            report.frames += frames
            progress(frames, share + weight * part)

        target = out / f'{video.name}.npy'
        try:
            made_from = _made_from(video, extractor)
            if is_up_to_date(target, made_from):
                report.kept += 1
            else:
                _extract(video, target, made_from, extractor, batch_size, ahead, advance)
                report.extracted += 1
        except VideoFailure as failure:
            report.failed[video.name] = f'{failure}{_kept_or_removed(target)}'
        advance(0, 1.0)
        bytes_done += size
    report.seconds = time.perf_counter() - start
    return report


class VideoFailure(Exception):
    """A video that cannot be extracted; the run goes on."""


def is_up_to_date(target: Path, made_from: dict) -> bool:
    """Find out whether a feature file is whole and was made in this way.

    Args:
        target: The feature file.
        made_from: What `MADE_FROM` of its record should be.

    Returns:
        Whether it may stay.
    """
    record = _whole_record(target)
    return record is not None and all(record.get(key) == made_from[key] for key in MADE_FROM)


def _whole_record(target: Path) -> dict | None:
    """Read the record of a feature file; None where either is not whole or not there."""
    try:
        record = read_record(record_path(target))
        is_whole = record is not None and len(open_array(target)) == record['segments']
        return record if is_whole else None
    except (OSError, ValueError, KeyError):
        return None


def _kept_or_removed(target: Path) -> str:
    """Remove what is not whole of the features of a video that failed, and say what stays.

    A whole feature file is never removed: its record says what it was made from, which may be a
    source that cannot be reached now, or one that has changed since.
    """
    if _whole_record(target) is not None:
        return (
            f'; {target.name} of an earlier run stays, and its record says which state of the '
            'video and which settings it was made from'
        )
    is_there, has_record = target.exists(), record_path(target).exists()
    if is_there and not has_record:
        return f'; {target.name}, which has no record, stays'
    try:
        open_array(target)
    except (FileNotFoundError, ValueError):  # the record goes first: none must stand for no file
        record_path(target).unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        return f'; {target.name} was damaged and is removed' if is_there else ''
    return f'; {target.name} stays, but its record is of another file or damaged'


def remove_leftovers(out: Path, videos: Sequence[Video]) -> None:
    """Remove the temporary files that a killed run left for these videos.

    Args:
        out: Folder of the feature files.
        videos: Only their files are touched; other processes may be at work on others.
    """
    targets = {out / f'{video.name}.npy' for video in videos}
    targets |= {record_path(target) for target in targets}
    for folder, _, files in os.walk(out):
        for file in files:
            match = re.fullmatch(r'\.(.+)-[a-z0-9_]{8}\.tmp(\.\w+)', file)  # see atomic_path
            if match and Path(folder, match[1] + match[2]) in targets:
                Path(folder, file).unlink()


def _made_from(video: Video, extractor: LoadedExtractor) -> dict:
    try:
        status = video.path.stat()
    except OSError as error:
        raise VideoFailure(str(error)) from error
    return dict(
        features=extractor.record,
        reading=extractor.settings.reading_record(),
        source=dict(file=video.path.name, bytes=status.st_size, mtime_ns=status.st_mtime_ns),
    )


def _extract(
    video: Video,
    target: Path,
    made_from: dict,
    extractor: LoadedExtractor,
    batch_size: int | None,
    ahead: int,
    advance: Callable[[int, float], None],
) -> None:
    """Write one feature file, then its record."""
    is_clip = isinstance(extractor.settings, ClipSettings)
    pieces = _clip_pieces if is_clip else _sound_pieces
    how_read: dict = {}
    with atomic_path(target) as temporary:
        writer = None
        for features in pieces(video, extractor, batch_size, ahead, advance, how_read):
            if writer is None:
                writer = ArrayWriter(temporary, features.shape[1:])
            writer.append(features)
        if writer is None:
            raise VideoFailure(
                f'{video.path}: {how_read.get("num_frames")} frames give no segment with tail '
                f'{extractor.settings.tail!r}'
            )
        writer.close()
        record_path(target).unlink(missing_ok=True)  # an old record must not stand for the new file
    content = dict(
        format=FORMAT,
        **made_from,
        video=how_read,
        segments=writer.num_rows,
        weights=extractor.weights,
        mmvad_version=__version__,
    )
    write_json(record_path(target), content)


def _clip_pieces(
    video: Video,
    extractor: LoadedExtractor,
    batch_size: int | None,
    ahead: int,
    advance: Callable[[int, float], None],
    how_read: dict,
) -> Iterator[np.ndarray]:
    """Yield runs of clip features (n, K, D); `how_read` is filled at the end."""
    try:
        reader = extractor.settings.open(os.fspath(video.path))
        promised = reader.header.num_frames
        seen = 0
        batch_size = batch_size or max(2, extractor.settings.num_crops)
        for _, features in iter_features(
            reader, extractor.network, extractor.settings, batch_size, ahead
        ):
            frames = reader.frames_read
            advance(frames - seen, min(1.0, frames / promised) if promised else 0.0)
            seen = frames
            yield features
        how_read.update(reader.record())
    except (ValueError, OSError) as error:
        raise VideoFailure(str(error)) from error


def _sound_pieces(
    video: Video,
    extractor: LoadedExtractor,
    batch_size: int | None,
    ahead: int,
    advance: Callable[[int, float], None],
    how_read: dict,
) -> Iterator[np.ndarray]:
    """Yield the sound features (S, D) of a video at once."""
    try:
        features, record = sound_features(
            video.path, extractor.network, extractor.settings, batch_size or 16
        )
    except (ValueError, OSError) as error:
        raise VideoFailure(str(error)) from error
    how_read.update(record)
    advance(record['num_frames'], 1.0)
    if len(features):
        yield features


def _name_below(path: Path, root: Path) -> str:
    """Name a video by its path below a folder."""
    try:
        below = path.absolute().relative_to(root.absolute())
    except ValueError:
        raise ValueError(f'{path} does not lie below {root}, from where names start') from None
    return drop_extension(below.as_posix())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # a missing video is reported in its turn
