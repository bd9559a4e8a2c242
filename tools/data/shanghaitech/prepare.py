"""Make the annotation files of ShanghaiTech from the weakly supervised split and the masks."""

import argparse
from pathlib import Path

from mmvad.datasets.annotations import save_annotations
from mmvad.datasets.converters import shanghaitech


def main(argv: list[str] | None = None) -> None:
    """Parse, convert, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--source', type=Path, default=Path('data/shanghaitech/annotations'))
    parser.add_argument('--out', type=Path, default=Path('data/shanghaitech/annotations'))
    parser.add_argument('--family', choices=tuple(shanghaitech.TAILS), default='r50')
    parser.add_argument('--train-list', help='feature list below SOURCE, to take its order')
    parser.add_argument('--test-list', help='feature list below SOURCE, to take its order')
    args = parser.parse_args(argv)

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
        print(f'{path}: {len(data_list)} videos')


if __name__ == '__main__':
    main()
