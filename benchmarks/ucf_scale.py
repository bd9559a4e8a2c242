"""The whole recipe on a synthetic feature set of UCF-Crime's shape, against bare PyTorch.

Prints three figures, each a ratio of two things timed alternately in this process:
training iteration / bare loop over the same head, batches and optimiser, tensors in memory;
test-set evaluation / one pass of the attention's first matrix product over the same bytes;
and the peak resident memory of training and of evaluation.

    python benchmarks/ucf_scale.py --root /tmp/ucf_shape --train-scale 0.1
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from feature_sets import make_ucf_shaped_set
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from mmvad.engine.runner import build_runner

CONFIG = Path(__file__).resolve().parents[1] / 'configs' / 'salient_ucf.py'


def load_config(root: Path, epochs: int) -> Config:
    """Read the UCF-Crime config and point it at the synthetic set; nothing else is changed."""
    cfg = Config.fromfile(CONFIG)
    cfg.work_dir = str(root / 'work_dir')
    cfg.train_cfg.max_epochs = epochs
    for loader in ('train_dataloader', 'test_dataloader'):
        cfg[loader].dataset.data_root = str(root)
    return cfg


def bare_iterations(batches: list[torch.Tensor], head_cfg: dict):
    """Train the same head in a plain loop; yields after each iteration."""
    head = MODELS.build(head_cfg)
    optimizer = torch.optim.RAdam(head.parameters(), lr=1e-3)
    targets = torch.arange(len(batches[0])).ge(len(batches[0]) // 2).float()  # (N,)
    while True:
        for batch in batches:
            optimizer.zero_grad()
            F.binary_cross_entropy_with_logits(head(batch), targets).backward()
            optimizer.step()
            yield


class IterationClock:
    """Times the runner's iterations in rounds, with a round of the bare loop after each."""

    def __init__(self, runner: Runner, round_length: int) -> None:
        self.round_length = round_length
        self.ours, self.bare = [], []
        dataset = runner.train_dataloader.dataset
        random = np.random.default_rng(0)
        normal, anomalous = (np.flatnonzero(dataset.labels == label) for label in (0, 1))
        batches = []
        for _ in range(8):
            rows = np.concatenate([random.choice(normal, 32), random.choice(anomalous, 32)])
            batches.append(dataset.__getitems__(rows)['inputs'])
        self.loop = bare_iterations(batches, runner.cfg.model.head)

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
                state.update(count=0, start=None)

        return wrapped


def time_training(root: Path, epochs: int) -> Path:
    """Train with the config and print the ratio; returns the last checkpoint."""
    runner = build_runner(load_config(root, epochs))
    loop = runner.build_train_loop(runner._train_loop)
    runner._train_loop = loop
    clock = IterationClock(runner, round_length=25)
    loop.run_iter = clock.around(loop.run_iter)
    start = time.perf_counter()
    runner.train()
    total = time.perf_counter() - start
    ratios = np.array(clock.ours) / np.array(clock.bare)
    print(
        f'training: {1e3 * np.median(clock.ours):.1f} ms per iteration, bare loop '
        f'{1e3 * np.median(clock.bare):.1f} ms, ratio {np.median(ratios):.2f} '
        f'(quartiles {np.quantile(ratios, 0.25):.2f}–{np.quantile(ratios, 0.75):.2f}, '
        f'{len(ratios)} rounds of 25); {epochs} epochs with the bare rounds {total:.0f} s'
    )
    return root / 'work_dir' / f'epoch_{epochs}.pth'


def time_evaluation(root: Path, checkpoint: Path, rounds: int) -> None:
    """Test the checkpoint and time it against one matrix product over the same files."""
    cfg = load_config(root, 1)
    cfg.load_from = str(checkpoint)
    runner = build_runner(cfg)
    metrics = runner.test()
    head = runner.model.head
    dataset = runner.test_dataloader.dataset
    weight = head.attention.hidden.weight.detach()

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
    args = parser.parse_args()
    num_bytes = make_ucf_shaped_set(args.root, args.train_scale, args.test_scale)
    print(f'{num_bytes / 1e9:.1f} GB of features, {torch.get_num_threads()} threads')
    checkpoint = time_training(args.root, args.epochs)
    print_memory('training')
    time_evaluation(args.root, checkpoint, args.rounds)
    print_memory('evaluation')


if __name__ == '__main__':
    main()
