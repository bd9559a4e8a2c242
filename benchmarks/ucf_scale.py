"""The whole recipe on a synthetic feature set of UCF-Crime's shape, against bare PyTorch.

Prints three figures, each a ratio of two things timed alternately in this process:
training iteration / bare loop over the same model, batches and optimiser, tensors in memory;
test-set evaluation / one pass of the head's first matrix product over the same bytes;
and the peak resident memory of training and of evaluation.

    python benchmarks/ucf_scale.py --root /tmp/ucf_shape --train-scale 0.1
    python benchmarks/ucf_scale.py --root /tmp/ucf_shape --train-scale 0.1 --config sultani_ucf
    python benchmarks/ucf_scale.py --root /tmp/rtfm --config rtfm_ucf --iterations 10 --videos 64
    python benchmarks/ucf_scale.py --root /tmp/hlnet --config hlnet_ucf --iterations 10 --videos 64

With --iterations so many training iterations are timed, one by one, and nothing is evaluated. A
batch has its full shape where there are fewer videos, too.
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from feature_sets import TRAIN_VIDEOS, make_ucf_shaped_set
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import OPTIMIZERS
from mmengine.runner import Runner
from torch import nn

from mmvad.config_files import find_config
from mmvad.engine.runner import build_runner
from mmvad.paper.cost import count_parameters, width_of


def load_config(root: Path, epochs: int, config: str) -> Config:
    """Read a UCF-Crime config and point it at the synthetic set; nothing else is changed."""
    cfg = Config.fromfile(find_config(config))
    cfg.work_dir = str(root / 'work_dir')
    cfg.train_cfg.max_epochs = epochs
    for loader in ('train_dataloader', 'test_dataloader'):
        dataset, split = cfg[loader].dataset, loader.split('_')[0]
        dataset.data_root, dataset.ann_file = str(root), f'annotations/{split}.json'
        dataset.features = dict(
            root=f'features/i3d_r50/{split}',
            pattern='{name}_i3d.npy',
            num_crops=10,
            num_channels=width_of(cfg),
        )
    return cfg


def bare_iterations(batches: list[dict], cfg: Config):
    """Train the same model in a plain loop; yields after each iteration."""
    model = MODELS.build(cfg.model)
    optimizer = OPTIMIZERS.build(dict(cfg.optim_wrapper.optimizer, params=list(model.parameters())))
    while True:
        for batch in batches:
            optimizer.zero_grad()
            losses = model(batch['inputs'], batch['data_samples'], mode='loss')
            sum(losses.values()).backward()
            optimizer.step()
            yield


class IterationClock:
    """Times the runner's iterations in rounds, with a round of the bare loop after each."""

    def __init__(
        self, runner: Runner, round_length: int, num_batches: int = 8, verbose: bool = False
    ) -> None:
        self.round_length = round_length
        self.verbose = verbose
        self.ours, self.bare = [], []
        dataset = runner.train_dataloader.dataset
        random = np.random.default_rng(0)
        normal, anomalous = (np.flatnonzero(dataset.labels == label) for label in (0, 1))
        batches = []
        for _ in range(num_batches):
            rows = np.concatenate([random.choice(normal, 32), random.choice(anomalous, 32)])
            batches.append(dataset.__getitems__(rows))
        self.loop = bare_iterations(batches, runner.cfg)

    def around(self, run_iter):
        """Wrap the train loop's ``run_iter``; the time between calls is the loader's and hooks'."""
        state = dict(count=0, start=None)

        def wrapped(idx, data_batch):
            run_iter(idx, data_batch)
            if state['start'] is None:
                state['start'] = time.perf_counter()
                return
            state['count'] += 1
            if state['count'] == self.round_length:
                ours = time.perf_counter() - state['start']
                start = time.perf_counter()
                for _ in range(self.round_length):
                    next(self.loop)
                bare = time.perf_counter() - start
                self.ours.append(ours / self.round_length)
                self.bare.append(bare / self.round_length)
                if self.verbose:
                    print(f'{self.ours[-1]:.2f} s, bare loop {self.bare[-1]:.2f} s', flush=True)
                state.update(count=0, start=time.perf_counter())

        return wrapped


def time_training(root: Path, epochs: int, config: str) -> Path:
    """Train with the config and print the ratio; returns the last checkpoint."""
    cfg = load_config(root, epochs, config)
    cfg.work_dir = str(root / 'work_dir' / config)
    runner = build_runner(cfg)
    loop = runner.build_train_loop(runner._train_loop)
    runner._train_loop = loop
    clock = IterationClock(runner, round_length=25)
    loop.run_iter = clock.around(loop.run_iter)
    start = time.perf_counter()
    runner.train()
    total = time.perf_counter() - start
    ratios = np.array(clock.ours) / np.array(clock.bare)
    print(
        f'{config}, {count_parameters(runner.model):,} parameters: training '
        f'{1e3 * np.median(clock.ours):.1f} ms per iteration, bare loop '
        f'{1e3 * np.median(clock.bare):.1f} ms, ratio {np.median(ratios):.2f} '
        f'(quartiles {np.quantile(ratios, 0.25):.2f}–{np.quantile(ratios, 0.75):.2f}, '
        f'{len(ratios)} rounds of 25); {epochs} epochs with the bare rounds {total:.0f} s'
    )
    return Path(cfg.work_dir) / f'epoch_{epochs}.pth'


def time_iterations(root: Path, config: str, iterations: int) -> None:
    """Time single training iterations of a system; the first of either loop does not count."""
    cfg = load_config(root, 1, config)
    cfg.train_dataloader.batch_sampler.num_batches = iterations + 1
    cfg.selection = 'last'
    runner = build_runner(cfg)
    loop = runner.build_train_loop(runner._train_loop)
    runner._train_loop = loop
    clock = IterationClock(runner, round_length=1, num_batches=1, verbose=True)
    next(clock.loop)
    loop.run_iter = clock.around(loop.run_iter)
    runner.train()
    ratios = np.array(clock.ours) / np.array(clock.bare)
    print(
        f'{config}, {count_parameters(runner.model):,} parameters: {len(ratios)} iterations, '
        f'median {np.median(clock.ours):.2f} s, bare loop {np.median(clock.bare):.2f} s, ratio '
        f'{np.median(ratios):.2f} ({ratios.min():.2f}–{ratios.max():.2f})'
    )


def time_evaluation(root: Path, config: str, checkpoint: Path, rounds: int) -> None:
    """Test the checkpoint and time it against one matrix product over the same files."""
    cfg = load_config(root, 1, config)
    cfg.load_from = str(checkpoint)
    runner = build_runner(cfg)
    metrics = runner.test()
    first = next(part for part in runner.model.head.modules() if isinstance(part, nn.Linear))
    dataset = runner.test_dataloader.dataset
    weight = first.weight.detach()

    def one_product() -> None:
        with torch.inference_mode():
            for entry in dataset.annotations:
                features = torch.from_numpy(dataset.store.load(entry['video']))
                F.linear(features, weight)

    ours, product = [], []
    for _ in range(rounds):
        for seconds, job in ((ours, runner.test_loop.run), (product, one_product)):
            start = time.perf_counter()
            job()
            seconds.append(time.perf_counter() - start)
    ratio = np.median(np.array(ours) / np.array(product))
    print(
        f'evaluation: {np.median(ours):.2f} s, one product over the same files '
        f'{np.median(product):.2f} s, ratio {ratio:.2f}; frame AUC {metrics["frame/AUC"]:.4f}'
    )


def print_memory(stage: str) -> None:
    """Print the peak and the process's own memory; the rest is mapped feature files."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    status = Path('/proc/self/status').read_text(encoding='utf-8')
    own = int(status.split('RssAnon:')[1].split()[0]) / 2**20
    print(f'{stage}: peak resident memory {peak:.2f} GiB, of its own {own:.2f} GiB')


def main() -> None:
    """Make the set, train, evaluate, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--root', type=Path, required=True, help='folder for the synthetic set')
    parser.add_argument('--train-scale', type=float, default=0.1, help='1 gives 65 GB')
    parser.add_argument('--test-scale', type=float, default=1.0, help='1 gives 5.7 GB')
    parser.add_argument('--epochs', type=int, default=10)
    parser.add_argument('--rounds', type=int, default=3, help='of the evaluation')
    parser.add_argument('--config', default='salient_ucf', help='what is trained')
    parser.add_argument('--iterations', type=int, help='time so many, and evaluate nothing')
    parser.add_argument('--videos', type=int, help='training videos of each class (default: all)')
    parser.add_argument('--threads', type=int, help="of PyTorch (default: PyTorch's own)")
    args = parser.parse_args()
    if args.threads is not None:
        torch.set_num_threads(args.threads)
    videos = TRAIN_VIDEOS if args.videos is None else (args.videos, args.videos)
    channels = width_of(Config.fromfile(find_config(args.config)))
    num_bytes = make_ucf_shaped_set(
        args.root, args.train_scale, args.test_scale, train_videos=videos, channels=channels
    )
    print(f'{num_bytes / 1e9:.1f} GB of features, {torch.get_num_threads()} threads')
    if args.iterations is not None:
        time_iterations(args.root, args.config, args.iterations)
        print_memory('training, with the bare loop')
        return
    checkpoint = time_training(args.root, args.epochs, args.config)
    print_memory('training')
    time_evaluation(args.root, args.config, checkpoint, args.rounds)
    print_memory('evaluation')


if __name__ == '__main__':
    main()
