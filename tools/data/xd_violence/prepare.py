"""Make the annotation files of XD-Violence from the feature lists and temporal annotations."""

import argparse
from pathlib import Path

from mmvad.datasets.annotations import save_annotations
from mmvad.datasets.converters import xd_violence


def main(argv: list[str] | None = None) -> None:
    """Parse, convert, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--source', type=Path, default=Path('data/xd_violence/annotations'))
    parser.add_argument('--out', type=Path, default=Path('data/xd_violence/annotations'))
    parser.add_argument(
        '--audio', action='store_true', help='check that the audio lists name the same videos'
    )
    args = parser.parse_args(argv)

    for split, ending, temporal in (('train', '', None), ('test', '_test', 'annotations.txt')):
        metainfo, data_list = xd_violence.convert(
            args.source / f'rgb{ending}.list',
            split,
            temporal and args.source / temporal,
            args.source / f'audio{ending}.list' if args.audio else None,
        )
        path = args.out / f'{split}.json'
        save_annotations(path, metainfo, data_list)
        print(f'{path}: {len(data_list)} videos')


if __name__ == '__main__':
    main()
