"""Walk the data sets of a config before training; print every problem and exit with 1 if any."""

import argparse
import sys
from collections.abc import Sequence

from mmvad import register
from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.run_config import add_config_arguments, add_data_root, read_config
from mmvad.datasets.annotation_rules import SPLITS
from mmvad.files import printable
from mmvad.spelling import counted


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    add_config_arguments(parser, 'train_dataloader.dataset.data_root=DIR')
    add_data_root(parser)
    parser.add_argument(
        '--split',
        nargs='+',
        choices=SPLITS,
        default=SPLITS,
        help=f'which to walk (default: {" ".join(SPLITS)})',
    )
    parser.add_argument(
        '--skip-values',
        action='store_true',
        help='no search for NaN and Inf, which reads all files',
    )
    return parser


def check_data(args: argparse.Namespace) -> int:
    """Walk as the flags of `build_parser` say, and print what is found.

    Returns:
        Number of problems.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: The config has no data set of features, or its settings contradict each other.
    """
    register()
    from mmvad.datasets.data_check import check_dataset, configured_datasets
    from mmvad.engine.runner import set_data_root

    config = read_config(args.config, args.cfg_options)
    if args.data_root is not None:
        set_data_root(config, args.data_root)
    problems = 0
    for split, dataset in configured_datasets(config, args.split).items():

        def report(line: str, split: str = split) -> None:
            print(printable(f'{split}: {line}'))

        summary = check_dataset(dataset, report, not args.skip_values)
        problems += summary.problems
        counts = dict(video=summary.videos, file=summary.files, problem=summary.problems)
        print(f'{split}: {", ".join(counted(number, noun) for noun, number in counts.items())}')
        if summary.trimmed:
            trimmed = counted(summary.trimmed, 'video')
            print(f'{split}: {trimmed} one segment longer than the audio, cut')
    return problems


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and walk; the exit status is 1 where there is a problem, 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: int(check_data(args) > 0))


if __name__ == '__main__':
    sys.exit(main())
