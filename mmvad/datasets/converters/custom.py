"""A user's own videos: a CSV table, or lines of file, category, events and frames."""

import csv
from collections.abc import Iterator
from pathlib import Path

from mmvad.datasets.annotation_rules import ANOMALY, NORMAL, check_entry
from mmvad.datasets.annotations import make_entry, make_metainfo
from mmvad.datasets.converters.source_files import (
    frame_number,
    note_video,
    pair_events,
    read_lines,
    split_event_line,
)

COLUMNS = ('video', 'label', 'category', 'num_frames', 'events')
EXTENSIONS = ('.mp4', '.avi', '.mkv', '.mov', '.webm', '.mpg', '.mpeg', '.m4v', '.wmv', '.flv')
CSV_RULE = 'source events are start:end, 0-based, end not included: written unchanged'
LINES_RULE = 'source events count both ends, 0-based: written as [start, end + 1)'


def convert(
    path: str | Path,
    split: str,
    dataset: str = 'custom',
    tail: str | None = 'ceil',
    folder: str = '',
) -> tuple[dict, list[dict]]:
    """Translate a file of either form: ``.csv`` is a table, everything else is lines.

    Args:
        path: See `read_csv` and `read_event_lines`.
        split: ``'train'``, ``'val'`` or ``'test'``.
        dataset: Name of the data set.
        tail: How the feature extractor counts segments; None leaves lengths unchecked.
        folder: Folder of this split's files, below the video folder.

    Returns:
        Metainfo and entries for `mmvad.datasets.annotations.save_annotations`.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A line is malformed, a video is listed twice, or an event lies beyond its video.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, 'train.txt')
        ...     _ = path.write_text('Fighting001.mp4  Fighting  178')
        ...     metainfo, data_list = convert(path, 'train', 'surveillance')
        >>> data_list[0]['video'], data_list[0]['label'], data_list[0]['num_frames']
        ('Fighting001', 1, 178)
    """
    table = Path(path).suffix.lower() == '.csv'
    data_list, places = [], {}
    for place, entry in read_csv(path) if table else read_event_lines(path):
        if folder:
            entry['video'] = f'{folder}/{entry["video"]}'
        check_entry(entry, split, place)
        _check_inside(entry, place)
        note_video(places, entry['video'], place)
        data_list.append(entry)
    rule = CSV_RULE if table else LINES_RULE
    return make_metainfo(dataset, split, tail, event_rule=rule, source=[path]), data_list


def read_csv(path: str | Path) -> Iterator[tuple[str, dict]]:
    r"""Read a table with the header ``video,label[,category][,num_frames][,events]``.

    Args:
        path: CSV file. ``label`` is 0 or 1; an empty category is ``Normal`` or ``Anomaly`` by the
            label; ``events`` are ``start:end`` pairs separated by spaces, 0-based, end not
            included, as in a Python slice.

    Yields:
        ``'file, line 3'`` and the entry.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The header or a line is malformed.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, 'test.csv')
        ...     _ = path.write_text('video,label,events\ngate/a.mp4,1,3:9 20:24')
        ...     ((place, entry),) = read_csv(path)
        >>> entry['video'], entry['category'], entry['events']
        ('gate/a', 'Anomaly', [[3, 9], [20, 24]])
    """
    header = None
    for place, line in read_lines(path):
        values = csv_values(line, place)
        if header is None:
            header = _check_header(values, place)
        elif len(values) != len(header):
            raise ValueError(f'{place}: expected {len(header)} values, got {len(values)}: {values}')
        else:
            yield place, _row_entry(dict(zip(header, values, strict=True)), place)


def read_event_lines(path: str | Path) -> Iterator[tuple[str, dict]]:
    """Read lines ``file category frames`` or ``file category start end [start end ...] frames``.

    Args:
        path: Text file, fields separated by white space. Events are 0-based and count both ends,
            ``-1 -1`` means none; the category ``Normal`` is label 0, every other one label 1.

    Yields:
        ``'file, line 3'`` and the entry.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A line is malformed.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, 'test.txt')
        ...     _ = path.write_text('Fighting101.mp4  Fighting  100  159  -1  -1  220')
        ...     ((place, entry),) = read_event_lines(path)
        >>> entry['events']
        [[100, 160]]
    """
    for place, line in read_lines(path):
        file, category, numbers = split_event_line(line, place)
        *ends, num_frames = numbers
        events = [[start, end + 1] for start, end in pair_events(ends, place)]
        yield place, make_entry(drop_extension(file), category, num_frames, events)


def csv_values(line: str, place: str, delimiter: str = ',') -> list[str]:
    """Split a line of a table.

    Args:
        line: Values, quoted where they hold the delimiter.
        place: File and line, for the message.
        delimiter: Between two values.

    Returns:
        The values without surrounding white space.

    Raises:
        ValueError: The line is malformed.

    Example:
        >>> csv_values('"gate, left.mp4", 1', 'a.csv, line 2')
        ['gate, left.mp4', '1']
    """
    try:
        (values,) = csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True)
    except csv.Error as error:
        raise ValueError(f'{place}: not a line of a CSV table: {error}, got {line!r}') from None
    return [value.strip() for value in values]


def drop_extension(file: str) -> str:
    """Drop the extension of a video container; other dots belong to the name.

    Args:
        file: File name or path.

    Returns:
        The name that features and annotations go by.

    Example:
        >>> drop_extension('gate/cam1.2024.MP4'), drop_extension('cam1.2024')
        ('gate/cam1.2024', 'cam1.2024')
    """
    suffix = Path(file).suffix
    return file.removesuffix(suffix) if suffix.lower() in EXTENSIONS else file


def _check_header(header: list[str], place: str) -> list[str]:
    known = set(header) <= set(COLUMNS) and len(set(header)) == len(header)
    if not known or not {'video', 'label'} <= set(header):
        raise ValueError(
            f'{place}: expected the header video,label[,category][,num_frames][,events], '
            f'got {",".join(header)}'
        )
    return header


def _row_entry(row: dict[str, str], place: str) -> dict:
    for column in ('label', 'num_frames'):
        text = row.get(column, '')
        if text and not text.isdecimal():
            raise ValueError(f'{place}: {column} must be a whole number, got {text!r}')
    if not row['label']:
        raise ValueError(f'{place}: label is empty, expected 0 or 1')
    label = frame_number(row['label'], place)
    category = row.get('category') or (ANOMALY if label else NORMAL)
    num_frames = row.get('num_frames')
    num_frames = frame_number(num_frames, place) if num_frames else None
    events = [_slice_event(text, place) for text in row.get('events', '').split()]
    entry = make_entry(drop_extension(row['video']), category, num_frames, events)
    return {**entry, 'label': label}  # the table's own label, checked against the category later


def _slice_event(text: str, place: str) -> list[int]:
    start, _, end = text.partition(':')
    if not start.isdecimal() or not end.isdecimal():
        raise ValueError(f'{place}: an event is start:end in whole frames, got {text!r}')
    return [frame_number(start, place), frame_number(end, place)]


def _check_inside(entry: dict, place: str) -> None:
    for start, end in entry['events']:
        if entry['num_frames'] is not None and end > entry['num_frames']:
            raise ValueError(
                f'{place} ({entry["video"]}): event [{start}, {end}) lies beyond the video of '
                f'{entry["num_frames"]} frames'
            )
