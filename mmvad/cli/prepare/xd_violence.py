"""Make the annotation files of XD-Violence from the feature lists and temporal annotations."""

import argparse
import sys
from collections.abc import Sequence

from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.prepare.files import add_folders, fill_folders, save_split
from mmvad.datasets.converters import xd_violence


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    add_folders(parser, 'xd_violence')
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
    fill_folders(args)
    for split, ending, temporal in (('train', '', None), ('test', '_test', 'annotations.txt')):
        metainfo, data_list = xd_violence.convert(
            args.source / f'rgb{ending}.list',
            split,
            temporal and args.source / temporal,
            args.source / f'audio{ending}.list' if args.audio else None,
        )
        save_split(args.out / f'{split}.json', metainfo, data_list)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, convert, save; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: prepare(args))


if __name__ == '__main__':
    sys.exit(main())
