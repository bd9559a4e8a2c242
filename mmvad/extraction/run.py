"""Extracts the features of many videos into a folder: resumable, sharded, complete files only."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from mmvad.datasets.feature_record import FORMAT
from mmvad.extraction.audio_features import audio_features
from mmvad.extraction.build import LoadedExtractor
from mmvad.extraction.feature_files import (
    is_up_to_date,
    keep_whole,
    remove_leftovers,
    write_features,
)
from mmvad.extraction.features import iter_features
from mmvad.extraction.settings import ClipSettings
from mmvad.extraction.videos import Video
from mmvad.version import __version__

# Frames read since the last call, and the fraction of the video that is done.
Advance = Callable[[int, float], None]


class VideoFailure(Exception):
    """A video that cannot be extracted; the run goes on."""


@dataclass
class Report:
    """What a run did.

    Attributes:
        extracted: Videos extracted now.
        kept: Videos already extracted in the same way.
        failed: Reason by video name.
        damaged: What is missing of a video that was extracted in spite of it, by name.
        frames: Frames read now.
        seconds: Time taken.
    """

    extracted: int = 0
    kept: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)
    frames: int = 0
    seconds: float = 0.0


def extract_videos(
    videos: Sequence[Video],
    out: Path,
    extractor: LoadedExtractor,
    batch_size: int | None = None,
    ahead: int = 2,
    progress: Callable[[int, float], None] = lambda frames, share: None,
) -> Report:
    """Extract videos to ``OUT/<name>.npy`` with a record next to each file.

    A file that is complete and made from the same video in the same way stays; any other is
    extracted again. A video that cannot be extracted is reported and does not stop the others;
    complete features of an earlier run stay, and the report says so.

    Args:
        videos: What to extract; no other process may write the same ones.
        out: Folder of the feature files.
        extractor: Network, settings, record.
        batch_size: Clips, or windows of audio, in one forward pass; None takes the crops of one
            segment, but at least 2: a single clip leaves a processor's cores waiting.
        ahead: Segments that a thread decodes, resizes and crops ahead of the network.
        progress: Called with the frames read since the last call and the fraction of the bytes of
            all videos that is done.

    Returns:
        The report.

    Raises:
        ValueError: `batch_size` is not positive or `ahead` negative.
        OSError: A file cannot be written.
        RuntimeError: The network fails, for instance because its width is not as configured.
    """
    # Checked before the first video: what is wrong for all is not the fault of each.
    if (batch_size is not None and batch_size < 1) or ahead < 0:
        raise ValueError(
            f'batch_size must be positive and ahead not negative, got {batch_size} and {ahead}'
        )
    start, report = time.perf_counter(), Report()
    out.mkdir(parents=True, exist_ok=True)
    remove_leftovers(out)
    cv2.setNumThreads(0)  # all cores belong to the network; OpenCV's threads would only wait
    sizes = [max(1, _size(video.path)) for video in videos]
    for index, video in enumerate(videos):
        advance = _advance(report, progress, sizes, index)
        _extract_into(
            report, video, out / f'{video.name}.npy', extractor, batch_size, ahead, advance
        )
        advance(0, 1.0)
    report.seconds = time.perf_counter() - start
    return report


def _advance(report: Report, progress: Advance, sizes: list[int], index: int) -> Advance:
    """Make the function that reports the progress of one video as a fraction of all."""
    before, total = sum(sizes[:index]), sum(sizes)

    def advance(frames: int, part: float) -> None:
        report.frames += frames
        progress(frames, (before + sizes[index] * part) / total)

    return advance


def _extract_into(
    report: Report,
    video: Video,
    target: Path,
    extractor: LoadedExtractor,
    batch_size: int | None,
    ahead: int,
    advance: Advance,
) -> None:
    """Extract one video if needed, and record the outcome."""
    try:
        made_from = _made_from(video, extractor)
        if is_up_to_date(target, made_from):
            report.kept += 1
            return
        how_read: dict = {}

        def describe(num_segments: int) -> dict:
            return dict(
                format=FORMAT,
                **made_from,
                video=how_read,
                segments=num_segments,
                weights=extractor.weights,
                mmvad_version=__version__,
            )

        pieces = _pieces(video, extractor, batch_size, ahead, advance, how_read)
        write_features(target, pieces, describe)
        report.extracted += 1
        if how_read['truncated']:
            report.damaged[video.name] = how_read['damage']
    except VideoFailure as failure:
        report.failed[video.name] = f'{failure}{keep_whole(target)}'


def _made_from(video: Video, extractor: LoadedExtractor) -> dict:
    try:
        status = video.path.stat()
    except OSError as error:
        raise VideoFailure(str(error)) from error
    return dict(
        features=extractor.record,
        reading=extractor.settings.reading_record(),
        source=dict(file=video.path.name, bytes=status.st_size, mtime_ns=status.st_mtime_ns),
    )


def _pieces(
    video: Video,
    extractor: LoadedExtractor,
    batch_size: int | None,
    ahead: int,
    advance: Advance,
    how_read: dict,
) -> Iterator[np.ndarray]:
    """Yield runs of a video's features; `how_read` is filled at the end."""
    network, settings = extractor.network, extractor.settings
    count = seen = 0
    try:
        with settings.open(os.fspath(video.path)) as reader, ExitStack() as threads:
            promised = reader.header.num_frames
            if isinstance(settings, ClipSettings):
                clips = batch_size or max(2, settings.num_crops)
                runs = iter_features(reader, network, settings, clips, ahead)
                threads.enter_context(closing(runs))  # before the reader, which its thread reads
                pieces = (features for _, features in runs)
            else:
                windows = batch_size or 16
                features, how_read['audio'] = audio_features(reader, network, settings, windows)
                pieces = [features] if len(features) else []
            for features in pieces:
                frames = reader.frames_read
                advance(frames - seen, min(1.0, frames / promised) if promised else 0.0)
                _check_rows(features, count, video.path)
                seen, count = frames, count + len(features)
                yield features
            how_read.update(reader.record())
    except (ValueError, OSError) as error:
        raise VideoFailure(str(error)) from error
    if not count:
        raise VideoFailure(
            f'{video.path}: {reader.frames_read} frames give no segment with tail '
            f'{extractor.settings.tail!r}'
        )


def _check_rows(features: np.ndarray, first: int, path: Path) -> None:
    """Refuse rows that are not finite; `first` is the number of the first one's segment."""
    rows = np.flatnonzero(~np.isfinite(features.reshape(len(features), -1)).all(axis=1))
    if len(rows):
        raise ValueError(f'{path}: the features of segment {first + rows[0]} hold NaN or Inf')


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # a missing video is reported when its turn comes
