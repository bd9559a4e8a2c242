"""Training that is killed in mid-epoch goes on as if nothing had happened."""

import copy
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
    assert_same_training(resumed, whole)


def assert_same_training(resumed, whole):
    for name, value in whole['state_dict'].items():
        assert resumed['state_dict'][name].equal(value)
    for index, state in whole['optimizer']['state'].items():
        for name, value in state.items():
            assert resumed['optimizer']['state'][index][name].equal(value)
    assert resumed['optimizer']['param_groups'] == whole['optimizer']['param_groups']
    assert resumed.get('param_schedulers') == whole.get('param_schedulers')


SCHEDULES = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=7),
    dict(type='CosineAnnealingLR', by_epoch=True, T_max=6),
    dict(type='MultiStepLR', by_epoch=True, milestones=[1, 3], gamma=0.5),
]


def scheduled_config(root, work_dir, schedules=SCHEDULES, **options):
    options = {'train_cfg.max_epochs': EPOCHS, 'selection': 'last', **options}
    cfg = toy_config(root, work_dir, **options)
    cfg.default_hooks.checkpoint.max_keep_ckpts = -1
    if schedules:
        cfg.param_scheduler = copy.deepcopy(schedules)
    return cfg


def train(cfg, **options):
    cfg.merge_from_dict(options)
    RUNNERS.build(cfg).train()
    return torch.load(f'{cfg.work_dir}/epoch_{EPOCHS}.pth', weights_only=True)


@pytest.mark.parametrize('epoch', [1, 2])
def test_resumed_training_goes_on_in_its_schedules(toy_root, tmp_path, epoch):
    whole = train(scheduled_config(toy_root, tmp_path / 'whole'))
    start = str(tmp_path / 'whole' / f'epoch_{epoch}.pth')
    resumed = train(scheduled_config(toy_root, tmp_path / 'on'), resume=True, load_from=start)
    rates = [group['lr'] for group in whole['optimizer']['param_groups']]
    assert 0 < rates[0] < 0.01 / 4  # the milestones have halved it twice, the cosine lowers it too
    assert_same_training(resumed, whole)


def without_schedulers(path):
    """What a config with ``save_param_scheduler=False`` has saved."""
    content = torch.load(path, weights_only=True)
    content.pop('param_schedulers', None)
    old = path.with_name('old.pth')
    torch.save(content, old)
    return str(old)


@pytest.mark.parametrize('options', [{}, {'default_hooks.checkpoint.save_param_scheduler': False}])
def test_checkpoint_without_schedulers_resumes_where_the_config_has_none(
    toy_root, tmp_path, options
):
    whole = train(scheduled_config(toy_root, tmp_path / 'whole', None, **options))
    old = without_schedulers(tmp_path / 'whole' / 'epoch_2.pth')
    cfg = scheduled_config(toy_root, tmp_path / 'on', None, **options)
    assert_same_training(train(cfg, resume=True, load_from=old), whole)


def test_checkpoint_without_schedulers_is_refused_where_they_would_start_again(toy_root, tmp_path):
    train(scheduled_config(toy_root, tmp_path / 'whole'))
    old = without_schedulers(tmp_path / 'whole' / 'epoch_2.pth')
    cfg = scheduled_config(toy_root, tmp_path / 'on')
    message = r'old\.pth holds the state of 0 parameter schedulers, the config has 3; resumed, they'
    with pytest.raises(ValueError, match=message):
        train(cfg, resume=True, load_from=old)
