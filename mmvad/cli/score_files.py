"""Scores files one by one; a log next to the scores file keeps what is done as the run goes on."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mmvad.addresses import Address
from mmvad.cli.progress import ProgressBar
from mmvad.files import printable
from mmvad.scores.annotating import match_annotations
from mmvad.scores.scored_video import ScoredVideo, failed_video
from mmvad.scores.scores_file import ScoresFile, video_to_dict, write_scores
from mmvad.scores.scores_log import ScoresLog

if TYPE_CHECKING:
    from mmvad.apis.inferencer import AnomalyInferencer

SCORES = 'scores.json'
LOG = 'scores.jsonl'


def score_files(
    inferencer: 'AnomalyInferencer',
    inputs: Sequence[str | Address],
    out_dir: Path | None,
    annotations: tuple[Mapping, Sequence[Mapping]] | None = None,
    fps: float | None = None,
) -> ScoresFile:
    """Score files one by one and write the scores file at the end.

    While the run goes on, each video that is done stands in a log beside it, so that a run that is
    killed loses nothing.

    Args:
        inferencer: What scores.
        inputs: What `list_inputs` gives.
        out_dir: Folder of the scores file; None writes none.
        annotations: Metainfo and entries of an annotation file.
        fps: Frames a second of feature files that do not say it.

    Returns:
        The scored videos; a video that failed, or that its annotation does not fit, has its error.

    Raises:
        ValueError: No input is annotated, or two have the same annotation.
        RuntimeError: The network fails.
        KeyboardInterrupt: The run was interrupted; what was scored is written.
    """
    metainfo, entries = annotations or ({}, ())
    truth = match_annotations(map(str, inputs), entries) if annotations else {}
    videos: list[ScoredVideo] = []
    log = None
    if out_dir is not None:
        log = ScoresLog(out_dir / LOG, inferencer.made_by, inferencer.rule)
    try:
        with ProgressBar(f'{len(inputs)} inputs', total=float(len(inputs))) as bar:
            for index, source in enumerate(inputs):
                video = inferencer.score(source, fps, partial(_advance, bar, index))
                if video.error is None and video.name in truth:
                    video = _annotated(video, truth[video.name], metainfo)
                videos.append(inferencer.cut(video))
                bar.advance(0, index + 1.0)
                if log is not None:
                    log.video(videos[-1])
    finally:
        scores = ScoresFile(videos, inferencer.made_by, inferencer.rule, metainfo)
        if log is not None:
            with suppress(OSError):  # what could not be written is told below
                log.close()
            if videos:  # else a file of an earlier run would give way to nothing
                _write_or_print(out_dir / SCORES, scores)
            log.path.unlink()
    return scores


def _write_or_print(path: Path, scores: ScoresFile) -> None:
    """Write the scores file; where that fails, print the scores before the error."""
    try:
        write_scores(path, scores)
    except OSError:
        for video in scores.videos:
            print(printable(json.dumps(video_to_dict(video))))
        raise


def _annotated(video: ScoredVideo, entry: Mapping, metainfo: Mapping) -> ScoredVideo:
    try:
        return video.annotate(entry, metainfo)
    except ValueError as error:
        reason = str(error).removeprefix(f'video {video.name!r}: ')
        return failed_video(video.name, f'its annotation does not fit: {reason}')


def _advance(bar: ProgressBar, index: int, frames: int, share: float | None) -> None:
    bar.advance(frames, index + (share or 0.0))
