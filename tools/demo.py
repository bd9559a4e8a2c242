"""Train and test on a small made-up feature set, and draw what came out."""

import argparse
from pathlib import Path

from mmvad.apis.demo import run_demo


def main(argv: list[str] | None = None) -> None:
    """Parse, run, say what came out and where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', type=Path, default=Path('demo_out'), help='folder for everything')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args(argv)
    result = run_demo(args.out, args.seed)
    print('\nMade-up features with a planted anomaly, 20 test videos:')
    print(f'  frame AUC {result.metrics["frame/AUC"]:.4f}, AP {result.metrics["frame/AP"]:.4f}')
    print(f'  score curves:   {result.curves}')
    print(f'  attention maps: {result.attention}')
    print(f'  checkpoint:     {result.checkpoint}')
    print(f'  scores:         {result.dump} (tools/evaluate.py scores them again)')


if __name__ == '__main__':
    main()
