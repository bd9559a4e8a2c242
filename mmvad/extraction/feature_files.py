"""Feature files on disk: written completely with their records, kept while valid."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from mmvad import temporary_files
from mmvad.datasets.array_writer import ArrayWriter
from mmvad.datasets.feature_record import read_record, record_path
from mmvad.datasets.npy import open_array
from mmvad.files import atomic_path, write_json

# What decides whether a file is extracted again, besides the bytes of the feature file itself.
MADE_FROM = ('features', 'reading', 'source')


def write_features(
    target: Path, pieces: Iterable[np.ndarray], describe: Callable[[int], dict]
) -> None:
    """Write one feature file, complete or not at all, then its record.

    Args:
        target: The feature file.
        pieces: Its consecutive parts (n, …), at least one.
        describe: Returns the record of a file of that many segments, once all pieces are written.

    Raises:
        ValueError: There is no piece.
        OSError: A file cannot be written.
    """
    with atomic_path(target) as temporary:
        writer = None
        for features in pieces:
            if writer is None:
                writer = ArrayWriter(temporary, features.shape[1:])
            writer.append(features)
        if writer is None:
            raise ValueError(f'{target}: there are no features to write')
        writer.close()
        record_path(target).unlink(missing_ok=True)  # an old record must not describe the new file
    write_json(record_path(target), describe(writer.num_rows), indent=1)


def is_up_to_date(target: Path, made_from: dict) -> bool:
    """Find out whether a feature file is complete and was made in this way.

    Args:
        target: The feature file.
        made_from: What the keys `MADE_FROM` of its record should hold.

    Returns:
        Whether it may stay.
    """
    record = _whole_record(target)
    return record is not None and all(record.get(key) == made_from[key] for key in MADE_FROM)


def _whole_record(target: Path) -> dict | None:
    """Read the record of a feature file; None where either is incomplete or missing."""
    try:
        record = read_record(record_path(target))
        is_whole = record is not None and len(open_array(target)) == record['segments']
        return record if is_whole else None
    except (OSError, ValueError, KeyError):
        return None


def keep_whole(target: Path) -> str:
    """Remove incomplete features of a video that failed, and say what stays.

    A complete feature file is never removed: its record says what it was made from, which may be a
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
    except (FileNotFoundError, ValueError):  # the record goes first: it must not outlive its file
        record_path(target).unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        return f'; {target.name} was damaged and is removed' if is_there else ''
    return f'; {target.name} stays, but its record is of another file or damaged'


def remove_leftovers(out: Path) -> None:
    """Remove what killed runs left, below a folder; other processes may be working there.

    Args:
        out: Folder of the feature files.
    """
    for folder, _, _ in os.walk(out):
        temporary_files.remove_leftovers(Path(folder))
