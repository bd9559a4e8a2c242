"""Train a detector."""

import argparse

from mmvad.apis.command_line import (
    add_run_arguments,
    build_runner,
    load_run_config,
    use_mixed_precision,
)


def main(argv: list[str] | None = None) -> None:
    """Parse the flags, build the runner, train."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_run_arguments(parser)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='checkpoint to resume from; without a value the last one in the work folder',
    )
    parser.add_argument('--amp', action='store_true', help='mixed precision')
    parser.add_argument('--no-validate', action='store_true', help='no validation while training')
    parser.add_argument('--auto-scale-lr', action='store_true', help="scale by the config's batch")
    parser.add_argument('--seed', type=int, help="random seed; the config's by default")
    parser.add_argument('--diff-rank-seed', action='store_true', help='another seed on each rank')
    parser.add_argument('--deterministic', action='store_true', help='deterministic CUDA kernels')
    args = parser.parse_args(argv)

    cfg = load_run_config(args)
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
    build_runner(cfg).train()


if __name__ == '__main__':
    main()
