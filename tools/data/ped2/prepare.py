"""Make the annotation files of UCSD Ped2 from the published lists and frame labels."""

import argparse
from pathlib import Path

from mmvad.datasets.annotations import save_annotations
from mmvad.datasets.converters import ped2


def main(argv: list[str] | None = None) -> None:
    """Parse, convert, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--source', type=Path, default=Path('data/ped2/annotations'))
    parser.add_argument('--features', type=Path, default=Path('data/ped2/features/mobilenet'))
    parser.add_argument('--out', type=Path, default=Path('data/ped2/annotations'))
    parser.add_argument('--train-list', default='ped2.list', help='file below SOURCE')
    parser.add_argument('--test-list', default='ped2-test.list', help='file below SOURCE')
    parser.add_argument('--frame-labels', default='gt-ped2.npy', help='file below SOURCE')
    args = parser.parse_args(argv)

    test_list = args.source / args.test_list
    segments = ped2.count_feature_segments(test_list, args.features)
    splits = {
        'train': ped2.convert_train(args.source / args.train_list),
        'test': ped2.convert_test(test_list, args.source / args.frame_labels, segments),
    }
    for split, (metainfo, data_list) in splits.items():
        path = args.out / f'{split}.json'
        save_annotations(path, metainfo, data_list)
        print(f'{path}: {len(data_list)} videos')


if __name__ == '__main__':
    main()
