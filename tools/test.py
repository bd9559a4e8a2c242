"""Test a checkpoint on the test set."""

import argparse

from mmvad.apis.command_line import add_run_arguments, build_runner, load_run_config


def main(argv: list[str] | None = None) -> dict:
    """Parse the flags, build the runner, test; return the metrics."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_run_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--dump', help='JSON file for the scores, for tools/evaluate.py')
    parser.add_argument('--show-dir', help='folder for a picture of the scores of every video')
    parser.add_argument(
        '--interval', type=int, default=1, help='one picture for so many videos, with --show-dir'
    )
    args = parser.parse_args(argv)

    cfg = load_run_config(args)
    cfg.load_from = args.checkpoint
    if args.dump is not None:
        cfg.test_evaluator.dump = args.dump
    if args.show_dir is not None:
        show = dict(type='ScoreCurveHook', out_dir=args.show_dir, interval=args.interval)
        cfg.merge_from_dict(dict(default_hooks=dict(visualization=show)))
    return build_runner(cfg).test()


if __name__ == '__main__':
    main()
