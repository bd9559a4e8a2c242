"""Draws loss and validation of a training as a picture in its work folder."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from mmaction.registry import HOOKS
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmvad.visualization.figures import save_png
from mmvad.visualization.training_curves import training_curves

PICTURE = 'training_curves.png'


@HOOKS.register_module()
class TrainingCurvesHook(Hook):
    """Write `PICTURE` into the work folder at the end of a training, also of one that is resumed.

    A metric gets a panel where the selection or the first validation names it; all values are those
    that mmengine logs.

    Args:
        max_panels: Metrics drawn at most.

    Raises:
        ValueError: `max_panels` is below 0.
    """

    priority = 'VERY_LOW'

    def __init__(self, max_panels: int = 4) -> None:
        if max_panels < 0:
            raise ValueError(f'max_panels must be at least 0, got {max_panels}')
        self.max_panels = max_panels

    @master_only
    def after_train(self, runner: Runner) -> None:
        """Draw what the run has logged, where there was an iteration."""
        scalars = runner.message_hub.log_scalars
        losses = _values(scalars, 'train/loss')
        if not len(losses):
            return
        names = [name for name in scalars if name.startswith('val/') and '/time' not in name]
        names = [name for name in names if not name.endswith('data_time')][: self.max_panels]
        metrics = {name.removeprefix('val/'): _values(scalars, name) for name in names}
        figure = training_curves(
            losses, metrics, len(runner.train_dataloader), Path(runner.work_dir).name
        )
        save_png(figure, Path(runner.work_dir) / PICTURE)


def _values(scalars: Mapping, name: str) -> np.ndarray:
    """Give the values of a logged scalar, each a mean over what it was logged for."""
    if name not in scalars:
        return np.empty(0)
    values, counts = scalars[name].data
    return np.asarray(values, np.float64) / np.asarray(counts, np.float64)
