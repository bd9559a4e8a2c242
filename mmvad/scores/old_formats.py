"""Reads the dumps and result documents of version 1."""

from collections.abc import Mapping

from mmvad.scores.rule import EventRule, rule_from_segments
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile, check_schema, videos_from_dicts
from mmvad.timeline import SEGMENT_FRAMES, count_segments

MADE_BY = {'mode': 'scoring'}  # keys of version 1 that have other names now
DUMP_KEYS = ('video', 'num_frames', 'num_segments', 'label', 'category', 'events', 'tail')
DUMP_KEYS += ('segments_tolerance', 'scores')


def read_version_1(content: Mapping) -> ScoresFile:
    """Read a dump of ``tools/test.py`` or a result document of ``tools/infer.py``.

    Args:
        content: Of the file, with ``version`` 1.

    Returns:
        The same as a scores file of today. Dumps say nothing of what made them, but for the
        scoring in bags. The rule is None where it counts segments and the videos of a document have
        no one frame rate. Annotated events that lie outside of a document's video, as those of
        resampled videos did, are not known.

    Raises:
        ValueError: It is neither, or does not fit; the text names the place.
    """
    if 'segment_frames' in content:
        return _read_document(content)
    if not isinstance(content.get('metainfo'), dict) or not isinstance(content.get('videos'), list):
        raise ValueError("neither a dump nor a result document: expected 'metainfo' and 'videos'")
    videos = [_dump_entry(index, entry) for index, entry in enumerate(content['videos'])]
    _check(videos)
    return ScoresFile(
        videos_from_dicts(videos),
        made_by=dict(scoring='bags'),
        metainfo=content['metainfo'],
    )


def _dump_entry(index: int, entry: object) -> dict:
    if not isinstance(entry, dict):
        raise ValueError(f'videos[{index}]: expected an object, got {type(entry).__name__}')
    if lacking := [key for key in DUMP_KEYS if key not in entry]:
        raise ValueError(f'videos[{index}] ({entry.get("video")!r}) lacks {lacking}')
    entry = {key: entry[key] for key in DUMP_KEYS}
    count, events = entry.pop('num_segments'), entry.pop('events')
    if not isinstance(entry['scores'], list) or count != len(entry['scores']):
        raise ValueError(
            f'video {entry["video"]!r}: expected one score for each of its {count!r} segments'
        )
    entry['annotated_events'] = events if events or entry['label'] == 0 else None
    return entry


def _read_document(content: Mapping) -> ScoresFile:
    keys = {'version', 'model', 'threshold', 'segment_frames', 'videos'}
    if content.keys() != keys or content['segment_frames'] != SEGMENT_FRAMES:
        raise ValueError(f'a result document has the keys {sorted(keys)}, got {sorted(content)}')
    if not isinstance(content['videos'], list) or not isinstance(content['model'], dict):
        raise ValueError('a result document has an object model and a list videos')
    entries = [_document_entry(entry) for entry in content['videos']]
    _check(entries)
    videos = videos_from_dicts([_drop_foreign_events(entry) for entry in entries])
    made_by = {MADE_BY.get(key, key): value for key, value in content['model'].items()}
    return ScoresFile(videos, made_by, _document_rule(content['threshold'], videos))


def _document_rule(settings: Mapping, videos: list[ScoredVideo]) -> EventRule | None:
    rates = {video.clock.fps for video in videos if video.error is None}
    fps = rates.pop() if len(rates) == 1 else None
    rule = rule_from_segments(settings, fps or 1.0)  # at any rate it is checked
    return rule if fps or not rule.needs_seconds else None


def _drop_foreign_events(entry: dict) -> dict:
    """Documents of resampled videos kept the events in frames of the source."""
    num_frames, events = entry.get('num_frames'), entry['annotated_events']
    if num_frames is None or not events or entry.get('incomplete') is not None:
        return entry
    padded = count_segments(num_frames, 'ceil') * SEGMENT_FRAMES
    outside = any(start >= num_frames or end > padded for start, end in events)
    return {**entry, 'annotated_events': None} if outside else entry


def _document_entry(entry: object) -> dict:
    if not isinstance(entry, dict) or not isinstance(entry.get('timing'), dict):
        raise ValueError(f'expected an object with timing as a video, got {entry!r:.80}')
    entry = dict(entry)
    count, timing = entry.pop('num_segments', None), entry.pop('timing')
    if not isinstance(entry.get('scores'), list) or count != len(entry['scores']):
        raise ValueError(f'video {entry.get("video")!r}: num_segments is {count!r}')
    entry['annotated_events'] = truth = entry.pop('ground_truth', None)
    entry['label'] = None if truth is None else int(bool(truth))
    entry['seconds_taken'] = timing.get('total_seconds')
    return entry


def _check(videos: list[dict]) -> None:
    check_schema(
        dict(
            version=2,
            segment_frames=SEGMENT_FRAMES,
            unit='segment',
            made_by={},
            rule=None,
            metainfo={},
            videos=videos,
        )
    )
