from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import RUNNERS
from mmengine.hooks import Hook
from toy_data import toy_config

from mmvad.engine.hooks import IterValidationHook


class Record(Hook):
    """Keeps the iterations after which the model was validated, and its mode after that."""

    def __init__(self):
        self.iterations = []
        self.training = []

    def after_val_epoch(self, runner, metrics=None):
        self.iterations.append(runner.iter)

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.training.append(runner.model.training)


def train(root, work_dir, **options):
    runner = RUNNERS.build(toy_config(root, work_dir, **options))
    record = Record()
    runner.register_hook(record)
    runner.train()
    return runner.model.state_dict(), record


def test_it_validates_every_so_many_iterations_and_changes_nothing_in_training(toy_root, tmp_path):
    plain, _ = train(toy_root, tmp_path / 'last', selection='last')
    options = {'selections.test.default_hooks.iter_validation.interval': 2}
    observed, record = train(toy_root, tmp_path / 'paper', selection='test', **options)
    assert record.iterations == [2, 4, 5, 6, 8, 10]  # 5 and 10 are the ends of epochs
    assert all(record.training)
    assert all(observed[name].equal(plain[name]) for name in plain)


def test_no_validation_where_there_is_no_loop(toy_root, tmp_path):
    options = {'custom_hooks': [dict(type='IterValidationHook', interval=1)]}
    _, record = train(toy_root, tmp_path, selection='last', **options)
    assert record.iterations == []


def test_random_state_is_left_alone_and_the_model_trains_on():
    model = torch.nn.Linear(1, 1)

    def validate():
        model.eval()
        torch.rand(5)

    runner = SimpleNamespace(val_loop=SimpleNamespace(run=validate), iter=3, model=model)
    before = torch.get_rng_state()
    IterValidationHook(3).before_train_iter(runner, 0)
    assert torch.get_rng_state().equal(before)
    assert model.training


@pytest.mark.parametrize('interval', [0, -2])
def test_interval_below_one_is_refused(interval):
    with pytest.raises(ValueError, match=f'interval must be at least 1, got {interval}'):
        IterValidationHook(interval)
