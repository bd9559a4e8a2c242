"""Chooses between epochs of the same score by another metric, of which less is better."""

import math
from collections.abc import Callable, Mapping
from functools import partial

from mmaction.registry import HOOKS
from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import Runner

LEAST = 'tie_break_of_best_{}'  # the metric's value at the best epoch, in the message hub
SAME = 1e-9  # two scores of the same rank statistic may differ in their last digits


@HOOKS.register_module()
class TieBreakHook(Hook):
    """Replace the best checkpoint by one of the same score and a smaller value of `metric`.

    mmengine keeps the first of equal epochs, which over a few videos, where an AUC has a few values
    only, is often the first of all. What the best epoch had is stored in checkpoints, so that a
    resumed training chooses alike.

    Args:
        metric: Key of the validation's metrics.
    """

    def __init__(self, metric: str = 'video/loss') -> None:
        self.metric = metric
        self._value = math.inf

    def before_train(self, runner: Runner) -> None:
        """Let the checkpoint hooks compare with the tie broken."""
        for hook in runner.hooks:
            if isinstance(hook, CheckpointHook) and hook.save_best:
                for key, is_better in hook.is_better_than.items():
                    hook.is_better_than[key] = partial(self._is_better, runner, key, is_better)

    def after_val_epoch(self, runner: Runner, metrics: Mapping | None = None) -> None:
        """Take this epoch's value; the checkpoint hook comes later.

        Raises:
            ValueError: The validation has no such metric.
        """
        if self.metric not in (metrics or {}):
            raise ValueError(f'no {self.metric!r} to break a tie by, got {sorted(metrics or {})}')
        self._value = metrics[self.metric]

    def _is_better(
        self,
        runner: Runner,
        key: str,
        is_better: Callable[[float, float], bool],
        score: float,
        best: float,
    ) -> bool:
        name, infos = LEAST.format(key), runner.message_hub.runtime_info
        better = is_better(score, best)
        if math.isclose(score, best, rel_tol=SAME):
            better = self._value < infos.get(name, math.inf)
        if better:
            runner.message_hub.update_info(name, self._value)
        return better
