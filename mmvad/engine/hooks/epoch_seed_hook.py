"""Makes an epoch's random numbers depend on the seed, the epoch and the rank only."""

from collections.abc import Callable

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Seed PyTorch before each epoch.

    mmengine's checkpoints hold no state of the random number generators; with this hook a training
    that is resumed after an epoch draws the same dropout masks as an uninterrupted one.

    Args:
        rank: Gives the rank of this process.
    """

    priority = 'HIGH'

    def __init__(self, rank: Callable[[], int] = get_rank) -> None:
        self._rank = rank

    def before_train_epoch(self, runner: Runner) -> None:
        """Seed from the run's seed, the epoch and the rank."""
        sequence = np.random.SeedSequence([runner.seed, runner.epoch, self._rank()])
        torch.manual_seed(int(sequence.generate_state(1)[0]))
