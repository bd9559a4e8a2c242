"""Scores a live source, and tells and logs its segments and events as they come."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from mmvad.addresses import Address, as_source, hide_addresses, shown_name
from mmvad.apis.inferencer import AnomalyInferencer, Source
from mmvad.apis.segment_stream import SegmentScore, SegmentStream
from mmvad.cli.live_lines import LagWatch, describe_change, describe_gap, describe_score
from mmvad.extraction.settings import ClipSettings
from mmvad.files import printable
from mmvad.scores.events import EventChange, EventMachine
from mmvad.scores.scored_video import ScoreGap
from mmvad.scores.scores_log import ScoresLog
from mmvad.video.live import is_awaited, read_camera, reconnecting, wait_until_open

Say = Callable[[str], None]


def say_at_once(line: str) -> None:
    """Print a line that a pipe does not hold back."""
    print(printable(line), flush=True)


def watch(
    inferencer: AnomalyInferencer,
    source: str | Address,
    log_path: Path | None = None,
    fps: float | None = None,
    reconnects: int | None = 10,
    say: Say = say_at_once,
    sleep: Callable[[float], None] = time.sleep,
) -> int | None:
    """Open a live source, wait for it where it is down, and score it as it comes.

    Args:
        inferencer: What scores; it has an extractor.
        source: See `open_live`.
        log_path: See `score_live`.
        fps: Frames a second of a source that does not say it; of a camera also if it does.
        reconnects: Attempts without a frame after which a camera is given up; None for no end.
        say: Takes a line.
        sleep: Waits; for tests.

    Returns:
        What `score_live` gives; None for an interrupt while nothing had come.

    Raises:
        VideoError, ValueError, OSError, RuntimeError: See `open_live` and `score_live`.
    """
    inferencer.check_streams()
    try:
        opened, rate = open_live(source, inferencer.extractor.settings, reconnects, say, sleep)
    except KeyboardInterrupt:
        say(f'{source}: interrupted before it gave a frame')
        return None
    return score_live(inferencer, opened, str(source), log_path, fps or rate, say)


def score_live(
    inferencer: AnomalyInferencer,
    source: Source,
    name: str,
    log_path: Path | None = None,
    fps: float | None = None,
    say: Say = say_at_once,
) -> int:
    """Score one source as it comes, with a line for every segment and every event.

    Each line of the log is written at once: a run that is killed loses nothing, and a long one
    holds nothing in memory.

    Args:
        inferencer: What scores.
        source: What `AnomalyInferencer.stream` takes.
        name: Of the source; of an address, what may be shown of it stays.
        log_path: Log of the scores; None keeps none.
        fps: Frames a second, for the times.
        say: Takes a line.

    Returns:
        1 where the source broke down, else 0. An interrupt (Ctrl-C) is the usual end.

    Raises:
        ValueError: The rule of the events has a length in seconds and the frame rate is not known.
        OSError: The log cannot be written.
        RuntimeError: The network fails; what was scored until then is in the log.
    """
    name = shown_name(name)
    stream = inferencer.stream(source, fps)
    if inferencer.rule.needs_seconds and stream.runs.fps is None:
        raise ValueError(
            f'{name} does not say its frame rate, which the rule of the events needs; --fps gives '
            'it'
        )
    log = log_path and ScoresLog(log_path, inferencer.made_by, inferencer.rule)
    watch = LiveRun(stream, EventMachine(inferencer.rule), name, log, say)
    incomplete, status = None, 0
    try:
        for score in stream:
            watch.take(score)
    except KeyboardInterrupt:
        incomplete = 'interrupted'
    except (ValueError, OSError) as error:
        incomplete, status = hide_addresses(str(error)), 1
    except Exception as error:
        watch.end(f'{type(error).__name__}: {error}')
        raise
    if incomplete is not None:
        watch.ends()
        for score in stream.rest():
            watch.take(score)
        stream.close()
    watch.end(incomplete)
    return status


class LiveRun:
    """Logs and tells what comes from a live source: segments, gaps, events, how far it lags.

    What is told is in the log before.

    Args:
        stream: Of the source.
        machine: Cuts its events.
        name: Of the source.
        log: None keeps none.
        say: Takes a line.
    """

    def __init__(
        self,
        stream: SegmentStream,
        machine: EventMachine,
        name: str,
        log: ScoresLog | None,
        say: Say,
    ) -> None:
        self._stream = stream
        self._machine = machine
        self._name = name
        self._log = log
        self._say = say
        self._begun = self._ends = False
        self._next = 0  # segment
        self._end_time: float | None = None  # of the last one
        self._gaps_told, self._lost = 0, 0.0  # seconds of the gaps
        self._watch = LagWatch()
        stream.on_gap = lambda reason: self._tell(f'{reason}; the run goes on')

    def take(self, score: SegmentScore) -> None:
        """Take the next score; one that comes again after an interrupt is passed over."""
        if score.segment < self._next:
            return
        runs = self._stream.runs
        if not self._begun and self._log:
            self._log.source(self._name, runs.fps, runs.started_at)
        self._begun = True
        for gap in self._stream.score_gaps()[self._gaps_told :]:
            if gap.segment <= score.segment and gap.seconds is not None:
                self._take_gap(gap)
        is_live = runs.started_at is not None
        self._next, self._end_time = score.segment + 1, score.end_time
        if self._log:
            arrival = (score.arrived_at - runs.started_at).total_seconds() if is_live else None
            try:
                self._log.segment(
                    score.segment, score.start_time, score.score, score.attention, arrival
                )
            except OSError:  # the disk is full: what is still scored is told
                self._log = None
                self._tell(describe_score(score, is_live))
                raise
        lines = self._log_changes(self._machine.push(score.score, score.times))
        for line in (describe_score(score, is_live), *lines):
            self._tell(line)
        if is_live and (lag := self._watch.look(score, self._lost)) is not None:
            self._tell(
                f'{lag:.0f} s behind: the source gives fewer frames per second than it promises, '
                'or more than can be scored'
            )

    def ends(self) -> None:
        """Expect the end: from here on, lines that cannot be told, as to a closed pipe, are not."""
        self._ends = True

    def end(self, incomplete: str | None) -> None:
        """End the source: open events and what it ended with."""
        self.ends()
        self._close_events(self._stream.runs.num_frames)
        for gap in self._stream.score_gaps()[self._gaps_told :]:
            self._take_gap(gap)
        if self._log:
            if not self._begun:
                self._log.source(self._name, self._stream.runs.fps, None)
            num_frames = None if incomplete else self._stream.runs.num_frames
            self._log.end(num_frames, incomplete, self._end_time)
            self._log.close()
        if incomplete is not None:
            self._tell(f'{self._name}: {incomplete}')

    def _take_gap(self, gap: ScoreGap) -> None:
        self._close_events()
        self._gaps_told += 1
        self._lost += gap.seconds or 0.0
        if self._log:
            self._log.gap(gap)
        self._tell(describe_gap(gap))

    def _close_events(self, num_frames: int | None = None) -> None:
        """End what is open: no event reaches over a gap."""
        for line in self._log_changes(self._machine.flush(num_frames)):
            self._tell(line)

    def _log_changes(self, changes: list[EventChange]) -> list[str]:
        """Log changes, and give the lines about those that are told."""
        if self._log:
            for change in changes:
                self._log.event(change)
        return [describe_change(change) for change in changes if change.kind != 'update']

    def _tell(self, line: str) -> None:
        try:
            self._say(line)
        except OSError:
            if not self._ends:
                raise


def open_live(
    source: str | Address,
    settings: ClipSettings,
    max_attempts: int | None = 10,
    say: Say = say_at_once,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Source, float | None]:
    """Open a live source so that it is opened again when it stops; a file is read once.

    A camera that is down is waited for, like one that is lost later (`is_awaited`).

    Args:
        source: Address (see `is_address`), number of a camera, or path of a file.
        settings: How frames are read. Packets that an address loses on the way are passed over.
        max_attempts: See `reconnecting`.
        say: Takes a line for every attempt.
        sleep: Waits; for tests.

    Returns:
        What `AnomalyInferencer.stream` takes, and the frame rate as far as it is known.

    Raises:
        VideoError, OSError: A file cannot be opened, see `open_video`; or a camera was given up.
        ValueError: It is a feature file, or a camera whose frames would have to be resampled.
    """
    source = as_source(source)

    def wait(seconds: float) -> None:
        say(f'{source} gives no frames; it is opened again in {seconds:g} s')
        sleep(seconds)

    def wait_at_start(reason: str, seconds: float) -> None:
        say(f'{reason}; waiting, it is opened again in {seconds:g} s')
        sleep(seconds)

    opening = _opening(source, settings)
    if not isinstance(source, Address) and not source.isdecimal():
        reader = opening()
        return reader, reader.fps
    if is_awaited(source):
        first = wait_until_open(opening, wait_at_start, max_attempts=max_attempts)
    else:
        first = opening()
    waiting = [first]
    source_again = reconnecting(
        lambda: waiting.pop() if waiting else opening(), max_attempts=max_attempts, sleep=wait
    )
    return source_again, getattr(first, 'fps', None)


def _opening(source: str | Address, settings: ClipSettings) -> Callable[[], Iterable]:
    """Give what opens a source, by its kind.

    Raises:
        ValueError: See `open_live`.
    """
    if isinstance(source, Address):
        return partial(replace(settings, allow_truncated=True).open, source)
    if source.endswith('.npy'):
        raise ValueError(f'{source}: a feature file is no live source; score it without --live')
    if not source.isdecimal():
        return partial(settings.open, source)
    if settings.fps is not None:
        raise ValueError(
            f'the extractor takes {settings.fps:g} frames per second, to which a camera is not '
            'resampled; use its address, or an extractor that takes every frame'
        )
    return partial(read_camera, int(source))
