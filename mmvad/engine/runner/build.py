"""Builds the runner of a config, and points a config to its data."""

from mmaction.registry import RUNNERS
from mmengine.config import Config
from mmengine.runner import Runner


def build_runner(cfg: Config) -> Runner:
    """Build the runner that a config names, mmengine's own where it names none."""
    return RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)


def set_data_root(cfg: Config, data_root: str) -> None:
    """Point every data loader's data set to another folder.

    Raises:
        ValueError: A data set takes no ``data_root``.
    """
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if cfg.get(name) is not None:
            if 'data_root' not in cfg[name].dataset:
                raise ValueError(f'--data-root: {name}.dataset of the config has no data_root')
            cfg[name].dataset.data_root = data_root
