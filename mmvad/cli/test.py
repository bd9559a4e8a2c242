"""Test a checkpoint on the test set."""

import argparse
import inspect
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmvad import register
from mmvad.addresses import show_address
from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.results_table import results_table
from mmvad.cli.run_config import add_run_arguments, load_run_config
from mmvad.fetching import hide_weights, local_weights, refuse_offline

if TYPE_CHECKING:
    from mmengine.config import Config


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    add_run_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--dump',
        help='scores file to write, .json, for evaluate, calibrate and report (default: none)',
    )
    parser.add_argument(
        '--all', action='store_true', dest='all_metrics', help='all metrics, see docs/metrics.md'
    )
    parser.add_argument(
        '--show-dir', help='folder for a picture of the scores of every video (default: none)'
    )
    parser.add_argument(
        '--interval',
        type=int,
        default=1,
        help='one picture for so many videos, with --show-dir (default: 1)',
    )
    return parser


def run_test(args: argparse.Namespace) -> dict[str, float]:
    """Test as the flags of `build_parser` say.

    Returns:
        The metrics.

    Raises:
        FileNotFoundError: Config, data or checkpoint is not there.
        ValueError: The config does not go with a flag, the data or the checkpoint do not fit, or a
            metric is undefined.
    """
    register()
    from mmengine.dist import is_main_process

    from mmvad.engine.runner import build_runner

    cfg = load_run_config(args)
    if args.offline:
        refuse_offline('checkpoint', args.checkpoint)
    if args.dump is not None:
        set_dump(cfg, args.dump)
    if args.all_metrics:
        set_all_metrics(cfg)
    if args.show_dir is not None:
        show = dict(type='ScoreCurveHook', out_dir=args.show_dir, interval=args.interval)
        cfg.merge_from_dict(dict(default_hooks=dict(visualization=show)))
    hide_weights(cfg)  # a test loads the checkpoint alone
    checkpoint = dict(load_from=args.checkpoint)
    with local_weights(checkpoint):
        cfg.load_from = checkpoint['load_from']
        runner = build_runner(cfg)
        metrics = runner.test()
    if is_main_process():
        found = runner.test_loop.evaluator.metrics
        reasons = {key: why for one in found for key, why in getattr(one, 'undefined', {}).items()}
        print(describe(metrics, reasons, args))
    return metrics


def describe(
    metrics: Mapping[str, float], undefined: Mapping[str, str], args: argparse.Namespace
) -> str:
    """Lay out the metrics and why others are undefined, and name the command that comes next."""
    reasons = {name: f'undefined, because {reason}' for name, reason in undefined.items()}
    parts = [results_table({**metrics, **reasons}), '']
    scores_segments = any(name.startswith('frame/') for name in (*metrics, *reasons))
    if args.dump is None:
        again = f'{args.config} {show_address(args.checkpoint)} --dump scores.json'
        readers = 'report and calibrate' if scores_segments else 'evaluate'
        parts.append(f'next: mmvad test {again}  writes the scores for {readers}')
    elif scores_segments:
        parts.append(f'next: mmvad report {args.dump} --out-dir {Path(args.dump).stem}')
    else:
        parts.append(f'next: mmvad evaluate {args.dump}')
    return '\n'.join(parts)


def set_dump(cfg: 'Config', path: str) -> None:
    """Let a metric of the test write a scores file.

    The first metric that takes a ``dump`` writes it. Where there is none, as in a recognizer's
    config, `ScoresDump` comes before the others, so that an undefined metric does not cost the
    scores.

    Args:
        cfg: Config of the test; its evaluator is changed.
        path: JSON file.

    Raises:
        ValueError: The config has no ``test_evaluator``.
    """
    owner, key = _evaluator_of(cfg, '--dump')
    metrics = list(owner[key]) if isinstance(owner[key], Sequence) else [owner[key]]
    for metric in metrics:
        if _takes(metric['type'], 'dump'):
            metric['dump'] = path
            return
    owner[key] = [dict(type='ScoresDump', dump=path), *metrics]


def set_all_metrics(cfg: 'Config') -> None:
    """Let the metrics of the test that leave some out give all.

    Args:
        cfg: Config of the test; its evaluator is changed.

    Raises:
        ValueError: The config has no ``test_evaluator``, or none of its metrics leaves some out.
    """
    owner, key = _evaluator_of(cfg, '--all')
    metrics = owner[key] if isinstance(owner[key], Sequence) else [owner[key]]
    chosen = [metric for metric in metrics if _takes(metric['type'], 'all_metrics')]
    if not chosen:
        raise ValueError('--all: no metric of the config gives more than it does anyway')
    for metric in chosen:
        metric['all_metrics'] = True


def _evaluator_of(cfg: 'Config', flag: str) -> tuple['Config', str]:
    """Find where the metrics of the test stand."""
    if cfg.get('test_evaluator') is None:
        raise ValueError(f'{flag}: the config has no test_evaluator')
    evaluator = cfg['test_evaluator']
    if isinstance(evaluator, Mapping) and 'metrics' in evaluator:
        return evaluator, 'metrics'
    return cfg, 'test_evaluator'


def _takes(kind: str | type, argument: str) -> bool:
    from mmaction.registry import METRICS

    metric = METRICS.get(kind) if isinstance(kind, str) else kind
    return metric is not None and argument in inspect.signature(metric).parameters


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and test; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)

    def job() -> None:
        run_test(args)

    return report_errors(parser, job)


if __name__ == '__main__':
    sys.exit(main())
