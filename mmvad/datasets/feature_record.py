"""The record of a feature file: how it was made, and whether files may be mixed."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from mmengine.logging import print_log

from mmvad.clock import clock_of_record
from mmvad.files import read_json
from mmvad.timeline import SEGMENT_FRAMES, count_segments

FORMAT = 1
SUFFIX = '.record.json'
SHOWN = 3
# values that give the same features but for rounding; early records do not name the type
ROUNDING = {'dtype': ('float32', 'bfloat16', None)}


def record_path(feature_path: Path) -> Path:
    """Name the record of a feature file.

    Args:
        feature_path: The ``.npy`` file.

    Returns:
        The JSON file next to it.

    Example:
        >>> record_path(Path('gate/cam.1.npy')).as_posix()
        'gate/cam.1.record.json'
    """
    return feature_path.with_suffix(SUFFIX)


def read_record(path: Path) -> dict | None:
    """Read a record.

    Args:
        path: What `record_path` names.

    Returns:
        The record, or None where there is no such file.

    Raises:
        ValueError: The file is not a record, or has another format.
    """
    if not path.is_file():
        return None
    content = read_json(path, 'record')
    if not isinstance(content, dict) or content.get('format') != FORMAT:
        raise ValueError(f'{path}: expected a record of features of format {FORMAT}')
    for key in ('features', 'video'):
        if not isinstance(content.get(key) or {}, dict):
            raise ValueError(f'{path}: {key} must be an object, got {content[key]!r:.80}')
    if content.get('features'):
        content['features'] = current_words(content['features'])
    return content


def current_words(features: Mapping) -> dict:
    """Translate what an older record or checkpoint says of how features were made.

    Args:
        features: ``features`` of a record.

    Returns:
        The same in current terms: the modality ``'sound'`` is ``'audio'``.

    Example:
        >>> current_words(dict(modality='sound', tail='ceil'))
        {'modality': 'audio', 'tail': 'ceil'}
    """
    is_old = features.get('modality') == 'sound'
    return dict(features, modality='audio') if is_old else dict(features)


def scored_annotation(entry: Mapping, num_segments: int, record: Mapping | None) -> dict:
    """Convert an annotation to the frames that the features were cut from.

    Annotations count frames of the source; features of a video that was resampled do not.

    Args:
        entry: The video's annotation.
        num_segments: S of its features.
        record: Of its feature file; None, as for published files, means source frames.

    Returns:
        The entry, with ``events`` and ``num_frames`` converted where the record says that the
        video was resampled. An event stays inside the video and its padded last segment.

    Raises:
        ValueError: The annotation's ``num_frames`` is not that of the source, or the record's clock
            does not fit the segments.

    Example:
        >>> entry = dict(video='a', num_frames=300, events=[[150, 210]])
        >>> record = dict(video=dict(num_frames=250, fps=25, source_fps=30))
        >>> scored_annotation(entry, 16, record)
        {'video': 'a', 'num_frames': 250, 'events': [(125, 175)]}
    """
    video = None if record is None else record.get('video')
    if not video or (
        not video.get('source_frames') and video.get('fps') == video.get('source_fps')
    ):
        return dict(entry)
    clock = clock_of_record(num_segments, video)
    known = video.get('source_frames')
    source_frames = known[-1] if known else video['num_frames'] * video['source_fps'] / video['fps']
    num_frames = entry['num_frames']
    if num_frames is not None and abs(num_frames - source_frames) > SEGMENT_FRAMES:
        raise ValueError(
            f'num_frames counts frames of the source, which has {source_frames:.0f} according to '
            f'the record of its features, got {num_frames}'
        )
    last = video['num_frames'] - 1
    padded = SEGMENT_FRAMES * count_segments(last + 1, 'ceil')  # which an event may also label
    events = [
        (min(start, last), min(end, padded)) for start, end in clock.from_source(entry['events'])
    ]
    return dict(entry, num_frames=last + 1, events=events)


def differences(one: Mapping, other: Mapping) -> list[str]:
    """List where two ways of making features differ by more than rounding.

    Args:
        one: ``features`` of a record.
        other: ``features`` of another.

    Returns:
        One text per entry, ``"tail: 'ceil' and 'floor'"``; empty where the files may be mixed.

    Example:
        >>> differences(dict(tail='ceil', fps=None), dict(tail='floor', fps=None))
        ["tail: 'ceil' and 'floor'"]
    """
    return _differing(one, other, lambda name: not _rounds(name, one, other))


def rounding_differences(one: Mapping, other: Mapping) -> list[str]:
    """List where two ways of making features differ in what changes numbers by rounding only.

    That is the float type in which the network runs.

    Args:
        one: ``features`` of a record.
        other: ``features`` of another.

    Returns:
        One text per entry, as from `differences`; these are reported, not refused.

    Example:
        >>> rounding_differences(dict(dtype='float32'), dict(dtype='bfloat16'))
        ["dtype: 'float32' and 'bfloat16'"]
    """
    return _differing(one, other, lambda name: _rounds(name, one, other))


def _rounds(name: str, one: Mapping, other: Mapping) -> bool:
    return name in ROUNDING and all(record.get(name) in ROUNDING[name] for record in (one, other))


def _differing(one: Mapping, other: Mapping, counts: Callable[[str], bool]) -> list[str]:
    one, other = current_words(one), current_words(other)
    return [
        f'{name}: {one.get(name)!r} and {other.get(name)!r}'
        for name in {**one, **other}
        if one.get(name) != other.get(name) and counts(name)
    ]


def extractor_weights(feature_path: Path) -> str | None:
    """Find out with which weights a feature file was made.

    Args:
        feature_path: The ``.npy`` file.

    Returns:
        Where they came from, as for display, ``'random, seed 0'`` for drawn ones; None where
        nothing says it.

    Raises:
        ValueError: See `read_record`.

    Example:
        >>> extractor_weights(Path('no_record_here.npy')) is None
        True
    """
    found = (read_record(record_path(feature_path)) or {}).get('weights')
    return found if isinstance(found, str) else None


def common_record(feature_paths: Iterable[Path]) -> dict | None:
    """Find out how some feature files were all made.

    Args:
        feature_paths: The ``.npy`` files.

    Returns:
        ``features`` of the first record; None where none of them has a record, as published files.
        Files that differ by rounding only are reported in the log.

    Raises:
        ValueError: They were made differently, or only some have a record; the message names the
            first files and the differences.
    """
    first, found, others, rounded, unrecorded = None, None, [], [], []
    for path in feature_paths:
        record = read_record(record_path(path))
        if record is None:
            unrecorded.append(path)
        elif found is None:
            first, found = path, record['features']
        elif differences(found, record['features']):
            others.append((path, record['features']))
        elif rounding_differences(found, record['features']):
            rounded.append((path, record['features']))
    if found is None:
        return None
    if others:
        path, features = others[0]
        raise ValueError(
            f'feature files were made differently and may not be mixed: {first} and {path} differ '
            f'in {"; ".join(differences(found, features))} '
            f'({len(others)} files differ from the first)'
        )
    if unrecorded:
        names = ', '.join(map(str, unrecorded[:SHOWN])) + (' …' if unrecorded[SHOWN:] else '')
        raise ValueError(
            f'{len(unrecorded)} feature files have no record of how they were made, the others '
            f'do, for instance {first}; whether they fit is unknown: {names}'
        )
    if rounded:
        path, features = rounded[0]
        print_log(
            f'{len(rounded)} feature files differ from {first} by rounding only, the first is '
            f'{path}: {"; ".join(rounding_differences(found, features))}',
            logger='current',
        )
    return found
