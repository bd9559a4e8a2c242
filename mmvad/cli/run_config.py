"""What the commands that read a config share: its flags, and the config that they give."""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmvad.config_files import load_config

if TYPE_CHECKING:
    from mmengine.config import Config


class OverridesAction(argparse.Action):
    """Settings ``key=value``, read by mmengine, which is imported for that only."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Sequence[str],
        option_string: str | None = None,
    ) -> None:
        """Read and keep the settings."""
        from mmengine.config import DictAction

        action = DictAction(self.option_strings, self.dest, self.nargs)
        action(parser, namespace, values, option_string)


def add_config_arguments(parser: argparse.ArgumentParser, example: str) -> None:
    """Add a config and what overrides its settings.

    Args:
        parser: Receives both.
        example: An override, for the help.
    """
    parser.add_argument('config', help='config file, or the name of one of configs/')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=OverridesAction,
        help=f'override settings of the config, key=value, for instance {example} (default: none)',
    )


def add_data_root(parser: argparse.ArgumentParser) -> None:
    """Add the flag that points a config to its data."""
    parser.add_argument('--data-root', help="folder of the data set (default: the config's)")


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add MMAction2's flags for a run: config, work folder, overrides, launcher."""
    add_config_arguments(parser, 'selection=test')
    parser.add_argument(
        '--work-dir',
        help="folder for logs, metrics and checkpoints (default: the config's, or "
        "work_dirs/ and the config's name)",
    )
    add_data_root(parser)
    parser.add_argument(
        '--allow-other-features',
        action='store_true',
        help='use features that were made differently from those of the training',
    )
    parser.add_argument(
        '-v',
        '--verbose',
        action='store_true',
        help='show the whole log: system, hooks, config (default: it is in the log file only)',
    )
    parser.add_argument(
        '--offline', action='store_true', help='refuse weights that are named by an address'
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='what starts the processes of a distributed run (default: none)',
    )
    parser.add_argument(
        '--local_rank',
        '--local-rank',
        type=int,
        default=0,
        help='rank on this machine, unless LOCAL_RANK says it (default: 0)',
    )


def read_config(name: str, options: Mapping | None) -> 'Config':
    """Read a config and override settings of it.

    Args:
        name: Its path, or the name of one of the project's.
        options: Values by setting, such as ``{'model.head.bag_size': 9}``.

    Returns:
        The config.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: An override would change nothing, see `merge_overrides`; or a name in the config
            is misspelled, see `check_spelling`.

    Example:
        >>> read_config('salient_ucf', {'model.head.bag_size': 9}).model.head.bag_size
        9
    """
    from mmvad.engine.runner.config_overrides import check_spelling, merge_overrides

    cfg = load_config(name)
    merge_overrides(cfg, options or {})
    check_spelling(cfg)
    return cfg


def load_run_config(args: argparse.Namespace) -> 'Config':
    """Read the config of a run and put the common flags into it.

    The work folder is, in this order, the flag's, the config's, ``work_dirs/<config's name>``.

    Args:
        args: Flags of `add_run_arguments`.

    Returns:
        The config.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: An override would change nothing, or a data root is given and a data set of the
            config takes none.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = read_config(args.config, args.cfg_options)
    cfg.launcher = args.launcher
    cfg.console = 'full' if args.verbose else 'brief'
    if args.allow_other_features:
        cfg.allow_other_features = True
    if args.data_root is not None:
        from mmvad.engine.runner import set_data_root

        set_data_root(cfg, args.data_root)
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = str(Path('work_dirs') / Path(args.config).stem)
    return cfg


def use_mixed_precision(cfg: 'Config') -> None:
    """Switch a config's optimiser wrapper to mixed precision.

    float16 with loss scaling on an accelerator (mmengine's ``AmpOptimWrapper``), bfloat16 on a CPU
    that has units for it; `AutocastOptimWrapper` stays in float32 on others.

    Args:
        cfg: Config of a training.

    Raises:
        ValueError: The config has a wrapper of another kind.
    """
    import torch

    kind = cfg.optim_wrapper.get('type', 'OptimWrapper')
    if kind not in ('OptimWrapper', 'AmpOptimWrapper', 'AutocastOptimWrapper'):
        raise ValueError(f'--amp does not go with optim_wrapper type {kind}')
    if torch.cuda.is_available():
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    else:
        cfg.optim_wrapper.type = 'AutocastOptimWrapper'
