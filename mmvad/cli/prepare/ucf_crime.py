"""Make the annotation files of UCF-Crime from the official lists."""

import argparse
import sys
from collections.abc import Sequence

from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.prepare.files import add_folders, add_lists, fill_folders, save_split
from mmvad.datasets.converters import ucf_crime


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    add_folders(parser, 'ucf_crime')
    parser.add_argument(
        '--family',
        choices=tuple(ucf_crime.FAMILIES),
        default='r50',
        help='of the features, which says how many segments a video has (default: r50)',
    )
    parser.add_argument(
        '--temporal',
        default='Temporal_Anomaly_Annotation_frames.txt',
        help='file below SOURCE, with or without frame counts (default: %(default)s)',
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
    train_list = args.train_list and args.source / args.train_list
    test_list = args.test_list and args.source / args.test_list
    splits = {
        'train': ucf_crime.convert_train(
            args.source / 'Anomaly_Train.txt', args.family, train_list
        ),
        'test': ucf_crime.convert_test(args.source / args.temporal, args.family, test_list),
    }
    ending = '' if args.family == 'r50' else f'_{args.family}'
    for split, (metainfo, data_list) in splits.items():
        save_split(args.out / f'{split}{ending}.json', metainfo, data_list)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, convert, save; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: prepare(args))


if __name__ == '__main__':
    sys.exit(main())
