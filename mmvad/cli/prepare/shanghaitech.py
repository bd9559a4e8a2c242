"""Make the annotation files of ShanghaiTech from the weakly supervised split and the masks."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmvad.cli.errors import report_errors
from mmvad.datasets.annotations import save_annotations
from mmvad.datasets.converters import shanghaitech
from mmvad.files import printable


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--source',
        type=Path,
        default=Path('data/shanghaitech/annotations'),
        help='folder of the published files (default: %(default)s)',
    )
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('data/shanghaitech/annotations'),
        help='folder to write to (default: %(default)s)',
    )
    parser.add_argument(
        '--family',
        choices=tuple(shanghaitech.TAILS),
        default='r50',
        help='of the features, which says how many segments a video has (default: r50)',
    )
    for split in ('train', 'test'):
        parser.add_argument(
            f'--{split}-list',
            help="feature list below SOURCE, to take its order (default: the official list's)",
        )
    return parser


def prepare(args: argparse.Namespace) -> None:
    """Convert and save as the flags of `build_parser` say.

    Raises:
        OSError: A source cannot be read, or a file not be written.
        ValueError: A source does not have the published form; the text names it.
    """
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
        path = args.out / f'{split}{ending}.json'
        save_annotations(path, metainfo, data_list)
        print(printable(f'{path}: {len(data_list)} videos'))


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, convert, save; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parser.parse_args(argv)
    return report_errors(parser, lambda: prepare(args))


if __name__ == '__main__':
    sys.exit(main())
