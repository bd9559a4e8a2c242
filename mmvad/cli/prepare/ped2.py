"""Make the annotation files of UCSD Ped2 from the published lists and frame labels."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.prepare.files import add_folders, fill_folders, save_split
from mmvad.datasets.converters import ped2


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    add_folders(parser, 'ped2')
    parser.add_argument(
        '--features',
        type=Path,
        help='folder of the feature files (default: features/mobilenet in the data root)',
    )
    for name, default in (
        ('train-list', 'ped2.list'),
        ('test-list', 'ped2-test.list'),
        ('frame-labels', 'gt-ped2.npy'),
    ):
        parser.add_argument(
            f'--{name}', default=default, help='file below SOURCE (default: %(default)s)'
        )
    return parser


def prepare(args: argparse.Namespace) -> None:
    """Convert and save as the flags of `build_parser` say.

    Raises:
        OSError: A source cannot be read, or a file not be written.
        ValueError: A source does not have the published form; the text names it.
    """
    fill_folders(args)
    features = args.features or args.data_root / 'features' / 'mobilenet'
    test_list = args.source / args.test_list
    segments = ped2.count_feature_segments(test_list, features)
    splits = {
        'train': ped2.convert_train(args.source / args.train_list),
        'test': ped2.convert_test(test_list, args.source / args.frame_labels, segments),
    }
    for split, (metainfo, data_list) in splits.items():
        save_split(args.out / f'{split}.json', metainfo, data_list)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, convert, save; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: prepare(args))


if __name__ == '__main__':
    sys.exit(main())
