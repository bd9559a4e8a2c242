"""Train a detector."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmvad import register
from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.run_config import add_run_arguments, load_run_config, use_mixed_precision
from mmvad.fetching import local_weights, refuse_config_offline

if TYPE_CHECKING:
    from mmengine.config import Config


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    add_run_arguments(parser)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='checkpoint to resume from; without a value the last one in the work folder '
        '(default: start from the beginning)',
    )
    parser.add_argument(
        '--amp',
        action='store_true',
        help='mixed precision; on a processor without units for bfloat16 it stays in float32',
    )
    parser.add_argument('--no-validate', action='store_true', help='no validation while training')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help="scale the learning rate with the batch, from the config's auto_scale_lr",
    )
    parser.add_argument('--seed', type=int, help="random seed (default: the config's)")
    parser.add_argument('--diff-rank-seed', action='store_true', help='another seed on each rank')
    parser.add_argument('--deterministic', action='store_true', help='deterministic CUDA kernels')
    return parser


def configure_training(args: argparse.Namespace) -> 'Config':
    """Read the config of a training and put the flags into it.

    Args:
        args: Flags of `build_parser`.

    Returns:
        The config.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: The config does not go with a flag.
    """
    cfg = load_run_config(args)
    if not args.verbose:
        cfg.merge_from_dict({'default_hooks.console': dict(type='ConsoleHook')})
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if args.amp:
        use_mixed_precision(cfg)
    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    if args.auto_scale_lr:
        if 'base_batch_size' not in (cfg.get('auto_scale_lr') or {}):
            raise ValueError(
                '--auto-scale-lr: the config does not say for which batch its learning rate is; '
                'set auto_scale_lr=dict(base_batch_size=…)'
            )
        cfg.auto_scale_lr.enable = True
    if args.seed is not None:
        cfg.merge_from_dict({'randomness.seed': args.seed})
    if args.diff_rank_seed or args.deterministic:
        switches = dict(diff_rank_seed=args.diff_rank_seed, deterministic=args.deterministic)
        cfg.merge_from_dict(dict(randomness=switches))
    return cfg


def run_training(args: argparse.Namespace) -> None:
    """Train as the flags of `build_parser` say.

    Raises:
        FileNotFoundError: Config, data or a checkpoint to resume from is not there.
        ValueError: The config does not go with a flag, the data do not fit the config, or weights
            would be fetched offline.
    """
    register()
    from mmvad.engine.runner import build_runner

    cfg = configure_training(args)
    if args.offline:
        refuse_config_offline(cfg)
    with local_weights(cfg):
        build_runner(cfg).train()


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and train; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: run_training(args))


if __name__ == '__main__':
    sys.exit(main())
