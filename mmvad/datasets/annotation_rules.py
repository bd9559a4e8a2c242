"""The rules that an annotation file keeps, and the length that its videos should have."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath, PureWindowsPath

from mmvad.timeline import SEGMENT_FRAMES, TAILS, count_segments

NORMAL = 'Normal'

SPLITS = ('train', 'val', 'test')
METAINFO_KEYS = ('dataset', 'split', 'tail', 'segments_tolerance', 'event_rule', 'source')
ENTRY_KEYS = ('video', 'num_frames', 'label', 'category', 'events')


def check_annotations(metainfo: Mapping, data_list: Sequence[Mapping], source: str) -> None:
    """Raise on the first thing that is wrong with the annotations of a split.

    Args:
        metainfo: `METAINFO_KEYS`.
        data_list: One mapping per video, `ENTRY_KEYS`.
        source: File name for the messages.

    Raises:
        ValueError: The metainfo or an entry breaks a rule (`check_entry`), the list is empty, or a
            video is listed twice.

    Example:
        >>> from mmvad.datasets.annotations import make_metainfo
        >>> check_annotations(make_metainfo('mine', 'holdout', None), [], 'a.json')
        Traceback (most recent call last):
        ValueError: a.json: metainfo split must be one of ('train', 'val', 'test'), got 'holdout'
    """
    _check_metainfo(metainfo, source)
    if not isinstance(data_list, Sequence) or isinstance(data_list, str):
        raise ValueError(f'{source}: data_list must be a list, got {type(data_list).__name__}')
    if not data_list:
        raise ValueError(f'{source}: data_list is empty, expected at least one video')
    seen = {}
    for index, entry in enumerate(data_list):
        place = f'{source}: entry {index}'
        check_entry(entry, metainfo['split'], place)
        if entry['video'] in seen:
            raise ValueError(
                f'{place} ({entry["video"]}): already listed as entry {seen[entry["video"]]}'
            )
        seen[entry['video']] = index


def check_entry(entry: Mapping, split: str, place: str) -> None:
    """Raise on the first thing that is wrong with one video's annotation.

    Args:
        entry: `ENTRY_KEYS`.
        split: One of `SPLITS`; a training video has no events, an anomalous test video has some.
        place: File and entry or line, for the messages.

    Raises:
        ValueError: A key is missing or unknown; a value has the wrong type or range; the path is
            absolute or leaves the video folder; label, category and events contradict each other;
            events are empty, unsorted, overlap or reach beyond the video.

    Example:
        >>> from mmvad.datasets.annotations import make_entry
        >>> check_entry(make_entry('../a', 'Normal'), 'train', 'a.csv, line 2')
        Traceback (most recent call last):
        ValueError: a.csv, line 2: video must be a plain path with / and without .., got '../a'
    """
    check_keys(entry, ENTRY_KEYS, place)
    _check_video(entry['video'], place)
    place = f'{place} ({entry["video"]})'
    _check_label(entry, place)
    _check_events(entry, split, place)


def check_keys(mapping: Mapping, expected: Sequence[str], place: str) -> None:
    """Check that a mapping has exactly the expected keys.

    Args:
        mapping: Anything that was read.
        expected: Names of the keys.
        place: File and entry, for the message.

    Raises:
        ValueError: It is not a mapping, or a key is missing or unknown.

    Example:
        >>> check_keys({'a': 1}, ['a', 'b'], 'x.json')
        Traceback (most recent call last):
        ValueError: x.json: expected exactly the keys ['a', 'b']; missing ['b'], unknown []
    """
    if not isinstance(mapping, Mapping):
        raise ValueError(f'{place}: expected an object, got {type(mapping).__name__}')
    missing = [key for key in expected if key not in mapping]
    unknown = [key for key in mapping if key not in expected]
    if missing or unknown:
        raise ValueError(
            f'{place}: expected exactly the keys {list(expected)}; '
            f'missing {missing}, unknown {unknown}'
        )


def length_problem(
    num_segments: int,
    num_frames: int | None,
    tail: str | None,
    segments_tolerance: int,
    events: Sequence[Sequence[int]],
) -> str | None:
    """Compare a video's segments with its frames, or with its events if the count is unknown.

    Args:
        num_segments: S, from the features or the scores.
        num_frames: From the annotation, None where unknown.
        tail: How the extractor counted segments, None where unknown.
        segments_tolerance: How many segments S may fall short: the data set's, and one more for a
            video that was trimmed to its audio.
        events: Of the annotation. The last one may lie past the segments by as many as they may
            fall short, and end one segment later, because an extractor may drop the end of a video.

    Returns:
        What does not fit, as a clause for a message, or None.

    Example:
        >>> length_problem(3, 64, 'ceil', 0, [])
        "expected 4 segments for 64 frames (tail 'ceil', tolerance 0), got 3"
    """
    if num_frames is not None and tail is not None:
        expected = count_segments(num_frames, tail)
        if not expected - segments_tolerance <= num_segments <= expected:
            return (
                f'expected {expected} segments for {num_frames} frames (tail {tail!r}, '
                f'tolerance {segments_tolerance}), got {num_segments}'
            )
        return None
    last = SEGMENT_FRAMES * num_segments
    covered = last + SEGMENT_FRAMES * segments_tolerance
    for start, end in events:
        if start >= covered or end > covered + SEGMENT_FRAMES:
            allowed = f', tolerance {segments_tolerance}' if segments_tolerance else ''
            return (
                f'event [{start}, {end}) lies beyond the {num_segments} segments '
                f'({last} frames{allowed})'
            )
    return None


def _check_metainfo(metainfo: Mapping, source: str) -> None:
    check_keys(metainfo, METAINFO_KEYS, f'{source}: metainfo')
    if metainfo['split'] not in SPLITS:
        raise ValueError(
            f'{source}: metainfo split must be one of {SPLITS}, got {metainfo["split"]!r}'
        )
    if metainfo['tail'] is not None and metainfo['tail'] not in TAILS:
        raise ValueError(
            f'{source}: metainfo tail must be null or one of {TAILS}, got {metainfo["tail"]!r}'
        )
    if not _is_count(metainfo['segments_tolerance']):
        raise ValueError(
            f'{source}: metainfo segments_tolerance must be a whole number from 0, '
            f'got {metainfo["segments_tolerance"]!r}'
        )
    for key in ('dataset', 'event_rule'):
        if not isinstance(metainfo[key], str):
            raise ValueError(f'{source}: metainfo {key} must be a string, got {metainfo[key]!r}')
    names = metainfo['source']
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError(f'{source}: metainfo source must be a list of file names, got {names!r}')
    for name in names:
        if '/' in name or '\\' in name:
            raise ValueError(
                f'{source}: metainfo source takes file names without folders, got {name!r}'
            )


def _check_video(video: str, place: str) -> None:
    if not isinstance(video, str) or not video:
        raise ValueError(f'{place}: video must be a non-empty string, got {video!r}')
    if PurePosixPath(video).is_absolute() or PureWindowsPath(video).anchor:
        raise ValueError(f'{place}: video must be relative to the video folder, got {video!r}')
    if '\\' in video or '..' in video.split('/') or str(PurePosixPath(video)) != video:
        raise ValueError(
            f'{place}: video must be a plain path with / and without .., got {video!r}'
        )


def _check_label(entry: Mapping, place: str) -> None:
    label, category = entry['label'], entry['category']
    if type(label) is not int or label not in (0, 1):
        raise ValueError(f'{place}: label must be 0 or 1, got {label!r}')
    if not isinstance(category, str) or not category:
        raise ValueError(f'{place}: category must be a non-empty string, got {category!r}')
    if (category == NORMAL) != (label == 0):
        raise ValueError(
            f'{place}: category {NORMAL!r} and label 0 belong together, '
            f'got label {label} with category {category!r}'
        )


def _check_events(entry: Mapping, split: str, place: str) -> None:
    num_frames, events = entry['num_frames'], entry['events']
    if num_frames is not None and not (_is_count(num_frames) and num_frames > 0):
        raise ValueError(
            f'{place}: num_frames must be null or a whole number from 1, got {num_frames!r}'
        )
    if not isinstance(events, list | tuple):
        raise ValueError(f'{place}: events must be a list, got {events!r}')
    if events and entry['label'] == 0:
        raise ValueError(f'{place}: a normal video has no events, got {events!r}')
    if events and split == 'train':
        raise ValueError(
            f'{place}: a training video has no events (its label is all that is known), '
            f'got {events!r}'
        )
    if not events and entry['label'] == 1 and split == 'test':
        raise ValueError(f'{place}: an anomalous test video needs at least one event')
    last_end = 0
    for event in events:
        if not isinstance(event, list | tuple) or len(event) != 2 or not all(map(_is_count, event)):
            raise ValueError(
                f'{place}: an event is [start, end] in whole frames from 0, got {event!r}'
            )
        start, end = event
        if start >= end:
            raise ValueError(f'{place}: event {event!r} is empty, start must lie before end')
        if start < last_end:
            raise ValueError(
                f'{place}: events must be sorted and must not overlap, '
                f'got {event!r} after one that ends at {last_end}'
            )
        last_end = end
    if num_frames is not None and events:
        _check_inside(events[-1], num_frames, place)


def _check_inside(event: Sequence[int], num_frames: int, place: str) -> None:
    # published ground truths label the padded tail of the last segment too
    limit = SEGMENT_FRAMES * count_segments(num_frames, 'ceil')
    if event[0] >= num_frames or event[1] > limit:
        raise ValueError(
            f'{place}: event {event!r} lies beyond the video of {num_frames} frames '
            f'(its padded last segment ends at {limit})'
        )


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0  # a bool is not a count
