"""Walk the data sets of a config before training; print every problem and exit with 1 if any."""

import argparse
import sys

from mmengine.config import Config, DictAction

from mmvad.datasets.data_check import SPLITS, check_dataset, configured_datasets


def main(argv: list[str] | None = None) -> int:
    """Parse, walk, summarise; give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('--split', nargs='+', choices=SPLITS, default=SPLITS)
    parser.add_argument(
        '--skip-values',
        action='store_true',
        help='no search for NaN and Inf, which reads all files',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of the config, for instance train_dataloader.dataset.data_root=DIR',
    )
    args = parser.parse_args(argv)

    config = Config.fromfile(args.config)
    config.merge_from_dict(args.cfg_options or {})
    problems = 0
    for split, dataset in configured_datasets(config, args.split).items():
        summary = check_dataset(
            dataset, lambda line, split=split: print(f'{split}: {line}'), not args.skip_values
        )
        problems += summary.problems
        print(
            f'{split}: {summary.videos} videos, {summary.files} files, {summary.problems} problems'
        )
        if summary.trimmed:
            print(f'{split}: {summary.trimmed} videos are one segment longer than their audio, cut')
    return int(problems > 0)


if __name__ == '__main__':
    sys.exit(main())
