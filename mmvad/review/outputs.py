"""What a report writes and under which names, never overwriting one of its inputs."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmvad.addresses import is_address, shown_name
from mmvad.files import check_folder, file_name_of
from mmvad.review.media import check_embeddable, is_playable

TABLE = 'scores.csv'
ANNOTATED = '_annotated.mp4'  # so that a video is never overwritten


@dataclass(frozen=True)
class Outputs:
    """What to write; an output without a place is not written.

    Attributes:
        folder: For the table ``scores.csv``, and a curve and a video for each scored video.
        page: HTML file of the review page.
        curves: Whether to draw a score curve (PNG) for each video, into `folder`.
        table: Whether to write the table of segments, into `folder`.
        videos: Whether to write an annotated copy (MP4) of each video whose file exists, into
            `folder`.
        all_videos: Whether a video whose file is missing counts as failed.
        embed: Whether the page holds the videos itself.
    """

    folder: Path | None = None
    page: Path | None = None
    curves: bool = True
    table: bool = True
    videos: bool = True
    all_videos: bool = False
    embed: bool = False

    @property
    def draws_videos(self) -> bool:
        """Whether annotated videos are written."""
        return self.folder is not None and self.videos

    def check(self) -> None:
        """Check that everything can be written, before hours of work.

        Raises:
            OSError: Something cannot; the message names it.
        """
        if self.folder is not None:
            check_folder(self.folder)
        if self.page is not None:
            check_folder(self.page.parent)
            if self.page.is_dir():
                raise IsADirectoryError(f'cannot write to {self.page}: it is a folder')


@dataclass(frozen=True)
class Plan:
    """The files of a report.

    Attributes:
        curves: By the name of the video.
        videos: By the name of the video.
        table: CSV file, or None.
        page: HTML file, or None.
    """

    curves: dict[str, Path]
    videos: dict[str, Path]
    table: Path | None
    page: Path | None

    @property
    def files(self) -> list[Path]:
        """All of them."""
        single = [path for path in (self.table, self.page) if path is not None]
        return [*self.curves.values(), *self.videos.values(), *single]


def name_outputs(videos: Sequence[str]) -> list[str]:
    """Name the files of each video: short where that is unambiguous, and no two alike.

    Args:
        videos: Names, paths and addresses.

    Returns:
        A name without extension for each; no two differ by case only.

    Raises:
        ValueError: A video is given twice.

    Example:
        >>> name_outputs(['day/gate.mp4', 'a/x.mp4', 'b/x.mp4'])
        ['gate', 'a+x.mp4', 'b+x.mp4']
    """
    if twice := sorted(video for video, count in Counter(videos).items() if count > 1):
        raise ValueError(f'given twice: {", ".join(map(shown_name, twice))}')
    shown = [shown_name(video) for video in videos]
    short = [_short_name(video) for video in shown]
    long = [file_name_of(video) for video in shown]
    counts = Counter(name.casefold() for name in short)
    names = [
        name if counts[name.casefold()] == 1 else other
        for name, other in zip(short, long, strict=True)
    ]
    for found in (names, long):
        if len({name.casefold() for name in found}) == len(found):
            return found
    return [f'{name}+{number}' for number, name in enumerate(long, 1)]  # more addresses of one host


def _short_name(video: str) -> str:
    if is_address(video):  # scheme, host, port, number
        return file_name_of(re.sub(r'[^\w.-]+', '_', video).strip('_'))
    return file_name_of(Path(video).stem or video)


def plan_outputs(
    videos: Sequence[str], outputs: Outputs, inputs: Iterable[str | os.PathLike] = ()
) -> Plan:
    """Name all files, and check that none of them is an input or named twice.

    Args:
        videos: Names of the scored videos: paths, addresses, names of a data set.
        outputs: What is to be written.
        inputs: Other files that must stay as they are: scores, annotations, thresholds.

    Returns:
        The files; annotated videos are planned for all, even where the file is missing.

    Raises:
        ValueError: A video is given twice, an input would be overwritten, two outputs have one
            name, or a video is too large for the page.

    Example:
        >>> plan_outputs(['gate.mp4'], Outputs(Path('out'))).curves['gate.mp4'].as_posix()
        'out/gate.png'
    """
    if outputs.page is not None and outputs.embed:
        has_copies = outputs.draws_videos
        check_embeddable([path for path in videos if is_playable(path) or not has_copies])
    named = dict(zip(videos, name_outputs(videos), strict=True))
    folder, curves, annotated = outputs.folder, {}, {}
    if folder is not None and outputs.curves:
        curves = {video: folder / f'{name}.png' for video, name in named.items()}
    if outputs.draws_videos:
        annotated = {video: folder / f'{name}{ANNOTATED}' for video, name in named.items()}
    table = folder / TABLE if folder is not None and outputs.table else None
    plan = Plan(curves, annotated, table, outputs.page)
    _check_files(plan.files, [*inputs, *(video for video in videos if not is_address(video))])
    return plan


def _check_files(files: Sequence[Path], inputs: Sequence[str | os.PathLike]) -> None:
    taken = {}
    for path in files:
        key = os.fspath(path.resolve()).casefold()
        if key in taken:
            raise ValueError(f'{taken[key]} and {path} are one file; choose another name')
        taken[key] = path
    for path in inputs:
        if (written := taken.get(os.fspath(Path(path).resolve()).casefold())) is not None:
            raise ValueError(f'{path} would be overwritten by {written}; choose another place')
