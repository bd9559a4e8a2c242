"""What the commands of the published data sets share: where they read, and where they write."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmvad.datasets.annotations import save_annotations
from mmvad.files import printable
from mmvad.spelling import counted


def add_folders(parser: argparse.ArgumentParser, dataset: str) -> None:
    """Add the folders of a data set's published files and of its annotation files."""
    parser.add_argument(
        '--data-root',
        type=Path,
        default=Path('data', dataset),
        help='folder of the data set (default: %(default)s)',
    )
    for flag, what in (('--source', 'of the published files'), ('--out', 'to write to')):
        parser.add_argument(
            flag, type=Path, help=f'folder {what} (default: annotations in the data root)'
        )


def fill_folders(args: argparse.Namespace) -> None:
    """Take the folders that no flag names from the data root."""
    annotations = args.data_root / 'annotations'
    args.source = args.source or annotations
    args.out = args.out or annotations


def add_lists(parser: argparse.ArgumentParser) -> None:
    """Add feature lists, whose order the annotation files then have."""
    for split in ('train', 'test'):
        parser.add_argument(
            f'--{split}-list',
            help="feature list below SOURCE, to take its order (default: the official list's)",
        )


def save_split(path: Path, metainfo: Mapping, data_list: Sequence[Mapping]) -> None:
    """Write one annotation file and say how many videos it has.

    Raises:
        OSError: It cannot be written.
        ValueError: See `save_annotations`.
    """
    save_annotations(path, metainfo, data_list)
    print(printable(f'{path}: {counted(len(data_list), "video")}'))
