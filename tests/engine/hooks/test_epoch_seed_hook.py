from types import SimpleNamespace

import torch

from mmvad.engine.hooks import EpochSeedHook, epoch_seed_hook


def draw(seed, epoch):
    EpochSeedHook().before_train_epoch(SimpleNamespace(seed=seed, epoch=epoch))
    return torch.rand(4).tolist()


def test_random_numbers_depend_on_seed_epoch_and_rank_only(monkeypatch):
    with torch.random.fork_rng():
        first = draw(1, 0)
        torch.rand(100)
        assert draw(1, 0) == first
        assert draw(1, 1) != first
        assert draw(2, 0) != first
        monkeypatch.setattr(epoch_seed_hook, 'get_rank', lambda: 1)
        assert draw(1, 0) != first
