"""Convert published features to .npy: a pickled object array, or text, as Sultani et al.'s C3D.

A text file holds a line of numbers for each of the 32 pooled segments of a video. With annotations,
a video whose number of frames is known gets the row of its share for each of its segments, as the
test needs it; training bags are pooled to 32 and take the rows as they are.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.datasets.annotations import load_annotations
from mmvad.datasets.object_arrays import read_object_array
from mmvad.datasets.text_features import (
    C3D_CHANNELS,
    C3D_ROWS,
    read_text_features,
    spread_rows,
)
from mmvad.files import atomic_path, printable
from mmvad.timeline import count_segments


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', type=Path, help='object array, .npy; text, .txt; folder of text')
    parser.add_argument(
        'out', type=Path, help='plain array, .npy, may be SOURCE itself; of a folder, a folder'
    )
    text = parser.add_argument_group('text')
    text.add_argument(
        '--annotations',
        type=Path,
        help='JSON of one split: convert its videos, spread over their segments (default: none)',
    )
    text.add_argument(
        '--rows', type=int, default=C3D_ROWS, help='lines of a file (default: %(default)s)'
    )
    text.add_argument(
        '--channels',
        type=int,
        default=C3D_CHANNELS,
        help='numbers of a line (default: %(default)s)',
    )
    return parser


def convert_features(source: Path, out: Path) -> None:
    """Read the numbers of an object array, run nothing, write float32.

    Raises:
        OSError: The file cannot be read or written.
        ValueError: It is no object array of numbers, or `out` is not named ``.npy``.
    """
    _check_name(out)
    _save(out, read_object_array(source))


def convert_text(args: argparse.Namespace) -> None:
    """Convert one text file, or those of a folder, as the flags of `build_parser` say.

    Raises:
        OSError: A file is missing, or cannot be read or written.
        ValueError: A file does not have the form, or there is nothing to convert.
    """
    for name in ('rows', 'channels'):
        if getattr(args, name) < 1:
            raise ValueError(f'--{name} must be at least 1, got {getattr(args, name)}')
    for source, out, num_segments in _jobs(args):
        rows = read_text_features(source, args.rows, args.channels)
        _save(out, rows[:, None] if num_segments is None else spread_rows(rows, num_segments))


def _jobs(args: argparse.Namespace) -> Iterator[tuple[Path, Path, int | None]]:
    """Give text file, its .npy file, and the segments of the video where they are known."""
    lengths = None if args.annotations is None else _lengths(args.annotations)
    if not args.source.is_dir():
        _check_name(args.out)
        if lengths is not None and args.source.stem not in lengths:
            raise ValueError(f'{args.annotations} has no video {args.source.stem!r}')
        yield args.source, args.out, lengths and lengths[args.source.stem]
        return
    files = {path.stem: path for path in sorted(args.source.glob('*.txt'))}
    if not files:
        raise ValueError(f'{args.source} holds no .txt file')
    if missing := [name for name in lengths or () if name not in files]:
        raise FileNotFoundError(
            f'{args.source} lacks {len(missing)} of the {len(lengths)} videos of '
            f'{args.annotations}, the first is {missing[0]}.txt'
        )
    for name in files if lengths is None else lengths:
        yield files[name], args.out / f'{name}.npy', lengths and lengths[name]


def _lengths(annotations: Path) -> dict[str, int | None]:
    """Read the segments of each video, None where its frames are not known."""
    metainfo, entries = load_annotations(annotations)
    lengths: dict[str, int | None] = {}
    for entry in entries:
        name, frames = Path(entry['video']).name, entry['num_frames']
        if name in lengths:
            raise ValueError(f'{annotations} has two videos of the name {name!r}')
        lengths[name] = frames and count_segments(frames, metainfo['tail'])
    return lengths


def _check_name(out: Path) -> None:
    if out.suffix != '.npy':
        raise ValueError(f'OUT must be a .npy file, got {out}')


def _save(out: Path, features: np.ndarray) -> None:
    with atomic_path(out) as temporary:
        np.save(temporary, features)
    print(printable(f'{out}: float32 {features.shape}'))


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and convert; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    is_text = args.source.is_dir() or args.source.suffix == '.txt'

    def job() -> None:
        if is_text:
            convert_text(args)
        elif args.annotations is not None:
            raise ValueError('--annotations belongs to text files')
        else:
            convert_features(args.source, args.out)

    return report_errors(parser, job)


if __name__ == '__main__':
    sys.exit(main())
