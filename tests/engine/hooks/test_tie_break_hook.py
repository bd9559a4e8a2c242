"""Epochs of the same score are told apart by their loss."""

from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import HOOKS, RUNNERS
from mmengine.hooks import Hook
from mmengine.logging import MessageHub
from toy_data import toy_config

from mmvad.engine.hooks import TieBreakHook


class SetMetrics(Hook):
    """Puts planned scores in the place of those that the validation gave."""

    priority = 'VERY_HIGH'

    def __init__(self, planned):
        self.planned = planned

    def after_val_epoch(self, runner, metrics):
        metrics['video/AUC'], metrics['video/loss'] = self.planned[runner.epoch - 1]


def best_epoch(root, folder, planned, **options):
    """Train with planned (AUC, loss) of each epoch; give the epoch that is kept as the best."""
    cfg = toy_config(root, folder, **{'train_cfg.max_epochs': len(planned), **options})
    runner = RUNNERS.build(cfg)
    runner.register_hook(SetMetrics(planned))
    runner.train()
    (path,) = folder.glob('best_*.pth')
    assert torch.load(path, weights_only=True)['meta']['epoch'] == int(path.stem.split('_')[-1])
    return int(path.stem.split('_')[-1])


@pytest.mark.parametrize(
    ('planned', 'expected'),
    [
        ([(0.5, 0.7), (0.5, 0.6), (0.5, 0.4), (0.5, 0.5)], 3),  # flat: the loss decides
        ([(0.5, 0.7), (0.9, 0.9), (0.9 - 1e-16, 0.8), (0.5, 0.1)], 3),  # the score comes first
        ([(0.5, 0.1), (0.9, 0.9), (0.9, 0.9)], 2),  # the same in both: the first
        ([(0.9, 0.3), (0.8, 0.1)], 1),
    ],
)
def test_of_equal_scores_the_least_loss_is_kept(toy_root, tmp_path, planned, expected):
    assert best_epoch(toy_root, tmp_path, planned) == expected


def test_a_resumed_training_knows_the_loss_of_its_best_epoch(toy_root, tmp_path):
    planned = [(0.5, 0.7), (0.5, 0.4), (0.5, 0.5), (0.5, 0.3)]
    assert best_epoch(toy_root, tmp_path, planned[:2]) == 2
    assert best_epoch(toy_root, tmp_path, planned[:3], resume=True) == 2
    assert best_epoch(toy_root, tmp_path, planned, resume=True) == 4


def test_a_score_of_which_less_is_better_is_compared_so():
    hub = MessageHub.get_instance('tie_break_less')
    runner, hook = SimpleNamespace(message_hub=hub), TieBreakHook()
    values = []
    for score, loss in [(0.5, 3.0), (0.5, 2.0), (0.4, 9.0), (0.6, 0.0)]:
        hook.after_val_epoch(runner, {'video/loss': loss})
        values.append(hook._is_better(runner, 'x', lambda new, old: new < old, score, 0.5))
    assert values == [True, True, True, False]


def test_a_validation_without_the_metric_is_refused():
    hook = HOOKS.build(dict(type='TieBreakHook', metric='video/loss'))
    with pytest.raises(ValueError, match=r"no 'video/loss' to break a tie by, got \['video/AUC'\]"):
        hook.after_val_epoch(None, {'video/AUC': 0.5})
