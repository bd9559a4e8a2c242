"""Render made-up surveillance scenes, extract, train, test, and draw what came out."""

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
    times = ', '.join(f'{stage} {seconds:.0f} s' for stage, seconds in result.seconds.items())
    print(f'\n{times}')
    print('The scenes are made up and the network is untrained: this shows the path, no accuracy.')
    print(f'frame AUC {result.metrics["frame/AUC"]:.4f}, AP {result.metrics["frame/AP"]:.4f}')
    print(f'review page:    {result.out / "review.html"} (open it in a browser)')
    print(f'score curves:   {result.out / "curves"}')
    print(f'attention maps: {result.out / "attention"}')
    print(f'scores:         {result.out / "scores.json"} (tools/evaluate.py scores them again)')


if __name__ == '__main__':
    main()
