"""A user's label table: video, label, category, split and events in seconds, one row a video."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmvad.datasets.annotation_rules import ANOMALY, NORMAL, check_entry
from mmvad.datasets.annotations import make_metainfo
from mmvad.datasets.converters.custom import csv_values, drop_extension
from mmvad.datasets.converters.source_files import note_video, read_lines
from mmvad.spelling import did_you_mean
from mmvad.video.frame_times import frames_between

COLUMNS = ('video', 'label', 'category', 'split', 'events')
NEEDED = ('video', 'label')
SPLITS = ('train', 'test', 'calibration')
LABELS = {'0': 0, 'normal': 0, '1': 1, 'anomalous': 1}
EVENT_RULE = 'source events are start-end in seconds: the frames shown from start to before end'
TIME = r'(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)'


@dataclass(frozen=True)
class Row:
    """One row of a label table.

    Attributes:
        place: File and line, for messages.
        video: As the table names it.
        label: 1 anomalous, 0 normal; None where it is empty.
        category: Kind of anomaly; empty where none is named.
        split: One of `SPLITS`; empty where none is named.
        events: Seconds ``(start, end)``, in order.
    """

    place: str
    video: str
    label: int | None
    category: str = ''
    split: str = ''
    events: tuple[tuple[float, float], ...] = ()


def read_table(path: str | Path) -> list[Row]:
    r"""Read a label table; values are separated by commas or by semicolons.

    Args:
        path: CSV file with the header ``video,label[,category][,split][,events]``, in any order.

    Returns:
        The rows; labels may be empty still.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The header or a row is malformed, or a video stands in two rows; the text names
            file and line.

    Example:
        >>> _ = Path('table.csv').write_text('video,label,events\na.mp4,1,3.5-7 1:02-1:09\n')
        >>> read_table('table.csv')[0].events
        ((3.5, 7.0), (62.0, 69.0))
    """
    header, rows, places = None, [], {}
    for place, line in read_lines(path):
        if header is None:
            delimiter = ';' if ';' in line and ',' not in line else ','
            header = _check_header(csv_values(line, place, delimiter), place)
            continue
        values = csv_values(line, place, delimiter)
        if len(values) != len(header):
            raise ValueError(f'{place}: expected {len(header)} values, got {len(values)}: {values}')
        row = _read_row(dict(zip(header, values, strict=True)), place)
        note_video(places, drop_extension(row.video), place)
        rows.append(row)
    if not rows:
        raise ValueError(f'{path}: there is no row after the header')
    return rows


def check_labels(rows: Sequence[Row]) -> None:
    """Make sure that every label is filled in.

    Raises:
        ValueError: One is empty; the text names file and line.

    Example:
        >>> check_labels([Row('table.csv, line 2', 'a.mp4', None)])
        Traceback (most recent call last):
        ValueError: table.csv, line 2: label of a.mp4 is empty, expected 0 (normal) or 1 (anomalous)
    """
    for row in rows:
        if row.label is None:
            raise ValueError(
                f'{row.place}: label of {row.video} is empty, expected 0 (normal) or 1 (anomalous)'
            )


def convert_rows(
    rows: Sequence[Row],
    split: str,
    dataset: str,
    source: str | Path,
    frame_times: Callable[[str], np.ndarray],
) -> tuple[dict, list[dict]]:
    """Translate the rows of one split.

    Args:
        rows: With splits.
        split: ``'train'`` or ``'test'``. Events of training videos stay in the table.
        dataset: Name of the data set.
        source: The table, for the metainfo.
        frame_times: Gives when the frames of a video are shown, see `read_frame_times`.

    Returns:
        Metainfo and entries for `mmvad.datasets.annotations.save_annotations`.

    Raises:
        ValueError: A row does not fit, such as an event that ends after its video; the text names
            file and line.
        OSError: A video cannot be read.
    """
    entries = []
    for row in rows:
        if row.split != split:
            continue
        entry = {
            'video': drop_extension(row.video),
            'num_frames': None,
            'label': row.label,
            'category': row.category or (ANOMALY if row.label else NORMAL),
            'events': _frames(row, frame_times) if split == 'test' else [],
        }
        check_entry(entry, split, row.place)
        entries.append(entry)
    return make_metainfo(dataset, split, None, event_rule=EVENT_RULE, source=[source]), entries


def _check_header(header: list[str], place: str) -> list[str]:
    header = [name.lower() for name in header]
    for name in header:
        if name not in COLUMNS:
            question = did_you_mean(name, COLUMNS)
            raise ValueError(
                f'{place}: there is no column {name!r}{question}; the header is '
                'video,label[,category][,split][,events]'
            )
    if len(set(header)) < len(header) or not set(NEEDED) <= set(header):
        raise ValueError(
            f'{place}: expected the header video,label[,category][,split][,events], '
            f'got {",".join(header)}'
        )
    return header


def _read_row(values: dict[str, str], place: str) -> Row:
    video = values['video'].replace('\\', '/')
    if not video:
        raise ValueError(f'{place}: video is empty')
    label = _choice(values['label'], LABELS, 'label', place)
    split = _choice(values.get('split', ''), SPLITS, 'split', place) or ''
    events = tuple(_read_event(text, place) for text in values.get('events', '').split())
    row = Row(
        place,
        video,
        None if label is None else LABELS[label],
        values.get('category', ''),
        split,
        tuple(sorted(events)),
    )
    if row.label == 0 and events:
        raise ValueError(f'{place}: {video} is normal and has events')
    if row.label == 1 and split == 'calibration':
        raise ValueError(f'{place}: {video} is anomalous; videos of split calibration are normal')
    if row.label == 1 and split == 'test' and not events:
        raise ValueError(
            f'{place}: {video} is an anomalous video of the test and has no events; say when they '
            'are (start-end in seconds), or move it to split train'
        )
    return row


def _choice(text: str, known: Collection[str], column: str, place: str) -> str | None:
    if not text:
        return None
    if text.lower() not in known:
        question = did_you_mean(text.lower(), known)
        raise ValueError(
            f'{place}: {column} must be one of {", ".join(known)}, got {text!r}{question}'
        )
    return text.lower()


def _read_event(text: str, place: str) -> tuple[float, float]:
    match = re.fullmatch(rf'{TIME}-{TIME}', text)
    if match is None:
        raise ValueError(
            f'{place}: an event is start-end in seconds, such as 3.5-7 or 1:02-1:09; got {text!r}'
        )
    hours, minutes, seconds = (
        [float(match[group] or 0) for group in (first, first + 3)] for first in (1, 2, 3)
    )
    start, end = (3600 * h + 60 * m + s for h, m, s in zip(hours, minutes, seconds, strict=True))
    if start >= end:
        raise ValueError(f'{place}: event {text} is empty, start must lie before end')
    return start, end


def _frames(row: Row, frame_times: Callable[[str], np.ndarray]) -> list[list[int]]:
    if not row.events:
        return []
    times, events = frame_times(row.video), []
    for start, end in row.events:
        try:
            first, after = frames_between(times, start, end)
        except ValueError as error:
            raise ValueError(
                f'{row.place}: event {start:g}-{end:g} of {row.video}: {error}'
            ) from None
        if events and first < events[-1][1]:
            raise ValueError(
                f'{row.place}: event {start:g}-{end:g} of {row.video} overlaps the one before'
            )
        events.append([first, after])
    return events
