"""The log of a run: one JSON line for each thing that happens, written at once.

A run that is killed loses nothing, a run of weeks holds nothing in memory, and `read_scores` reads
the log while it grows. ``docs/scores_file.md`` describes the lines.
"""

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from mmvad.addresses import hide_addresses, number_names, shown_name
from mmvad.clock import Clock
from mmvad.files import parse_json
from mmvad.scores.events import EventChange
from mmvad.scores.rule import EventRule, shortest_float
from mmvad.scores.scored_video import ScoredVideo, ScoreGap, failed_video
from mmvad.scores.scores_file import (
    VERSION,
    ScoresFile,
    check_schema,
    video_from_dict,
    video_to_dict,
)
from mmvad.timeline import SEGMENT_FRAMES

RUNNING = 'the run has not ended, or was killed'


class ScoresLog:
    """Appends to the log of a run; each line is on its way to the disk when a method returns.

    A log that is there already is kept under a name with its time.

    Args:
        path: File, ``….jsonl``; its folder is made where it is missing.
        made_by: See `ScoresFile`.
        rule: What cuts the events.

    Raises:
        OSError: The file cannot be written.

    Example:
        >>> with ScoresLog('scores.jsonl', {}, EventRule()) as log:
        ...     log.video(ScoredVideo('a', [0.5]))
        >>> from mmvad.scores.scores_file import read_scores
        >>> read_scores('scores.jsonl').videos[0].name
        'a'
    """

    def __init__(self, path: str | Path, made_by: Mapping, rule: EventRule) -> None:
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.stat().st_size:
            time = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            path.rename(path.with_stem(f'{path.stem}-{time:%Y%m%dT%H%M%S.%f}'))
        self.path = path
        self._file = path.open('w', encoding='utf-8')
        self._line('run', version=VERSION, made_by=dict(made_by), rule=rule.to_dict())

    def __enter__(self) -> 'ScoresLog':
        return self

    def __exit__(self, *exc_info) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def video(self, video: ScoredVideo) -> None:
        """Add a video that is scored to its end, or could not be."""
        self._line('video', **video_to_dict(video))

    def source(self, name: str, fps: float | None, started_at: datetime | None) -> None:
        """Begin a source whose segments follow one by one."""
        started = None if started_at is None else started_at.isoformat()
        self._line('source', video=shown_name(name), fps=fps, started_at=started)

    def segment(
        self,
        segment: int,
        time: float | None,
        score: float,
        attention: Sequence[float] | None,
        arrival: float | None,
    ) -> None:
        """Add a segment: its number, its start in seconds, score, weights a hop, arrival."""
        self._line(
            'segment',
            segment=segment,
            time=time,
            score=shortest_float(score),
            attention=None if attention is None else [shortest_float(each) for each in attention],
            arrival=None if arrival is None else round(arrival, 3),
        )

    def gap(self, gap: ScoreGap) -> None:
        """Add a place where the source was lost."""
        self._line('gap', **asdict(gap))

    def event(self, change: EventChange) -> None:
        """Add what a score changed."""
        self._line('event', change=change.kind, **asdict(change.event))

    def end(
        self,
        num_frames: int | None = None,
        incomplete: str | None = None,
        end_time: float | None = None,
    ) -> None:
        """End the source: its frames, why it is incomplete, seconds at which its last one ends."""
        shown = incomplete and hide_addresses(incomplete)
        self._line('end', num_frames=num_frames, incomplete=shown, end_time=end_time)

    def _line(self, kind: str, **values: object) -> None:
        # ASCII: a file name may be no valid UTF-8
        line = json.dumps({'kind': kind, **values}, allow_nan=False) + '\n'
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            reason = f'{self.path}: {len(line)} bytes cannot be written: {error.strerror}'
            raise OSError(error.errno, reason) from error


def read_log(lines: Sequence[str]) -> ScoresFile:
    """Put the lines of a log together.

    Args:
        lines: Of the file. The last one may be cut off, as a kill in the midst of writing leaves
            it, and is left out then.

    Returns:
        The videos so far. A source that has no end yet says so in `ScoredVideo.incomplete`.

    Raises:
        ValueError: A line is none of a log; the text names its number.
    """
    head = parse_json(lines[0])
    if head.get('version') != VERSION:
        raise ValueError(f'expected a log of version {VERSION}, got {head.get("version")!r}')
    made_by = head.get('made_by')
    check_schema(_schema_example(made_by))
    reader = _Reader(EventRule.from_dict(head.get('rule')))
    for number, line in enumerate(lines[1:], 2):
        if not line.endswith('\n'):
            break
        try:
            reader.take(parse_json(line))
        except KeyError as error:
            raise ValueError(f'line {number}: lacks {error}') from error
        except (TypeError, ValueError) as error:
            raise ValueError(f'line {number}: {error!s:.200}') from error
    reader.close_source()
    return ScoresFile(reader.videos, made_by, reader.rule)


def _schema_example(made_by: object, *videos: Mapping) -> dict:
    """Put videos into a file, so that the schema can be held against it."""
    head = dict(version=VERSION, segment_frames=SEGMENT_FRAMES, unit='segment')
    return dict(**head, made_by=made_by, rule=None, metainfo={}, videos=list(videos))


class _Reader:
    """Puts lines together to videos."""

    def __init__(self, rule: EventRule) -> None:
        self.rule = rule
        self.videos: list[ScoredVideo] = []
        self._given: list[str] = []  # names as they stand in the log
        self._source: _Source | None = None  # that has begun and not ended

    def take(self, values: object) -> None:
        """Take the next line."""
        if not isinstance(values, dict):
            raise ValueError(f'expected an object, got {type(values).__name__}')
        kind = values.pop('kind', None)
        if kind == 'video':
            check_schema(_schema_example({}, values))
            self.videos.append(video_from_dict(dict(values, video=self._name(values['video']))))
        elif kind == 'source':
            self.close_source()
            self._source = _Source(dict(values, video=self._name(values['video'])))
        elif self._source is not None and kind in ('segment', 'gap', 'event', 'end'):
            getattr(self._source, kind)(values)
            if kind == 'end':
                self.close_source()
        else:
            raise ValueError(f'no line of kind {kind!r} belongs here')

    def _name(self, given: str) -> str:
        self._given.append(given)
        return number_names(self._given)[-1]

    def close_source(self) -> None:
        """Let no line be added to the source any more."""
        if self._source is not None:
            self.videos.append(self._source.video().cut(self.rule))
        self._source = None


class _Source:
    """Collects the lines of one source."""

    def __init__(self, values: Mapping) -> None:
        self._name, self._fps = values['video'], values['fps']
        started = values['started_at']
        self._started_at = None if started is None else datetime.fromisoformat(started)
        self._scores, self._attention = array('f'), array('f')  # 4 bytes a number
        self._times, self._arrivals = array('d'), array('d')
        self._num_weights, self._known = 0, []
        self._gaps: list[ScoreGap] = []
        self._num_frames: int | None = None
        self._incomplete: str | None = RUNNING
        self._end_time: float | None = None

    def segment(self, values: Mapping) -> None:
        """Take the next segment."""
        if values['segment'] != len(self._scores):
            raise ValueError(f'expected segment {len(self._scores)}, got {values["segment"]}')
        weights = values['attention'] or ()
        known = [name for name in ('time', 'arrival') if values[name] is not None]
        if not self._scores:
            self._num_weights, self._known = len(weights), known
        if (len(weights), known) != (self._num_weights, self._known):
            raise ValueError(
                f'expected {self._num_weights} weights and known {self._known} as in segment 0, '
                f'got {len(weights)} and {known}'
            )
        self._scores.append(values['score'])
        self._attention.extend(weights)
        if values['time'] is not None:
            self._times.append(values['time'])
        if values['arrival'] is not None:
            self._arrivals.append(values['arrival'])

    def gap(self, values: Mapping) -> None:
        """Take a gap; a pending one is repeated when the source is back."""
        gap = ScoreGap(**values)
        if self._gaps and self._gaps[-1].segment == gap.segment and self._gaps[-1].seconds is None:
            self._gaps.pop()
        self._gaps.append(gap)

    def event(self, values: Mapping) -> None:
        """Pass over an event: the rule cuts them again, to the same ones."""

    def end(self, values: Mapping) -> None:
        """Take the end."""
        self._num_frames, self._incomplete = values['num_frames'], values['incomplete']
        self._end_time = values.get('end_time')

    def video(self) -> ScoredVideo:
        """Give the video so far."""
        count = len(self._scores)
        if not count:
            return failed_video(self._name, self._incomplete or 'no segment was scored')
        return ScoredVideo(
            self._name,
            np.array(self._scores, np.float32),
            self._clock(count),
            attention=self._weights(count),
            gaps=tuple(self._gaps),
            started_at=self._started_at,
            arrivals=None if self._started_at is None else np.array(self._arrivals),
            incomplete=self._incomplete,
        )

    def _clock(self, count: int) -> Clock:
        clock = Clock(count, self._num_frames, self._fps)
        times = np.array(self._times)
        if len(times) != count or (
            clock.edges is not None and np.allclose(times, clock.edges[:-1], atol=1e-5, rtol=0)
        ):
            return clock
        last = self._end_time
        if last is None:  # as long as the segment before, as far as anyone knows
            average = SEGMENT_FRAMES / self._fps if self._fps else 0
            last = times[-1] + (times[-1] - times[-2] if count > 1 else average)
        return Clock(count, self._num_frames, self._fps, np.append(times, last))

    def _weights(self, count: int) -> np.ndarray | None:
        weights = np.array(self._attention, np.float32)
        return weights.reshape(count, -1).T if len(weights) else None  # (R, S)
