"""Make the annotation files of ShanghaiTech from the weakly supervised split and the masks."""

import argparse
import sys
from collections.abc import Sequence

from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.prepare.files import add_folders, add_lists, fill_folders, save_split
from mmvad.datasets.converters import shanghaitech


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    add_folders(parser, 'shanghaitech')
    parser.add_argument(
        '--family',
        choices=tuple(shanghaitech.TAILS),
        default='r50',
        help='of the features, which says how many segments a video has (default: r50)',
    )
    add_lists(parser)
    return parser


def prepare(args: argparse.Namespace) -> None:
    """Convert and save as the flags of `build_parser` say.

    Raises:
        OSError: A source cannot be read, or a file not be written.
        ValueError: A source does not have the published form; the text names it.
    """
    fill_folders(args)
    masks = args.source / 'test_frame_mask'
    ending = '' if args.family == 'r50' else f'_{args.family}'
    for split, official, order in (
        ('train', 'SH_Train.txt', args.train_list),
        ('test', 'SH_Test.txt', args.test_list),
    ):
        feature_list = order and args.source / order
        metainfo, data_list = shanghaitech.convert(
            args.source / official, masks, split, args.family, feature_list
        )
        save_split(args.out / f'{split}{ending}.json', metainfo, data_list)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, convert, save; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: prepare(args))


if __name__ == '__main__':
    sys.exit(main())
