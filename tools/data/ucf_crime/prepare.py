"""Make the annotation files of UCF-Crime from the official lists."""

import argparse
from pathlib import Path

from mmvad.datasets.annotations import save_annotations
from mmvad.datasets.converters import ucf_crime


def main(argv: list[str] | None = None) -> None:
    """Parse, convert, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--source', type=Path, default=Path('data/ucf_crime/annotations'))
    parser.add_argument('--out', type=Path, default=Path('data/ucf_crime/annotations'))
    parser.add_argument('--family', choices=tuple(ucf_crime.FAMILIES), default='r50')
    parser.add_argument(
        '--temporal',
        default='Temporal_Anomaly_Annotation_frames.txt',
        help='file below SOURCE; with or without frame counts',
    )
    parser.add_argument('--train-list', help='feature list below SOURCE, to take its order')
    parser.add_argument('--test-list', help='feature list below SOURCE, to take its order')
    args = parser.parse_args(argv)

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
        path = args.out / f'{split}{ending}.json'
        save_annotations(path, metainfo, data_list)
        print(f'{path}: {len(data_list)} videos')


if __name__ == '__main__':
    main()
