"""The scores file: what `test --dump` and `infer` write, and everything else reads.

`scores.schema.json` beside this module is its schema, ``docs/scores_file.md`` its description.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import fastjsonschema
import numpy as np

from mmvad.addresses import hide_in, number_names
from mmvad.clock import Clock
from mmvad.files import parse_json, read_json, write_json
from mmvad.scores.events import Event
from mmvad.scores.rule import EventRule, shortest_float
from mmvad.scores.scored_video import ScoredVideo, ScoreGap, check_complete
from mmvad.timeline import SEGMENT_FRAMES

VERSION = 2
UNITS = ('segment', 'video')
SCORINGS = ('bags', 'sliding')  # a score for each bag, or for each segment as the last of a bag


@dataclass(frozen=True, eq=False)
class ScoresFile:
    """Scored videos and what made their scores.

    Attributes:
        videos: No name comes twice.
        made_by: What scored them: detector, checkpoint, extractor, scoring, bag size, …; text,
            numbers, booleans and nulls.
        rule: What cut the events; None where none were cut.
        metainfo: Of the data set; empty where there is none.
        unit: ``'segment'``, or ``'video'`` where a score is that of a whole video, as from a
            recognizer.

    Raises:
        ValueError: A name comes twice, or a value is none of the allowed.

    Example:
        >>> scores = ScoresFile([ScoredVideo('a', [0.1, 0.9])])
        >>> write_scores('scores.json', scores)
        >>> read_scores('scores.json').videos[0].scores
        array([0.1, 0.9], dtype=float32)
    """

    videos: Sequence[ScoredVideo]
    made_by: Mapping = field(default_factory=dict)
    rule: EventRule | None = None
    metainfo: Mapping = field(default_factory=dict)
    unit: str = 'segment'

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f'unit must be one of {UNITS}, got {self.unit!r}')
        if self.videos:
            check_complete(self.videos)
        object.__setattr__(self, 'made_by', hide_in(dict(self.made_by)))
        if self.unit == 'video' and any(len(video.scores) > 1 for video in self.videos):
            raise ValueError("unit 'video' means one score a video")

    def cut(self, rule: EventRule) -> 'ScoresFile':
        """Give the same videos with the events of another rule.

        Raises:
            ValueError: The rule has a length in seconds and a frame rate is not known.
        """
        videos = [video.cut(rule) for video in self.videos]
        return ScoresFile(videos, self.made_by, rule, self.metainfo, self.unit)

    def with_videos(self, videos: Sequence[ScoredVideo]) -> 'ScoresFile':
        """Give a file of the same making with other videos."""
        return ScoresFile(videos, self.made_by, self.rule, self.metainfo, self.unit)


def ranking_of(made_by: Mapping) -> float | None:
    """Say with which segment ranking scores or a threshold were made.

    Args:
        made_by: Of a scores file, or a threshold file's content.

    Returns:
        γ; 0 where the scoring is known and γ is not, as in files older than the setting; None where
        neither is.

    Example:
        >>> ranking_of(dict(scoring='bags', segment_ranking=1.0)), ranking_of(dict(scoring='bags'))
        (1.0, 0.0)
    """
    known = made_by.get('scoring') is not None
    return made_by.get('segment_ranking', 0.0 if known else None)


def write_scores(path: str | Path, scores: ScoresFile) -> None:
    """Write a scores file, complete or not at all.

    Args:
        path: JSON file.
        scores: Scores and attention are written in the shortest form that is the same in float32.

    Raises:
        ValueError: `made_by` holds something else than text, numbers, booleans and nulls, or
            `metainfo` something that is no JSON; nothing is written then.
    """
    content = {
        'version': VERSION,
        'segment_frames': SEGMENT_FRAMES,
        'unit': scores.unit,
        'made_by': dict(scores.made_by),
        'rule': None if scores.rule is None else scores.rule.to_dict(),
        'metainfo': dict(scores.metainfo),
        'videos': [video_to_dict(video) for video in scores.videos],
    }
    check_schema(content)
    try:
        write_json(path, content)
    except TypeError as error:
        raise ValueError(f'metainfo cannot be written: {error}') from error


def read_scores(path: str | Path) -> ScoresFile:
    """Read a scores file of any version, or the log of a run that still goes on or was killed.

    Args:
        path: What `write_scores` or `ScoresLog` wrote, or an older dump or result document.

    Returns:
        The content, checked.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is none of these, or does not fit the schema; the text names file and place.
    """
    from mmvad.scores.old_formats import read_version_1
    from mmvad.scores.scores_log import read_log

    path = Path(path)
    content = _read_log_lines(path)
    try:
        if content is not None:
            return read_log(content)
        content = read_json(path, 'scores file')
        version = content.get('version') if isinstance(content, Mapping) else None
        if version == 1:
            return read_version_1(content)
        if version != VERSION:
            raise ValueError(f'expected a scores file of version {VERSION}, got {version!r}')
        check_schema(content)
        return _from_content(content)
    except ValueError as error:
        text = str(error)
        raise ValueError(text if text.startswith(str(path)) else f'{path}: {text}') from error


def check_schema(content: Mapping) -> None:
    """Hold the content of a file against `scores.schema.json`.

    Raises:
        ValueError: It does not fit; the text names the place.

    Example:
        >>> content = dict(version=2, segment_frames=16, unit='hour', made_by={}, rule=None)
        >>> check_schema(dict(content, metainfo={}, videos=[]))
        Traceback (most recent call last):
        ValueError: data.unit must be one of ['segment', 'video'], got 'hour'
    """
    try:
        _validator()(content)
    except fastjsonschema.JsonSchemaException as error:
        found = '' if isinstance(error.value, dict | list) else f', got {error.value!r:.80}'
        raise ValueError(f'{error.message}{found}') from None


@cache
def _validator():
    path = Path(__file__).with_name('scores.schema.json')
    return fastjsonschema.compile(json.loads(path.read_text(encoding='utf-8')))


def video_to_dict(video: ScoredVideo) -> dict:
    """Give a video in JSON types; what is not known is left out.

    Example:
        >>> video_to_dict(ScoredVideo('a', [0.1]))
        {'video': 'a', 'scores': [0.1]}
    """
    entry = {
        'video': video.name,
        'scores': [shortest_float(score) for score in video.scores],
        **({} if video.clock is None else video.clock.to_dict()),
        'label': video.label,
        'category': video.category,
        'annotated_events': _listed(video.annotated_events),
        'events': [asdict(event) for event in video.events],
        'attention': _shortest_rows(video.attention),
        'gaps': [asdict(gap) for gap in video.gaps],
        'started_at': None if video.started_at is None else video.started_at.isoformat(),
        'arrivals': None if video.arrivals is None else np.round(video.arrivals, 3).tolist(),
        'tail': video.tail,
        'segments_tolerance': video.segments_tolerance or None,
        'seconds_taken': video.seconds_taken,
        'incomplete': video.incomplete,
        'error': video.error,
    }
    needless = {key for key, value in entry.items() if value is None}
    needless |= {key for key in ('events', 'gaps') if not entry[key]}
    return {key: value for key, value in entry.items() if key not in needless}


def video_from_dict(entry: Mapping) -> ScoredVideo:
    """Make a video from what `video_to_dict` gave.

    Args:
        entry: Fits the schema.

    Raises:
        ValueError: The values do not fit each other; the text names the video.

    Example:
        >>> video_from_dict({'video': 'a', 'scores': [0.5], 'fps': 16}).clock.edges.tolist()
        [0.0, 1.0]
    """
    name, scores = entry['video'], entry['scores']
    try:
        clock = None
        if scores:
            parts = ('num_frames', 'fps', 'segment_times', 'source_frames')
            clock = Clock(len(scores), **{part: entry.get(part) for part in parts})
        started_at = entry.get('started_at')
        started_at = None if started_at is None else datetime.fromisoformat(started_at)
    except ValueError as error:
        raise ValueError(f'video {name!r}: {error}') from error
    known = ('label', 'category', 'annotated_events', 'attention', 'arrivals', 'tail')
    known += ('seconds_taken', 'incomplete', 'error')
    return ScoredVideo(
        name,
        scores,
        clock,
        events=tuple(Event(**event) for event in entry.get('events', ())),
        gaps=tuple(ScoreGap(**gap) for gap in entry.get('gaps', ())),
        segments_tolerance=entry.get('segments_tolerance', 0),
        started_at=started_at,
        **{key: entry.get(key) for key in known},
    )


def videos_from_dicts(entries: Sequence[Mapping]) -> list[ScoredVideo]:
    """Make the videos of a file; older ones hold addresses, which get numbers for names.

    Raises:
        ValueError: See `video_from_dict`.

    Example:
        >>> entries = [dict(video=f'rtsp://gate/live/{i}', scores=[0.5]) for i in (1, 2)]
        >>> [video.name for video in videos_from_dicts(entries)]
        ['rtsp://gate #1', 'rtsp://gate #2']
    """
    names = number_names(entry['video'] for entry in entries)
    return [
        video_from_dict(dict(entry, video=name)) for entry, name in zip(entries, names, strict=True)
    ]


def _from_content(content: Mapping) -> ScoresFile:
    return ScoresFile(
        videos_from_dicts(content['videos']),
        content['made_by'],
        None if content['rule'] is None else EventRule.from_dict(content['rule']),
        content['metainfo'],
        content['unit'],
    )


def _read_log_lines(path: Path) -> list[str] | None:
    """Give the lines of a scores log; None where the file is something else."""
    if not path.is_file():
        raise FileNotFoundError(f'no scores file at {path}')
    try:
        with path.open(encoding='utf-8') as file:
            first = parse_json(file.readline())
            if not isinstance(first, Mapping) or first.get('kind') != 'run':
                return None
            return [json.dumps(first), *file]
    except ValueError:
        return None


def _listed(intervals: Sequence[Sequence[int]] | None) -> list[list[int]] | None:
    return None if intervals is None else [list(interval) for interval in intervals]


def _shortest_rows(attention: np.ndarray | None) -> list[list[float]] | None:
    if attention is None:
        return None
    return [[shortest_float(weight) for weight in row] for row in attention]
