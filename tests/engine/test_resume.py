"""Training that is killed in mid-epoch goes on as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from mmaction.registry import RUNNERS
from mmengine.config import Config
from toy_data import REPOSITORY, dump_config, toy_config

BATCHES = 200
EPOCHS = 4


@pytest.fixture
def config(toy_root, tmp_path):
    """A config of epochs that are long enough to be killed in."""
    cfg = toy_config(toy_root, tmp_path / 'killed', **{'train_cfg.max_epochs': EPOCHS})
    cfg.train_dataloader.batch_sampler.update(replacement=True, num_batches=BATCHES)
    cfg.default_hooks.logger.interval = 1
    return dump_config(cfg, tmp_path / 'resume.py')


def last_step(work_dir):
    """Read the last iteration that the log of the run knows."""
    lines = [line for path in work_dir.glob('*/vis_data/scalars.json') for line in path.open()]
    steps = [json.loads(line)['step'] for line in lines if 'loss' in line and line.endswith('}\n')]
    return max(steps, default=0)


def train_and_kill_in_mid_epoch(config, work_dir):
    process = subprocess.Popen(
        [sys.executable, REPOSITORY / 'tools' / 'train.py', config],
        env=dict(os.environ, OMP_NUM_THREADS='1'),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while last_step(work_dir) < BATCHES + BATCHES // 5:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def finish(config, work_dir, **changes):
    cfg = Config.fromfile(config)
    cfg.merge_from_dict(dict(work_dir=str(work_dir), **changes))
    RUNNERS.build(cfg).train()
    return torch.load(work_dir / f'epoch_{EPOCHS}.pth', weights_only=True)


def test_killed_and_resumed_training_ends_with_the_weights_of_an_uninterrupted_one(
    config, tmp_path
):
    killed = tmp_path / 'killed'
    train_and_kill_in_mid_epoch(config, killed)
    assert last_step(killed) % BATCHES
    assert (killed / 'epoch_1.pth').exists() and not (killed / f'epoch_{EPOCHS}.pth').exists()
    resumed = finish(config, killed, resume=True)
    whole = finish(config, tmp_path / 'whole')
    assert resumed['meta']['iter'] == whole['meta']['iter'] == EPOCHS * BATCHES
    for name, value in whole['state_dict'].items():
        assert resumed['state_dict'][name].equal(value)
    for index, state in whole['optimizer']['state'].items():
        for name, value in state.items():
            assert resumed['optimizer']['state'][index][name].equal(value)
