"""Make the annotation file of one split of your own videos from a table or from lines."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.prepare.files import save_split
from mmvad.datasets.annotation_rules import SPLITS
from mmvad.datasets.converters import custom
from mmvad.timeline import TAILS


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('source', type=Path, help='a .csv table, or a text file of lines')
    parser.add_argument('out', type=Path, help='JSON file to write')
    parser.add_argument('--split', choices=SPLITS, required=True, help='which one it is')
    parser.add_argument(
        '--dataset', default='custom', help='name of the data set (default: custom)'
    )
    parser.add_argument(
        '--folder', default='', help='of the videos, below the video folder (default: none)'
    )
    parser.add_argument(
        '--tail',
        choices=(*TAILS, 'unknown'),
        default='ceil',
        help='how the feature extractor counts segments; unknown leaves lengths unchecked '
        '(default: ceil)',
    )
    return parser


def prepare(args: argparse.Namespace) -> None:
    """Convert and save as the flags of `build_parser` say.

    Raises:
        OSError: A source cannot be read, or a file not be written.
        ValueError: A source does not have the published form; the text names it.
    """
    tail = None if args.tail == 'unknown' else args.tail
    metainfo, data_list = custom.convert(args.source, args.split, args.dataset, tail, args.folder)
    save_split(args.out, metainfo, data_list)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, convert, save; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: prepare(args))


if __name__ == '__main__':
    sys.exit(main())
