"""What the command lines of ``tools/train.py`` and ``tools/test.py`` share."""

import argparse
import os
from pathlib import Path

import torch
from mmaction.registry import RUNNERS
from mmengine.config import Config, DictAction
from mmengine.runner import Runner


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add MMAction2's flags for a run: config, work folder, overrides, launcher."""
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder for logs, metrics and checkpoints')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of the config, key=value, for instance protocol=paper',
    )
    parser.add_argument('--data-root', help="folder of the data set, in place of the config's")
    parser.add_argument(
        '--allow-other-features',
        action='store_true',
        help='use features that were made differently from those of the training',
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def load_run_config(args: argparse.Namespace) -> Config:
    """Read the config of a run and put the common flags into it.

    The work folder is, in this order, the flag's, the config's, ``work_dirs/<config's name>``.

    Args:
        args: Flags of `add_run_arguments`.

    Returns:
        The config.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: A data root is given and a data set of the config takes none.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if not Path(args.config).is_file():
        raise FileNotFoundError(f'config file not found: {args.config}')
    cfg = Config.fromfile(args.config)
    cfg.launcher = args.launcher
    if args.cfg_options is not None:
        cfg.merge_from_dict(args.cfg_options)
    if args.allow_other_features:
        cfg.allow_other_features = True
    if args.data_root is not None:
        set_data_root(cfg, args.data_root)
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = str(Path('work_dirs') / Path(args.config).stem)
    return cfg


def set_data_root(cfg: Config, data_root: str) -> None:
    """Point every data loader's data set to another folder."""
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if cfg.get(name) is not None:
            if 'data_root' not in cfg[name].dataset:
                raise ValueError(f'--data-root: {name}.dataset of the config has no data_root')
            cfg[name].dataset.data_root = data_root


def use_mixed_precision(cfg: Config) -> None:
    """Switch a config's optimiser wrapper to mixed precision.

    float16 with loss scaling on an accelerator (mmengine's ``AmpOptimWrapper``), bfloat16 on a CPU.

    Args:
        cfg: Config of a training.

    Raises:
        ValueError: The config has a wrapper of another kind.
    """
    kind = cfg.optim_wrapper.get('type', 'OptimWrapper')
    if kind not in ('OptimWrapper', 'AmpOptimWrapper', 'AutocastOptimWrapper'):
        raise ValueError(f'--amp does not go with optim_wrapper type {kind}')
    if torch.cuda.is_available():
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    else:
        cfg.optim_wrapper.type = 'AutocastOptimWrapper'


def build_runner(cfg: Config) -> Runner:
    """Build the runner that a config names, mmengine's own where it names none."""
    return RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)
