"""Test a checkpoint on the test set."""

import argparse

from mmvad.apis.command_line import add_run_arguments, build_runner, load_run_config


def main(argv: list[str] | None = None) -> dict:
    """Parse the flags, build the runner, test; return the metrics."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_run_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--dump', help='JSON file for the scores, for tools/evaluate.py')
    args = parser.parse_args(argv)

    cfg = load_run_config(args)
    cfg.load_from = args.checkpoint
    if args.dump is not None:
        cfg.test_evaluator.dump = args.dump
    return build_runner(cfg).test()


if __name__ == '__main__':
    main()
