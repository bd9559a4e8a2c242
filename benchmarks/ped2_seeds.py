"""Train and test ``configs/salient_ped2.py`` with several seeds; mean and deviation of frame AUC.

python benchmarks/ped2_seeds.py --seeds 0 1 2 3 4 --bag-sizes 2 32
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from mmengine.config import Config

from mmvad.engine.runner import build_runner

CONFIG = Path(__file__).resolve().parents[1] / 'configs' / 'salient_ped2.py'


def load_config(work_dir: str, stage: str, seed: int, bag_size: int) -> Config:
    """Read the config for one seed and one bag size, with a quiet log."""
    cfg = Config.fromfile(CONFIG)
    cfg.work_dir = work_dir
    cfg.merge_from_dict({'randomness.seed': seed, 'model.head.bag_size': bag_size})
    cfg.log_level = 'WARNING'
    cfg.experiment_name = f'{stage}-{seed}-{bag_size}'  # else runs of one second share a visualizer
    return cfg


def main() -> None:
    """Train each seed once, test it at each bag size, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2, 3, 4])
    parser.add_argument('--bag-sizes', type=int, nargs='+', default=[2, 32])
    args = parser.parse_args()
    scores = {bag_size: [] for bag_size in args.bag_sizes}
    seconds = []
    for seed in args.seeds:
        with tempfile.TemporaryDirectory() as work_dir:
            cfg = load_config(work_dir, 'train', seed, args.bag_sizes[0])
            start = time.perf_counter()
            build_runner(cfg).train()
            seconds.append(time.perf_counter() - start)
            for bag_size in args.bag_sizes:
                cfg = load_config(work_dir, 'test', seed, bag_size)
                cfg.load_from = str(Path(work_dir, f'epoch_{cfg.train_cfg.max_epochs}.pth'))
                scores[bag_size].append(build_runner(cfg).test()['frame/AUC'])
    print(f'{len(args.seeds)} seeds, training {min(seconds):.0f}–{max(seconds):.0f} s per seed')
    for bag_size, values in scores.items():
        listed = ' '.join(f'{value:.4f}' for value in values)
        print(f'l = {bag_size}: frame AUC {np.mean(values):.4f} ± {np.std(values):.4f} ({listed})')


if __name__ == '__main__':
    main()
