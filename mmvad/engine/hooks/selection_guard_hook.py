"""Refuses a run whose selection of the checkpoint nobody applied."""

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner


@HOOKS.register_module(name=['SelectionGuardHook', 'ProtocolGuardHook'])
class SelectionGuardHook(Hook):
    """Stop where a tool ignored the config's ``runner_type``.

    ``AnomalyRunner`` takes ``selections`` out of the config when it applies one. A plain
    ``Runner.from_cfg`` builds mmengine's runner whatever the config says; it would train on the
    videos that are to be held out and select nothing, without a word.
    """

    def before_train(self, runner: Runner) -> None:
        """Look for selections that are still there.

        Raises:
            RuntimeError: The config has selections and none was applied.
        """
        if 'selections' in runner.cfg:
            raise RuntimeError(
                f'selection {runner.cfg.get("selection")!r} was not applied: this tool ignored '
                f'runner_type={runner.cfg.get("runner_type")!r}; train with mmvad train, with '
                "MMAction2's tools/train.py, or with RUNNERS.build(cfg)"
            )
