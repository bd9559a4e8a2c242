"""Validation that a killed training still owes for the epoch that it is resumed from."""

import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner


@HOOKS.register_module()
class ResumeValidationHook(Hook):
    """Validate the resumed weights once, before the training goes on.

    mmengine saves the checkpoint of an epoch, then validates, and a resumed training begins with
    the next epoch. After a kill in between, that epoch would never be validated, and what it would
    have selected were missing; mmengine has also removed the best checkpoint before it writes the
    better one. `AnomalyRunner` registers this hook when it resumes. Where the epoch was validated
    already, the same score comes out and changes nothing. The random number generator stays as it
    was.
    """

    priority = 'LOWEST'  # the checkpoint hook has read its best score then

    def before_train(self, runner: Runner) -> None:
        """Validate, if the training would have validated after this epoch."""
        loop = runner.train_loop
        if runner.val_loop is None or not runner.epoch or runner.epoch < loop.val_begin:
            return
        if runner.epoch % loop.val_interval and runner.epoch != loop.max_epochs:
            return
        with torch.random.fork_rng():
            runner.val_loop.run()
