"""Convert a pickled object array of features, as some published files are, to a plain .npy file."""

import argparse
from pathlib import Path

import numpy as np

from mmvad.datasets.object_arrays import read_object_array
from mmvad.files import atomic_path


def main(argv: list[str] | None = None) -> None:
    """Read the numbers, run nothing, write float32."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('source', type=Path, help='object array, .npy')
    parser.add_argument('out', type=Path, help='plain array, .npy; may be the source itself')
    args = parser.parse_args(argv)
    if args.out.suffix != '.npy':
        parser.error(f'OUT must be a .npy file, got {args.out}')
    features = read_object_array(args.source)
    with atomic_path(args.out) as temporary:
        np.save(temporary, features)
    print(f'{args.out}: float32 {features.shape}')


if __name__ == '__main__':
    main()
