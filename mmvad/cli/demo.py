"""Render made-up surveillance scenes, extract, train, test, score videos, draw what was found."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmvad.cli.errors import CommandParser, report_errors
from mmvad.demo.pipeline import DemoResult, run_demo


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('demo_out'),
        help='folder for everything (default: demo_out)',
    )
    parser.add_argument('--seed', type=int, default=0, help='of scenes and training (default: 0)')
    return parser


def describe(result: DemoResult) -> str:
    """Say what came out of the demo, and where it is."""
    times = ', '.join(f'{stage} {seconds:.0f} s' for stage, seconds in result.seconds.items())
    lines = [
        '',
        times,
        'The scenes are made up: this shows the path, and says little about real recordings.',
        f'frame AUC {result.metrics["frame/AUC"]:.4f}, AP {result.metrics["frame/AP"]:.4f}',
        f'review page:    {result.out / "review.html"} (open it in a browser)',
        f'curves, videos: {result.out / "scored"}',
        f'attention maps: {result.out / "attention"}',
        f'scores:         {result.out / "scores.json"} (mmvad evaluate reads it)',
    ]
    return '\n'.join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and run; the exit status is 2 where the folder is something else's."""
    parser = build_parser()
    args = parser.parse_args(argv)
    return report_errors(parser, lambda: print(describe(run_demo(args.out, args.seed))))


if __name__ == '__main__':
    sys.exit(main())
