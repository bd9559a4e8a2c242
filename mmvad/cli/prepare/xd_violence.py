"""Make the annotation files of XD-Violence from the feature lists and temporal annotations."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmvad.cli.errors import report_errors
from mmvad.datasets.annotations import save_annotations
from mmvad.datasets.converters import xd_violence
from mmvad.files import printable


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--source',
        type=Path,
        default=Path('data/xd_violence/annotations'),
        help='folder of the published files (default: %(default)s)',
    )
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('data/xd_violence/annotations'),
        help='folder to write to (default: %(default)s)',
    )
    parser.add_argument(
        '--audio', action='store_true', help='check that the audio lists name the same videos'
    )
    return parser


def prepare(args: argparse.Namespace) -> None:
    """Convert and save as the flags of `build_parser` say.

    Raises:
        OSError: A source cannot be read, or a file not be written.
        ValueError: A source does not have the published form; the text names it.
    """
    for split, ending, temporal in (('train', '', None), ('test', '_test', 'annotations.txt')):
        metainfo, data_list = xd_violence.convert(
            args.source / f'rgb{ending}.list',
            split,
            temporal and args.source / temporal,
            args.source / f'audio{ending}.list' if args.audio else None,
        )
        path = args.out / f'{split}.json'
        save_annotations(path, metainfo, data_list)
        print(printable(f'{path}: {len(data_list)} videos'))


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, convert, save; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parser.parse_args(argv)
    return report_errors(parser, lambda: prepare(args))


if __name__ == '__main__':
    sys.exit(main())
