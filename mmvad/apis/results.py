"""The result document of an inference run: built, checked, written as JSON and CSV.

``docs/results.md`` describes every key.
"""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from mmvad.apis.events import (
    Event,
    EventRule,
    check_fps,
    check_length,
    check_scores,
    find_events,
    segment_frames,
    shortest_float,
)
from mmvad.fileio import atomic_path
from mmvad.timeline import SEGMENT_FRAMES

VERSION = 1
KEYS = {'version', 'model', 'threshold', 'segment_frames', 'videos'}
VIDEO_KEYS = {
    'video',
    'fps',
    'num_frames',
    'num_segments',
    'scores',
    'attention',
    'events',
    'ground_truth',
    'started_at',
    'arrivals',
    'gaps',
    'incomplete',
    'timing',
    'error',
}
GAP_KEYS = {'segment', 'seconds', 'attempts', 'reason'}
CSV_COLUMNS = (
    'video',
    'segment',
    'start_frame',
    'end_frame',
    'start_time',
    'end_time',
    'score',
    'event',
    'clock_time',
)


def video_result(
    video: str,
    scores: Sequence[float] | np.ndarray,
    rule: EventRule,
    num_frames: int | None = None,
    fps: float | None = None,
    attention: np.ndarray | None = None,
    ground_truth: Sequence[Sequence[int]] | None = None,
    *,
    started_at: datetime | None = None,
    arrivals: Sequence[float] | None = None,
    gaps: Sequence[Mapping] = (),
    incomplete: str | None = None,
    timing: Mapping[str, float] | None = None,
) -> dict:
    """Build the entry of a scored video; its events are cut here.

    Args:
        video: The path or address as it was given.
        scores: (S,) in [0, 1].
        rule: Settings of the events.
        num_frames: Frames of the video, where known.
        fps: Frames a second, where known.
        attention: (R, S) weight of each segment in its bag, one row a hop.
        ground_truth: Anomalous frames ``[start, end)``; None where not known, empty for none.
        started_at: When the first frame of a live source came, with its time zone.
        arrivals: (S,) seconds from then until the segments had come.
        gaps: What was lost of a live source, mappings of `GAP_KEYS`.
        incomplete: Why only the first part was scored; None where all of it was.
        timing: Named seconds and ratios.

    Returns:
        The entry. Scores and attention are rounded to float32.

    Raises:
        ValueError: An argument does not fit the others; the text names the video.

    Example:
        >>> entry = video_result('a.mp4', [0.1, 0.9], EventRule(), num_frames=20, fps=10)
        >>> entry['num_segments'], entry['events'][0]['start_time'], entry['events'][0]['end_time']
        (2, 1.6, 2.0)
    """
    try:
        breaks = [gap['segment'] for gap in gaps]
        events = find_events(scores, rule, num_frames, fps, breaks)
    except ValueError as error:
        raise ValueError(f'{video}: {error}') from error
    entry = {
        'video': str(video),
        'fps': None if fps is None else float(fps),
        'num_frames': num_frames,
        'num_segments': len(scores),
        'scores': [shortest_float(score) for score in scores],
        'attention': None if attention is None else _shortest_rows(attention),
        'events': [asdict(event) for event in events],
        'ground_truth': None if ground_truth is None else [list(map(int, e)) for e in ground_truth],
        'started_at': None if started_at is None else started_at.isoformat(timespec='milliseconds'),
        'arrivals': None if arrivals is None else list(arrivals),
        'gaps': [dict(gap) for gap in gaps],
        'incomplete': incomplete,
        'timing': dict(timing or {}),
        'error': None,
    }
    _check_video(str(video), entry)
    return entry


def failed_video(video: str, error: str) -> dict:
    """Build the entry of a video that could not be scored.

    Args:
        video: The path or address as it was given.
        error: What went wrong, for people.

    Returns:
        The entry, without scores.

    Example:
        >>> failed_video('a.mp4', 'no video stream')['error']
        'no video stream'
    """
    return {
        'video': str(video),
        'fps': None,
        'num_frames': None,
        'num_segments': 0,
        'scores': [],
        'attention': None,
        'events': [],
        'ground_truth': None,
        'started_at': None,
        'arrivals': None,
        'gaps': [],
        'incomplete': None,
        'timing': {},
        'error': str(error),
    }


def build_results(model: Mapping, rule: EventRule, videos: Sequence[Mapping]) -> dict:
    """Build the document of a run.

    Args:
        model: What scored the videos: names, files and settings, as text, numbers or null.
        rule: Settings of the events.
        videos: Entries of `video_result` and `failed_video`, in the order they were given.

    Returns:
        The document, checked.

    Raises:
        ValueError: It does not fit the schema.

    Example:
        >>> results = build_results({'detector': 'salient_ucf'}, EventRule(), [])
        >>> results['version'], results['segment_frames']
        (1, 16)
    """
    results = {
        'version': VERSION,
        'model': dict(model),
        'threshold': rule.to_dict(),
        'segment_frames': SEGMENT_FRAMES,
        'videos': list(videos),
    }
    check_results(results)
    return results


def check_results(results: Mapping) -> None:
    """Make sure that a document fits the schema of ``docs/results.md``.

    Args:
        results: The document.

    Raises:
        ValueError: It does not; the text names the place.

    Example:
        >>> check_results({'version': 7})
        Traceback (most recent call last):
        ...
        ValueError: expected results of version 1, got 7
    """
    if not isinstance(results, Mapping) or results.get('version') != VERSION:
        found = results.get('version') if isinstance(results, Mapping) else results
        raise ValueError(f'expected results of version {VERSION}, got {found!r}')
    _check_keys('results', results, KEYS)
    if results['segment_frames'] != SEGMENT_FRAMES:
        raise ValueError(
            f'expected segments of {SEGMENT_FRAMES} frames, got {results["segment_frames"]!r}'
        )
    model, videos = results['model'], results['videos']
    if not isinstance(model, Mapping) or not all(map(_is_plain, model.values())):
        raise ValueError(f'model must be an object of text, numbers and nulls, got {model!r}')
    EventRule.from_dict(results['threshold'])
    if not isinstance(videos, list):
        raise ValueError(f'videos must be a list, got {type(videos).__name__}')
    for index, entry in enumerate(videos):
        _check_keys(f'videos[{index}]', entry, VIDEO_KEYS)
        if not isinstance(entry['video'], str) or not entry['video']:
            raise ValueError(f'videos[{index}]: video must be a text, got {entry["video"]!r}')
        _check_video(entry['video'], entry)


def write_results(path: str | Path, results: Mapping) -> None:
    """Write a document as JSON, whole or not at all.

    Args:
        path: JSON file.
        results: What `build_results` gave.

    Raises:
        ValueError: It does not fit the schema.

    Example:
        >>> write_results('run.json', build_results({}, EventRule(), []))
        >>> read_results('run.json')['videos']
        []
    """
    check_results(results)
    text = json.dumps(results, allow_nan=False)  # ASCII: a file name may be no valid UTF-8
    with atomic_path(path) as draft:
        draft.write_text(text + '\n', encoding='utf-8')


def read_results(path: str | Path) -> dict:
    """Read a document and check it.

    Args:
        path: JSON file that `write_results` wrote.

    Returns:
        The document.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no JSON or does not fit the schema; the text names the file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'no results at {path}')
    try:
        results = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:  # malformed JSON or UTF-8
        raise ValueError(f'{path}: not a JSON file: {error}') from error
    try:
        check_results(results)
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from error
    return results


def write_results_csv(path: str | Path, results: Mapping) -> None:
    """Write one line a segment, with the columns of `CSV_COLUMNS`.

    Times are empty where the frame rate is not known, ``event`` where the segment is in none,
    ``clock_time`` for files.
    Videos without scores have no line.

    Args:
        path: CSV file, UTF-8.
        results: What `build_results` gave.

    Raises:
        ValueError: It does not fit the schema.

    Example:
        >>> entry = video_result('a.mp4', [0.1, 0.9], EventRule(), num_frames=20, fps=10)
        >>> write_results_csv('run.csv', build_results({}, EventRule(), [entry]))
        >>> print(Path('run.csv').read_text().strip())
        video,segment,start_frame,end_frame,start_time,end_time,score,event,clock_time
        a.mp4,0,0,16,0.0,1.6,0.1,,
        a.mp4,1,16,20,1.6,2.0,0.9,1,
    """
    check_results(results)
    how = dict(encoding='utf-8', errors='surrogateescape', newline='')  # file names as they are
    with atomic_path(path) as draft, draft.open('w', **how) as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(CSV_COLUMNS)
        for entry in results['videos']:
            writer.writerows(_csv_lines(entry))


def _csv_lines(entry: Mapping) -> list[list]:
    events = {
        segment: event['id']
        for event in entry['events']
        for segment in range(event['start_segment'], event['end_segment'])
    }
    lines = []
    for segment, score in enumerate(entry['scores']):
        frames = segment_frames(segment, entry['num_frames'])
        times = ['', ''] if entry['fps'] is None else [frame / entry['fps'] for frame in frames]
        clock = _clock_time(entry, segment)
        event = events.get(segment, '')
        lines.append([entry['video'], segment, *frames, *times, score, event, clock])
    return lines


def _clock_time(entry: Mapping, segment: int) -> str:
    if entry['started_at'] is None:
        return ''
    start = datetime.fromisoformat(entry['started_at'])
    clock = start + timedelta(seconds=entry['arrivals'][segment])
    return clock.isoformat(timespec='milliseconds')


def _shortest_rows(attention: np.ndarray) -> list[list[float]]:
    rows = np.asarray(attention, np.float32)
    if rows.ndim != 2:
        raise ValueError(f'expected attention of shape (R, S), got {rows.shape}')
    return [[shortest_float(weight) for weight in row] for row in rows]


def _check_video(name: str, entry: Mapping) -> None:
    """Check an entry whose keys are known to be there."""
    try:
        if entry['error'] is not None:
            _check_failed(entry)
        else:
            _check_scored(entry)
    except ValueError as error:
        raise ValueError(f'{name}: {error}') from error


def _check_failed(entry: Mapping) -> None:
    expected = failed_video(entry['video'], entry['error'])
    if not isinstance(entry['error'], str) or not entry['error']:
        raise ValueError(f'error must be a text or null, got {entry["error"]!r}')
    differing = [key for key in expected if entry[key] != expected[key]]
    if differing:
        raise ValueError(f'a video with an error has no scores, but {differing} are given')


def _check_scored(entry: Mapping) -> None:
    num_segments, num_frames = entry['num_segments'], entry['num_frames']
    if not isinstance(entry['scores'], list) or not all(map(_is_number, entry['scores'])):
        raise ValueError('scores must be a list of numbers')
    check_scores(entry['scores'])
    if not _is_count(num_segments) or num_segments != len(entry['scores']):
        raise ValueError(
            f'expected num_segments {len(entry["scores"])} for as many scores, got {num_segments!r}'
        )
    if num_frames is not None and not _is_count(num_frames):
        raise ValueError(f'num_frames must be a whole number or null, got {num_frames!r}')
    check_length(num_segments, num_frames)
    check_fps(entry['fps'])
    _check_attention(entry['attention'], num_segments)
    _check_ground_truth(entry['ground_truth'])
    _check_events(entry['events'], num_segments)
    _check_started_at(entry['started_at'])
    _check_arrivals(entry['arrivals'], entry['started_at'], num_segments)
    _check_gaps(entry['gaps'], num_segments)
    if not (entry['incomplete'] is None or isinstance(entry['incomplete'], str)):
        raise ValueError(f'incomplete must be a text or null, got {entry["incomplete"]!r}')
    timing = entry['timing']
    if not isinstance(timing, Mapping) or not all(map(_is_number, timing.values())):
        raise ValueError(f'timing must be an object of numbers, got {timing!r}')


def _check_attention(attention: object, num_segments: int) -> None:
    if attention is None:
        return
    if not isinstance(attention, list) or not all(
        isinstance(row, list) and len(row) == num_segments for row in attention
    ):
        raise ValueError(f'attention must be null or rows of {num_segments} weights, one a hop')
    if not all(_is_number(weight) and weight >= 0 for row in attention for weight in row):
        raise ValueError('attention weights must be numbers of at least 0')


def _check_ground_truth(intervals: object) -> None:
    if intervals is None:
        return
    if not isinstance(intervals, list) or not all(
        isinstance(pair, list | tuple)
        and len(pair) == 2
        and all(map(_is_count, pair))
        and pair[0] < pair[1]
        for pair in intervals
    ):
        raise ValueError(
            f'ground_truth must be null or frames [start, end) with 0 <= start < end, '
            f'got {intervals!r}'
        )


def _check_events(events: object, num_segments: int) -> None:
    if not isinstance(events, list):
        raise ValueError(f'events must be a list, got {type(events).__name__}')
    last = 0
    for number, event in enumerate(events, 1):
        _check_keys(f'events[{number - 1}]', event, set(Event.__dataclass_fields__))
        wrong = [key for key, value in event.items() if not (value is None or _is_number(value))]
        if wrong:
            raise ValueError(f'events[{number - 1}]: {wrong} must be numbers')
        start, end = event['start_segment'], event['end_segment']
        if event['id'] != number or not last <= start < end <= num_segments:
            raise ValueError(
                f'events must be numbered from 1, in order and within {num_segments} segments, '
                f'got number {event["id"]!r} over [{start!r}, {end!r})'
            )
        last = end


def _check_started_at(started_at: object) -> None:
    if started_at is None:
        return
    try:
        has_zone = datetime.fromisoformat(started_at).tzinfo is not None
    except (TypeError, ValueError):
        has_zone = False
    if not has_zone:
        raise ValueError(
            f'started_at must be null or an ISO 8601 time with its zone, got {started_at!r}'
        )


def _check_arrivals(arrivals: object, started_at: str | None, num_segments: int) -> None:
    if (arrivals is None) != (started_at is None):
        raise ValueError('started_at and arrivals are given together, or neither is')
    if arrivals is None:
        return
    if not isinstance(arrivals, list) or len(arrivals) != num_segments:
        raise ValueError(f'arrivals must be null or {num_segments} seconds, one a segment')
    if not all(_is_number(seconds) for seconds in arrivals):
        raise ValueError('arrivals must be numbers')


def _check_gaps(gaps: object, num_segments: int) -> None:
    if not isinstance(gaps, list):
        raise ValueError(f'gaps must be a list, got {type(gaps).__name__}')
    last = 0
    for number, gap in enumerate(gaps):
        _check_keys(f'gaps[{number}]', gap, GAP_KEYS)
        if not _is_count(gap['segment']) or not last <= gap['segment'] <= num_segments:
            raise ValueError(
                f'gaps must be in order and within {num_segments} segments, '
                f'got segment {gap["segment"]!r}'
            )
        last = gap['segment']
        seconds = gap['seconds']
        if not (seconds is None or (_is_number(seconds) and seconds >= 0)):
            raise ValueError(f'gaps[{number}]: seconds must be a number or null, got {seconds!r}')
        if not _is_count(gap['attempts']) or not isinstance(gap['reason'], str):
            raise ValueError(f'gaps[{number}]: expected attempts and a reason, got {gap!r}')


def _check_keys(place: str, found: object, expected: set[str]) -> None:
    if not isinstance(found, Mapping):
        raise ValueError(f'{place} must be an object, got {type(found).__name__}')
    if found.keys() != expected:
        raise ValueError(
            f'{place}: expected the keys {sorted(expected)}, differing are '
            f'{sorted(found.keys() ^ expected)}'
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | bool) or _is_number(value)
