"""Refuses a run whose config has a selection that was not applied."""

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner


@HOOKS.register_module(name=['SelectionGuardHook', 'ProtocolGuardHook'])
class SelectionGuardHook(Hook):
    """Stop where a tool ignored the config's ``runner_type``.

    ``AnomalyRunner`` takes ``selections`` out of the config when it applies one. A plain
    ``Runner.from_cfg`` builds mmengine's runner whatever the config says; it would silently train
    on the videos that are to be held out and select nothing.
    """

    def before_train(self, runner: Runner) -> None:
        """Look for selections that are still there.

        Raises:
            RuntimeError: The config has selections and none was applied.
        """
        _refuse_unapplied(runner)

    def before_test(self, runner: Runner) -> None:
        """Look for selections before a test too: mmengine's runner loads what fits and no more.

        Raises:
            RuntimeError: The config has selections and none was applied.
        """
        _refuse_unapplied(runner)


def _refuse_unapplied(runner: Runner) -> None:
    if 'selections' in runner.cfg:
        raise RuntimeError(
            f'selection {runner.cfg.get("selection")!r} was not applied: Runner.from_cfg(cfg) '
            f'ignores runner_type={runner.cfg.get("runner_type")!r}; use instead: '
            'runner = mmaction.registry.RUNNERS.build(cfg)'
        )
