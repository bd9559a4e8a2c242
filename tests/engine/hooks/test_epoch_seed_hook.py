from types import SimpleNamespace

import torch

from mmvad.engine.hooks import EpochSeedHook


def draw(seed, epoch, **options):
    EpochSeedHook(**options).before_train_epoch(SimpleNamespace(seed=seed, epoch=epoch))
    return torch.rand(4).tolist()


def test_random_numbers_depend_on_seed_epoch_and_rank_only():
    with torch.random.fork_rng():
        first = draw(1, 0)
        torch.rand(100)
        assert draw(1, 0) == first
        assert draw(1, 1) != first
        assert draw(2, 0) != first
        assert draw(1, 0, rank=lambda: 0) == first
        assert draw(1, 0, rank=lambda: 1) != first
