"""Scores many inputs, or a live source, and writes all that was asked for beside the document."""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from mmvad.apis.autosave import autosave, undisturbed
from mmvad.apis.events import check_fps
from mmvad.apis.inferencer import AnomalyInferencer, Source
from mmvad.apis.input_scoring import InputScoring, SegmentScore
from mmvad.apis.results import build_results, write_results, write_results_csv
from mmvad.datasets.converters.custom import drop_extension
from mmvad.extraction.settings import ClipSettings
from mmvad.fileio import file_name_of, hide_password, printable
from mmvad.video.live import Gap, read_camera, reconnecting
from mmvad.video.readers import VideoReader
from mmvad.visualization.annotated_video import write_annotated_video
from mmvad.visualization.figures import format_seconds, save_png
from mmvad.visualization.report import check_embeddable, is_playable, write_report
from mmvad.visualization.score_curve import score_curve

ANNOTATED = '_annotated.mp4'  # so that a video is never written over itself
DRAWING_PART = 0.2  # of the work on a video; a guess, for the progress bar only


@dataclass(frozen=True)
class Outputs:
    """What to write; nothing of it without being asked for.

    Attributes:
        folder: For ``results.json``, ``results.csv``, and a picture and a video for each input.
        report: HTML file of the review page.
        curves: Whether to draw a score curve for each input, into `folder`.
        videos: Whether to write each video annotated, into `folder`.
        embed: Whether the page holds the videos itself.
    """

    folder: Path | None = None
    report: Path | None = None
    curves: bool = True
    videos: bool = True
    embed: bool = False

    @property
    def draws_videos(self) -> bool:
        """Whether annotated videos are written."""
        return self.folder is not None and self.videos

    def check(self) -> None:
        """Find out whether all of it can be written, before hours of work.

        Raises:
            OSError: Something cannot; the text names it.
        """
        if self.folder is not None:
            check_folder(self.folder)
        if self.report is not None:
            check_folder(self.report.parent)
            if self.report.is_dir():
                raise IsADirectoryError(f'cannot write to {self.report}: it is a folder')


@dataclass
class Run:
    """What a run did.

    Attributes:
        results: The document.
        failed: Reason by input, also of pictures and videos that could not be made.
    """

    results: dict = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def score_inputs(
    inferencer: AnomalyInferencer,
    inputs: Sequence[str],
    outputs: Outputs,
    mode: str = 'bags',
    progress: Callable[[int, int, float | None], None] = lambda index, frames, share: None,
    ground_truth: Mapping[str, Sequence[Sequence[int]]] | None = None,
    fps: float | None = None,
    save_every: float = 300.0,
) -> Run:
    """Score files one by one and write the outputs; the documents every few minutes and at the end.

    An input that cannot be scored, or whose picture or video cannot be written, is reported and
    does not stop the others. A run that is interrupted writes what it has.

    Args:
        inferencer: What scores.
        inputs: What `list_inputs` gives.
        outputs: What to write.
        mode: ``'bags'`` or ``'sliding'``.
        progress: Called with the number of the input, the frames read since the last call, and the
            share of the input that is done, where known.
        ground_truth: Anomalous frames ``[start, end)`` by input, see `match_annotations`.
        fps: Frames a second of feature files that do not say it.
        save_every: Seconds until the documents are written anew.

    Returns:
        What was done.

    Raises:
        OSError: An output cannot be written; known before the first input is read.
        ValueError: An input is given twice, would be written over, or is too large for the page; or
            the frame rate is not positive.
        RuntimeError: The network fails.
    """
    check_fps(fps)
    outputs.check()
    names = plan_files(inputs, outputs)
    run, entries, copies = Run(), [], {}

    def save() -> None:
        model = dict(inferencer.model, mode=mode)
        run.results = build_results(model, inferencer.rule, list(entries))
        write_documents(run.results, outputs, dict(copies))

    try:
        with autosave(lambda: save() if entries else None, save_every, say_at_once):
            for index, source in enumerate(inputs):
                steps = _Steps(partial(progress, index), outputs)
                known = (ground_truth or {}).get(source)
                scoring = inferencer.score_input(
                    source, fps, mode, steps.scored, ground_truth=known
                )
                entry = scoring.run()
                entries.append(entry)
                if entry['error'] is not None:
                    run.failed[scoring.name] = entry['error']
                elif outputs.folder is not None:
                    stem = outputs.folder / names[index]
                    copies.update(_draw(inferencer, source, entry, stem, outputs, run, steps.drawn))
    finally:
        with undisturbed():
            save()
    return run


def say_at_once(line: str) -> None:
    """Print a line that a pipe does not hold back."""
    print(printable(line), flush=True)


def score_live(
    inferencer: AnomalyInferencer,
    source: Source,
    name: str,
    outputs: Outputs,
    mode: str = 'bags',
    fps: float | None = None,
    say: Callable[[str], None] = say_at_once,
    save_every: float = 300.0,
) -> Run:
    """Score one source as it comes, with a line for every segment.

    The documents are written every few minutes, at the end, and when the run is interrupted
    (Ctrl-C); the score curve at the end.

    Args:
        inferencer: What scores.
        source: What `AnomalyInferencer.stream` takes.
        name: Of the source in the document.
        outputs: What to write; the source itself is not kept, so that there is no annotated video.
        mode: ``'bags'`` or ``'sliding'``.
        fps: Frames a second, for the times.
        say: Takes a line.
        save_every: Seconds until the documents are written anew.

    Returns:
        What was done.

    Raises:
        OSError: An output cannot be written; known before the source is read.
        KeyboardInterrupt: The run is interrupted before its first score.
        RuntimeError: The network fails; the scores before that are written.
    """
    outputs.check()
    scoring = inferencer.score_input(source, fps, mode, name=name)
    model = dict(inferencer.model, mode=mode)
    lines = LiveLines(scoring, inferencer.rule.threshold, say)

    def write(taken: InputScoring, incomplete: str | None) -> dict:
        results = build_results(model, inferencer.rule, [taken.entry(incomplete, True)])
        write_documents(results, outputs)
        return results

    incomplete, failure = None, None
    scores = iter(scoring)

    def save() -> None:
        taken = scoring.snapshot()
        if taken.num_segments:
            write(taken, 'still running')

    waiting: list[SegmentScore] = []
    try:
        with autosave(save, save_every, say):
            for score in scores:
                lines.tell(score)
    except KeyboardInterrupt:
        incomplete = 'interrupted'
    except Exception as error:  # of the network; nothing of the hours before is to be lost
        incomplete, failure = f'{type(error).__name__}: {error}', error
    with undisturbed():
        if incomplete == 'interrupted':
            with suppress(Exception):  # what waits is an addition to what is there
                waiting.extend(scoring.rest())
        scores.close()
        if incomplete and not scoring.num_segments:
            raise failure or KeyboardInterrupt
        run = Run(write(scoring, incomplete))
        with suppress(OSError):  # a pipe that was interrupted too
            for score in waiting:
                lines.tell(score)
    if failure is not None:
        raise failure
    (entry,) = run.results['videos']
    if entry['error'] is not None:
        run.failed[scoring.name] = entry['error']
        return run
    if scoring.error is not None:
        run.failed[scoring.name] = f'the scores up to here are kept: {scoring.error}'
    if outputs.folder is not None and outputs.curves:
        _draw_curve(inferencer, entry, outputs.folder / f'{name_outputs([scoring.name])[0]}.png')
    return run


class LiveLines:
    """Says what comes from a live source: its gaps, its scores, and how far they lag behind.

    Args:
        scoring: Of the source.
        threshold: From which on a score is an alarm.
        say: Takes a line.
    """

    def __init__(self, scoring: InputScoring, threshold: float, say: Callable[[str], None]) -> None:
        self._scoring = scoring
        self._threshold = threshold
        self._say = say
        self._gaps_told, self._lost = 0, 0.0  # seconds of the gaps
        self._watch = LagWatch()

    def tell(self, score: SegmentScore) -> None:
        """Take the next score."""
        gaps = self._scoring.gaps
        for _, gap in gaps[self._gaps_told :]:
            self._say(describe_gap(gap))
            self._lost += gap.seconds or 0.0
        self._gaps_told = len(gaps)
        is_live = self._scoring.started_at is not None
        self._say(describe_score(score, self._threshold, is_live))
        if is_live and (lag := self._watch.look(score, self._lost)) is not None:
            self._say(
                f'{lag:.0f} s behind: the source gives fewer frames a second than it promises, or '
                'more than can be scored'
            )


class LagWatch:
    """Notices when segments come later than their number says.

    Example:
        >>> from datetime import datetime, timedelta
        >>> start = datetime(2026, 1, 1)
        >>> first = SegmentScore(0, 0, 16, 0.0, 1.0, 0.5, None, start)
        >>> later = SegmentScore(1, 16, 32, 1.0, 2.0, 0.5, None, start + timedelta(seconds=15))
        >>> watch = LagWatch()
        >>> watch.look(first, lost=0.0), watch.look(later, lost=2.0)
        (None, 12.0)
    """

    def __init__(self) -> None:
        self._first: SegmentScore | None = None
        self._lost_before = 0.0
        self._told = 5.0

    def look(self, score: SegmentScore, lost: float) -> float | None:
        """Take a score as it comes.

        Args:
            score: The next one.
            lost: Seconds of all gaps up to it.

        Returns:
            Seconds by which the segment came later than the frames since the first one say, where
            these are twice as many as when it was last told, and at least 10; else None.
        """
        if score.start_time is None:
            return None
        if self._first is None:
            self._first, self._lost_before = score, lost
        passed = (score.arrived_at - self._first.arrived_at).total_seconds()
        lag = passed - (score.start_time - self._first.start_time) - (lost - self._lost_before)
        if lag < 2 * self._told:
            return None
        self._told = lag
        return lag


def open_live(
    source: str,
    settings: ClipSettings,
    max_attempts: int | None = 10,
    say: Callable[[str], None] = say_at_once,
) -> tuple[Source, float | None]:
    """Open a live source so that it is opened anew when it stops; a file is read once.

    Args:
        source: Address (anything with ``://``), number of a camera, or path of a file.
        settings: How frames are read. Packets that an address loses on the way are passed over.
        max_attempts: See `reconnecting`.
        say: Takes a line for every attempt.

    Returns:
        What `AnomalyInferencer.stream` takes, and the frame rate as far as it is known.

    Raises:
        VideoError, OSError: See `open_video` and `read_camera`.
        ValueError: It is a feature file, or a camera whose frames would have to be resampled.
    """

    def wait(seconds: float) -> None:
        say(f'{hide_password(source)} gives no frames; it is opened anew in {seconds:g} s')
        time.sleep(seconds)

    if source.endswith('.npy'):
        raise ValueError(f'{source}: a feature file is no live source; score it without --live')
    if source.isdecimal():
        if settings.fps is not None:
            raise ValueError(
                f'the extractor wants {settings.fps:g} frames a second, to which a camera is not '
                'resampled; take its address, or an extractor that takes every frame'
            )
        opening = partial(read_camera, int(source))
        return reconnecting(opening, max_attempts=max_attempts, sleep=wait), None
    if '://' not in source:
        reader = settings.open(source)
        return reader, reader.fps
    live = replace(settings, allow_truncated=True)
    first = live.open(source)
    waiting = [first]

    def opening() -> VideoReader:
        return waiting.pop() if waiting else live.open(source)

    return reconnecting(opening, max_attempts=max_attempts, sleep=wait), first.fps


def describe_score(score: SegmentScore, threshold: float, with_clock: bool = False) -> str:
    """Write a segment's score as a line.

    Args:
        score: The score.
        threshold: From which on it is an alarm.
        with_clock: Whether to say at what local time the segment came.

    Returns:
        The line.

    Example:
        >>> describe_score(SegmentScore(3, 48, 64, 1.92, 2.56, 0.75, None), threshold=0.5)
        'segment 3  frames 48-64  0:01.9  score 0.7500  ALARM'
    """
    seconds = '' if score.start_time is None else f'  {format_seconds(score.start_time)}'
    seconds += f'  {score.arrived_at.astimezone():%H:%M:%S}' if with_clock else ''
    alarm = '  ALARM' if np.float32(score.score) >= np.float32(threshold) else ''
    return (
        f'segment {score.segment}  frames {score.start_frame}-{score.end_frame}{seconds}  '
        f'score {score.score:.4f}{alarm}'
    )


def describe_gap(gap: Gap) -> str:
    """Write a gap as a line.

    Example:
        >>> describe_gap(Gap('the source ended', seconds=3.25, attempts=2))
        'gap of 3.2 s, opened again at attempt 2: the source ended'
    """
    seconds = 'unknown length' if gap.seconds is None else f'{gap.seconds:.1f} s'
    reason = hide_password(gap.reason)
    return f'gap of {seconds}, opened again at attempt {gap.attempts}: {reason}'


def check_folder(folder: Path) -> None:
    """Find out whether files can be written into a folder, which is made where it is missing.

    Raises:
        OSError: They cannot; the text names the folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise type(error)(f'cannot write to {folder}: {error.strerror}') from error


def name_outputs(inputs: Sequence[str]) -> list[str]:
    """Name the files of each input: short where that is clear, and no two alike.

    Args:
        inputs: Paths and addresses.

    Returns:
        A name without extension for each.

    Raises:
        ValueError: An input is given twice.

    Example:
        >>> name_outputs(['day/gate.mp4', 'a/x.mp4', 'b/x.mp4'])
        ['gate', 'a+x.mp4', 'b+x.mp4']
    """
    if twice := sorted(source for source, count in Counter(inputs).items() if count > 1):
        raise ValueError(f'given twice: {", ".join(twice)}')
    shown = [hide_password(source) for source in inputs]
    short = [file_name_of(Path(source).stem or source) for source in shown]
    long = [file_name_of(source) for source in shown]
    counts = Counter(name.casefold() for name in short)
    names = [
        name if counts[name.casefold()] == 1 else other
        for name, other in zip(short, long, strict=True)
    ]
    for found in (names, long):
        if len({name.casefold() for name in found}) == len(found):
            return found
    return [f'{name}+{number}' for number, name in enumerate(long, 1)]  # other users, one address


def plan_files(inputs: Sequence[str], outputs: Outputs) -> list[str]:
    """Name the files of each input, and make sure that none of them is an input itself.

    Args:
        inputs: Paths and addresses.
        outputs: What is to be written.

    Returns:
        See `name_outputs`.

    Raises:
        ValueError: An input is given twice, would be written over, or is too large for the page.

    Example:
        >>> plan_files(['gate.mp4'], Outputs(Path('out')))
        ['gate']
    """
    if outputs.report is not None and outputs.embed:
        has_copies = outputs.draws_videos
        check_embeddable([path for path in inputs if is_playable(path) or not has_copies])
    names = name_outputs(inputs)
    if not outputs.draws_videos:
        return names
    written = {(outputs.folder / f'{name}{ANNOTATED}').resolve() for name in names}
    for source in inputs:
        if '://' not in source and Path(source).resolve() in written:
            raise ValueError(f'{source} would be written over; choose another folder')
    return names


def match_annotations(
    inputs: Sequence[str], data_list: Sequence[Mapping]
) -> dict[str, list[tuple[int, int]]]:
    """Find the ground truth of inputs in the annotation file of a split.

    An input is an annotated video where its path without the extension ends with the video's name.

    Args:
        inputs: Paths and addresses.
        data_list: Of `load_annotations`.

    Returns:
        Anomalous frames ``[start, end)`` by input; empty for a normal video. Inputs that are not
        annotated, or of which only the label is known, are left out.

    Raises:
        ValueError: No input is annotated, or two are the same annotated video.

    Example:
        >>> entry = dict(video='test/gate', label=1, events=[(16, 40)])
        >>> match_annotations(['videos/test/gate.mp4', 'test/yard.mp4'], [entry])
        {'videos/test/gate.mp4': [(16, 40)]}
    """
    by_name = {entry['video']: entry for entry in data_list}
    found, taken = {}, {}
    for source in inputs:
        path = drop_extension(Path(source).as_posix())
        parts = path.removesuffix('.npy').split('/')
        endings = ('/'.join(parts[start:]) for start in range(len(parts)))  # the longest first
        name = next((ending for ending in endings if ending in by_name), None)
        if name is None:
            continue
        if name in taken:
            raise ValueError(f'{taken[name]} and {source} are both annotated as {name!r}')
        taken[name] = source
        if by_name[name]['label'] == 0 or by_name[name]['events']:
            found[source] = by_name[name]['events']
    if not taken:
        raise ValueError(
            f'none of the inputs is annotated: {inputs[0]} ends with none of {len(data_list)} '
            f'names such as {data_list[0]["video"]!r}'
        )
    return found


def write_documents(
    results: dict, outputs: Outputs, copies: Mapping[str, Path] | None = None
) -> None:
    """Write the JSON, the CSV and the review page, as far as they are wanted.

    Args:
        results: The document.
        outputs: What is wanted.
        copies: See `write_report`.
    """
    if outputs.folder is not None:
        write_results(outputs.folder / 'results.json', results)
        write_results_csv(outputs.folder / 'results.csv', results)
    if outputs.report is not None:
        write_report(results, outputs.report, outputs.embed, copies=copies)


class _Steps:
    """Puts the scoring of an input and the drawing of its video on one scale."""

    def __init__(self, progress: Callable[[int, float | None], None], outputs: Outputs) -> None:
        self._progress = progress
        self._scoring = 1 - (DRAWING_PART if outputs.draws_videos else 0)
        self._frames = self._drawn = 0

    def scored(self, frames: int, share: float | None) -> None:
        """Take in frames that were read, and the share of the video that is scored."""
        self._frames += frames
        self._progress(frames, None if share is None else share * self._scoring)

    def drawn(self, frames: int) -> None:
        """Take in frames that were drawn."""
        self._drawn += frames
        share = min(1.0, self._drawn / max(1, self._frames))
        self._progress(0, self._scoring + (1 - self._scoring) * share)


def _draw(
    inferencer: AnomalyInferencer,
    source: str,
    entry: dict,
    stem: Path,
    outputs: Outputs,
    run: Run,
    drawn: Callable[[int], None],
) -> dict[str, Path]:
    """Write the pictures of one input; what fails here concerns this input only.

    Returns:
        The annotated video by the input's name, where one was written.
    """
    try:
        if outputs.curves:
            _draw_curve(inferencer, entry, Path(f'{stem}.png'))
        if outputs.videos and not source.endswith('.npy'):
            annotated = Path(f'{stem}{ANNOTATED}')
            write_annotated_video(
                source,
                annotated,
                entry['scores'],
                inferencer.rule.threshold,
                entry['events'],
                inferencer.extractor.settings.fps,
                drawn,
            )
            return {entry['video']: annotated}
    except (ValueError, OSError) as error:
        run.failed[entry['video']] = hide_password(str(error))
    return {}


def _draw_curve(inferencer: AnomalyInferencer, entry: dict, path: Path) -> None:
    figure = score_curve(
        entry['scores'],
        entry['fps'],
        entry['num_frames'],
        inferencer.rule.threshold,
        entry['events'],
        entry['ground_truth'],
        title=os.path.basename(entry['video']) or entry['video'],
    )
    save_png(figure, path)
