"""Make the annotation file of one split of your own videos from a table or from lines."""

import argparse
from pathlib import Path

from mmvad.datasets.annotations import SPLITS, save_annotations
from mmvad.datasets.converters import custom
from mmvad.timeline import TAILS


def main(argv: list[str] | None = None) -> None:
    """Parse, convert, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('source', type=Path, help='a .csv table, or a text file of lines')
    parser.add_argument('out', type=Path, help='JSON file to write')
    parser.add_argument('--split', choices=SPLITS, required=True)
    parser.add_argument('--dataset', default='custom', help='name of the data set')
    parser.add_argument('--folder', default='', help='of the videos, below the video folder')
    parser.add_argument(
        '--tail',
        choices=(*TAILS, 'unknown'),
        default='ceil',
        help='how the feature extractor counts segments; unknown leaves lengths unchecked',
    )
    args = parser.parse_args(argv)

    tail = None if args.tail == 'unknown' else args.tail
    metainfo, data_list = custom.convert(args.source, args.split, args.dataset, tail, args.folder)
    save_annotations(args.out, metainfo, data_list)
    print(f'{args.out}: {len(data_list)} videos')


if __name__ == '__main__':
    main()
