"""Validation within the epoch, for the paper's frequent evaluations."""

import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner


@HOOKS.register_module()
class IterValidationHook(Hook):
    """Validate every so many iterations of an epoch-based training.

    It acts before the next iteration, when the runner has counted the last one, and leaves the
    random number generator as it was: how often one looks does not change what is trained.

    Args:
        interval: Iterations from one validation to the next.

    Raises:
        ValueError: The interval is not positive.
    """

    priority = 'LOWEST'

    def __init__(self, interval: int) -> None:
        if interval < 1:
            raise ValueError(f'interval must be at least 1, got {interval}')
        self.interval = interval

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None):
        """Validate, and go on training."""
        if runner.val_loop is None or runner.iter == 0 or runner.iter % self.interval:
            return
        with torch.random.fork_rng():
            runner.val_loop.run()
        runner.model.train()
