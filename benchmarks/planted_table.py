"""Heads × planted sets: frame AUC and the mean of the AUCs inside of the videos.

    python benchmarks/planted_table.py --seeds 0 1 2
    python benchmarks/planted_table.py --heads order --sets ordered unordered

Each head is trained by its own config on sets that differ by one planted difficulty each; the last
column says which ingredient of a head should matter there. The second command is the paper's
Table 1 where the answer is known.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from detector_runs import (
    frame_measures,
    frame_runs,
    load_config,
    open_videos,
    score_videos,
    train_detector,
)
from planted.heads import HEADS, ORDER_HEADS, PlantedHead
from planted.sets import ALL_SETS, CHANNELS, SETS, PlantedSet, make_planted_set

Measures = dict[str, dict[str, float]]  # by head
GROUPS = {'salient': HEADS, 'order': ORDER_HEADS}


def measure_set(planted: PlantedSet, heads: Sequence[PlantedHead], seed: int) -> Measures:
    """Make a set, train what its heads need, measure each head.

    Args:
        planted: Which set.
        heads: Which heads.
        seed: Of the set and of the trainings.

    Returns:
        ``AUC``, ``AP`` and ``within`` by name of the head.
    """
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        dataset = make_planted_set(planted, Path(folder), seed)
        for training in dict.fromkeys(head.training for head in heads):
            config, options, epochs = training
            settings = {'train_cfg.max_epochs': epochs, **dict(options)}
            cfg = load_config(config, dataset, CHANNELS, settings)
            detector = train_detector(cfg, seed)
            own = [head for head in heads if head.training == training]

            def score(features, own=own, detector=detector):
                return {head.name: head.score(detector, features) for head in own}

            for name, videos in score_videos(open_videos(cfg), score).items():
                found[name] = frame_measures(frame_runs(videos))
    return found


def write_table(found: dict[str, list[Measures]], heads: Sequence[PlantedHead]) -> str:
    """Write a Markdown table: means over the seeds, with the deviation of the AUC.

    Args:
        found: Measures of each seed by name of the set.
        heads: Columns.

    Returns:
        The table; a cell is AUC ± deviation / within.
    """
    lines = [f'| set | {" | ".join(head.name for head in heads)} | what should matter |']
    lines.append('|---' * (len(heads) + 2) + '|')
    matters = {planted.name: planted.matters for planted in ALL_SETS}
    for name, seeds in found.items():
        cells = []
        for head in heads:
            area = [measures[head.name]['AUC'] for measures in seeds]
            within = [measures[head.name]['within'] for measures in seeds]
            cells.append(f'{np.mean(area):.3f} ± {np.std(area):.3f} / {np.mean(within):.3f}')
        lines.append(f'| {name} | {" | ".join(cells)} | {matters[name]} |')
    return '\n'.join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Train and measure all heads on all sets, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    by_name = {planted.name: planted for planted in ALL_SETS}
    default = [planted.name for planted in SETS]
    parser.add_argument('--sets', nargs='+', choices=list(by_name), default=default)
    parser.add_argument('--heads', choices=list(GROUPS), default='salient')
    args = parser.parse_args(argv)
    heads, found = GROUPS[args.heads], {}
    for name in args.sets:
        found[name] = [measure_set(by_name[name], heads, seed) for seed in args.seeds]
    print(f'{len(args.seeds)} seeds; a cell is frame AUC ± deviation / macro within')
    print(write_table(found, heads))


if __name__ == '__main__':
    main()
