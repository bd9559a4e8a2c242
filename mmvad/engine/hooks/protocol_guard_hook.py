"""Refuses a run whose evaluation protocol nobody applied."""

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner


@HOOKS.register_module()
class ProtocolGuardHook(Hook):
    """Stop where a tool ignored the config's ``runner_type``.

    ``AnomalyRunner`` takes ``protocols`` out of the config when it applies one. A plain
    ``Runner.from_cfg`` does not; it would train on the videos that are to be held out and select
    nothing, without a word.
    """

    def before_train(self, runner: Runner) -> None:
        """Look for protocols that are still there.

        Raises:
            RuntimeError: The config has protocols and none was applied.
        """
        if 'protocols' in runner.cfg:
            raise RuntimeError(
                f'protocol {runner.cfg.get("protocol")!r} was not applied: this tool ignored '
                f'runner_type={runner.cfg.get("runner_type")!r}; train with tools/train.py of '
                'mmvad or of mmaction2'
            )
