"""Convert a pickled object array of features, as some published files are, to a plain .npy file."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.datasets.object_arrays import read_object_array
from mmvad.files import atomic_path, printable


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('source', type=Path, help='object array, .npy')
    parser.add_argument('out', type=Path, help='plain array, .npy; may be the source itself')
    return parser


def convert_features(source: Path, out: Path) -> None:
    """Read the numbers, run nothing, write float32.

    Raises:
        OSError: The file cannot be read or written.
        ValueError: It is no object array of numbers, or `out` is not named ``.npy``.
    """
    if out.suffix != '.npy':
        raise ValueError(f'OUT must be a .npy file, got {out}')
    features = read_object_array(source)
    with atomic_path(out) as temporary:
        np.save(temporary, features)
    print(printable(f'{out}: float32 {features.shape}'))


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and convert; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: convert_features(args.source, args.out))


if __name__ == '__main__':
    sys.exit(main())
