"""Make annotation files and lists of your own videos from a label table, events in seconds."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.prepare.files import save_split
from mmvad.datasets.converters.custom import drop_extension
from mmvad.datasets.converters.label_table import Row, check_labels, convert_rows, read_table
from mmvad.datasets.converters.table_splits import assign_splits, calibration_rows
from mmvad.files import atomic_path, printable
from mmvad.project.folder import ProjectFolder
from mmvad.video.frame_times import read_frame_times


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument(
        'table', type=Path, help='CSV with the header video,label[,category][,split][,events]'
    )
    parser.add_argument(
        'out',
        type=Path,
        help='folder for annotations/train.json and test.json, videos.txt, calibration.txt',
    )
    parser.add_argument(
        '--videos', type=Path, required=True, help='folder that the names in the table start at'
    )
    return parser


def prepare(args: argparse.Namespace) -> None:
    """Read the table, convert it, write what the other commands read.

    Raises:
        OSError: Table or video cannot be read, or a file cannot be written.
        ValueError: A row does not fit; the text names file and line.
    """
    rows = read_table(args.table)
    check_labels(rows)
    check_videos(rows, args.videos)
    chosen = assign_splits(rows)
    if not rows[0].split:
        tested = sum(row.split == 'test' for row in chosen)
        print(f'the table names no split: {tested} of {len(rows)} videos are for the test')
    project = ProjectFolder(args.out)
    name = args.out.resolve().name
    for split, path in zip(('train', 'test'), project.annotations, strict=True):
        converted = convert_rows(
            chosen, split, name, args.table, partial(frame_times_of, args.videos)
        )
        save_split(path, *converted)
    write_lines(project.video_list, [row.video for row in chosen])
    normal, own = calibration_rows(chosen)
    write_lines(
        project.calibration_list,
        [f'{project.features.name}/{drop_extension(row.video)}.npy' for row in normal],
    )
    which = 'of split calibration' if own else 'normal ones of the test'
    print(printable(f'{project.calibration_list}: {len(normal)} videos, {which}'))


def check_videos(rows: Sequence[Row], videos: Path) -> None:
    """Make sure that each video is there.

    Raises:
        FileNotFoundError: One is not; the text names file and line of the table.
    """
    for row in rows:
        if not (videos / row.video).is_file():
            raise FileNotFoundError(f'{row.place}: there is no video {videos / row.video}')


def frame_times_of(videos: Path, video: str) -> np.ndarray:
    """Read when the frames of a video are shown, see `read_frame_times`."""
    return read_frame_times(videos / video)


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write a list, complete or not at all."""
    with atomic_path(path) as draft:
        draft.write_text(''.join(f'{line}\n' for line in lines), encoding='utf-8', newline='\n')


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, convert, write; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: prepare(args))


if __name__ == '__main__':
    sys.exit(main())
