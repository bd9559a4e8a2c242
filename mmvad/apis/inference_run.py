"""Scores many inputs, or a live source, and writes all that was asked for beside the document."""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from mmvad.apis.extraction_settings import ClipSettings
from mmvad.apis.inferencer import AnomalyInferencer, SegmentScore, Source
from mmvad.apis.results import build_results, write_results, write_results_csv
from mmvad.datasets.video import Gap, VideoReader, read_camera, reconnecting
from mmvad.fileio import file_name_of
from mmvad.visualization.annotated_video import write_annotated_video
from mmvad.visualization.figures import format_seconds, save_png
from mmvad.visualization.report import write_report
from mmvad.visualization.score_curve import score_curve

ANNOTATED = '_annotated.mp4'  # so that a video is never written over itself


@dataclass(frozen=True)
class Outputs:
    """What to write; nothing of it without being asked for.

    Attributes:
        folder: For ``results.json``, ``results.csv``, and a picture and a video for each input.
        report: HTML file of the review page.
        curves: Whether to draw a score curve for each input, into `folder`.
        videos: Whether to write each video annotated, into `folder`.
    """

    folder: Path | None = None
    report: Path | None = None
    curves: bool = True
    videos: bool = True

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
) -> Run:
    """Score files one by one and write the outputs, the document at the end.

    An input that cannot be scored, or whose picture or video cannot be written, is reported and
    does not stop the others. A run that is interrupted writes what it has.

    Args:
        inferencer: What scores.
        inputs: What `list_inputs` gives.
        outputs: What to write.
        mode: ``'bags'`` or ``'sliding'``.
        progress: Called with the number of the input, the frames read since the last call, and the
            share of the input that is done, where known.

    Returns:
        What was done.

    Raises:
        OSError: An output cannot be written; known before the first input is read.
        ValueError: An input is given twice, or would be written over.
        RuntimeError: The network fails.
    """
    outputs.check()
    names = plan_files(inputs, outputs)
    run, entries = Run(), []
    try:
        for index, source in enumerate(inputs):

            def advance(frames: int, share: float | None, index: int = index) -> None:
                progress(index, frames, share)

            entry = inferencer.score_input(source, mode=mode, progress=advance)
            entries.append(entry)
            if entry['error'] is None:
                _draw(inferencer, entry, names[index], outputs, run)
            else:
                run.failed[source] = entry['error']
    finally:
        run.results = build_results(dict(inferencer.model, mode=mode), inferencer.rule, entries)
        write_documents(run.results, outputs)
    return run


def score_live(
    inferencer: AnomalyInferencer,
    source: Source,
    name: str,
    outputs: Outputs,
    mode: str = 'bags',
    fps: float | None = None,
    say: Callable[[str], None] = print,
) -> Run:
    """Score one source as it comes, with a line for every segment.

    Args:
        inferencer: What scores.
        source: What `AnomalyInferencer.stream` takes.
        name: Of the source in the document.
        outputs: What to write at the end, also where the run is interrupted (Ctrl-C); the source
            itself is not kept, so that there is no annotated video.
        mode: ``'bags'`` or ``'sliding'``.
        fps: Frames a second, for the times.
        say: Takes a line.

    Returns:
        What was done.

    Raises:
        OSError: An output cannot be written; known before the source is read.
        RuntimeError: The network fails.
    """
    outputs.check()

    def tell(score: SegmentScore) -> None:
        if score.gap is not None:
            say(describe_gap(score.gap))
        say(describe_score(score, inferencer.rule.threshold))

    entry = inferencer.score_input(source, fps, mode, on_score=tell, name=name, keep_partial=True)
    run = Run()
    run.results = build_results(dict(inferencer.model, mode=mode), inferencer.rule, [entry])
    if entry['error'] is not None:
        run.failed[name] = entry['error']
    else:
        if 'broke_down' in entry['timing']:
            run.failed[name] = 'the source broke down; the scores before that are kept'
        if outputs.folder is not None and outputs.curves:
            _draw_curve(inferencer, entry, outputs.folder / f'{name_outputs([name])[0]}.png')
    write_documents(run.results, outputs)
    return run


def open_live(
    source: str, settings: ClipSettings, max_attempts: int | None = 10
) -> tuple[Source, float | None]:
    """Open a live source so that it is opened anew when it stops; a file is read once.

    Args:
        source: Address (anything with ``://``), number of a camera, or path of a file.
        settings: How frames are read. Packets that an address loses on the way are passed over.
        max_attempts: See `reconnecting`.

    Returns:
        What `AnomalyInferencer.stream` takes, and the frame rate as far as it is known.

    Raises:
        VideoError, OSError: See `open_video` and `read_camera`.
    """
    if source.isdecimal():
        return reconnecting(lambda: read_camera(int(source)), max_attempts=max_attempts), None
    if '://' not in source:
        reader = settings.open(source)
        return reader, reader.fps
    live = replace(settings, allow_truncated=True)
    first = live.open(source)
    waiting = [first]

    def opening() -> VideoReader:
        return waiting.pop() if waiting else live.open(source)

    return reconnecting(opening, max_attempts=max_attempts), first.fps


def describe_score(score: SegmentScore, threshold: float) -> str:
    """Write a segment's score as a line.

    Example:
        >>> describe_score(SegmentScore(3, 48, 64, 1.92, 2.56, 0.75, None), threshold=0.5)
        'segment 3  frames 48-64  0:01.9  score 0.7500  ALARM'
    """
    time = '' if score.start_time is None else f'  {format_seconds(score.start_time)}'
    alarm = '  ALARM' if np.float32(score.score) >= np.float32(threshold) else ''
    return (
        f'segment {score.segment}  frames {score.start_frame}-{score.end_frame}{time}  '
        f'score {score.score:.4f}{alarm}'
    )


def describe_gap(gap: Gap) -> str:
    """Write a gap as a line.

    Example:
        >>> describe_gap(Gap('the source ended', seconds=3.25, attempts=2))
        'gap of 3.2 s, opened again at attempt 2: the source ended'
    """
    seconds = 'unknown length' if gap.seconds is None else f'{gap.seconds:.1f} s'
    return f'gap of {seconds}, opened again at attempt {gap.attempts}: {gap.reason}'


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
    short = [file_name_of(Path(source).stem or source) for source in inputs]
    counts = Counter(name.casefold() for name in short)
    names = [
        name if counts[name.casefold()] == 1 else file_name_of(source)
        for name, source in zip(short, inputs, strict=True)
    ]
    if len({name.casefold() for name in names}) < len(names):
        return [file_name_of(source) for source in inputs]
    return names


def plan_files(inputs: Sequence[str], outputs: Outputs) -> list[str]:
    """Name the files of each input, and make sure that none of them is an input itself.

    Args:
        inputs: Paths and addresses.
        outputs: What is to be written.

    Returns:
        See `name_outputs`.

    Raises:
        ValueError: An input is given twice, or would be written over.

    Example:
        >>> plan_files(['gate.mp4'], Outputs(Path('out')))
        ['gate']
    """
    names = name_outputs(inputs)
    if outputs.folder is None or not outputs.videos:
        return names
    written = {(outputs.folder / f'{name}{ANNOTATED}').resolve() for name in names}
    for source in inputs:
        if '://' not in source and Path(source).resolve() in written:
            raise ValueError(f'{source} would be written over; choose another folder')
    return names


def write_documents(results: dict, outputs: Outputs) -> None:
    """Write the JSON, the CSV and the review page, as far as they are wanted."""
    if outputs.folder is not None:
        write_results(outputs.folder / 'results.json', results)
        write_results_csv(outputs.folder / 'results.csv', results)
    if outputs.report is not None:
        write_report(results, outputs.report)


def _draw(inferencer, entry: dict, name: str, outputs: Outputs, run: Run) -> None:
    """Write the pictures of one input; what fails here concerns this input only."""
    if outputs.folder is None:
        return
    source = entry['video']
    try:
        if outputs.curves:
            _draw_curve(inferencer, entry, outputs.folder / f'{name}.png')
        if outputs.videos and not source.endswith('.npy'):
            write_annotated_video(
                source,
                outputs.folder / f'{name}{ANNOTATED}',
                entry['scores'],
                inferencer.rule.threshold,
                entry['events'],
                inferencer.extractor.settings.fps,
            )
    except (ValueError, OSError) as error:
        run.failed[source] = str(error)


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
