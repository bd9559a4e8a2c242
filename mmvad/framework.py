"""Repairs that the released MMAction2 1.2.0 and mmengine 0.10.7 need on current PyTorch.

Each repair names its upstream issue and does nothing where the package does not need it.
"""

import functools
import importlib.metadata
import importlib.util
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType

import torch

from mmvad.checked_arrays import CheckedArray, CheckedType, reconstruct, scalar
from mmvad.config_files import find_base

FILE_CLIENT_WARNINGS = ('"FileClient" will be deprecated', '"HardDiskBackend" is the alias')
MMCV_LIMIT = '2.2.0'  # the mmcv that mmaction2 1.2 no longer accepts
NO_BFLOAT16 = (
    'this processor has no units for bfloat16, in which it would be far slower than in float32; '
    'float32 is used'
)
BFLOAT16_UNITS = ('avx512_bf16', 'amx_bf16', 'bf16')  # the last one on ARM


def check_mmcv(found: str | None = None) -> None:
    """Say in one sentence what to install where mmcv is missing or does not fit MMAction2.

    Args:
        found: Version of mmcv; None takes that of the installed one.

    Raises:
        ImportError: mmcv cannot be imported, or lies outside the range that MMAction2 accepts.
    """
    from mmengine.utils import digit_version

    version = importlib.metadata.version('mmaction2')
    needed = f'mmaction2 {version} needs mmcv >=2.0.0rc4,<{MMCV_LIMIT}'
    hint = f'install the pure-Python one with: pip install "mmcv-lite>=2.1,<{MMCV_LIMIT}"'
    try:
        import mmcv
    except ImportError as error:
        if error.name != 'mmcv':
            raise ImportError(f'mmcv is installed but cannot be imported: {error}') from error
        raise ImportError(f'{needed}, and none is installed; {hint}') from error
    found = mmcv.__version__ if found is None else found
    if not digit_version('2.0.0rc4') <= digit_version(found) < digit_version(MMCV_LIMIT):
        raise ImportError(
            f'{needed}, found {found} in {mmcv.__path__[0]}; '
            f'remove it (pip uninstall mmcv mmcv-lite), then {hint}'
        )


def add_missing_drn(version: str | None = None, roots: Sequence[str] | None = None) -> None:
    """Stand in for ``mmaction.models.localizers.drn``, which the 1.2.0 wheel lacks.

    ``import mmaction.models`` fails without it (open-mmlab/mmaction2 issue 2714).

    Args:
        version: Of MMAction2; None takes that of the installed one.
        roots: Folders of the package; None takes those of the installed one.
    """
    import mmaction

    version = mmaction.__version__ if version is None else version
    if version != '1.2.0' or 'mmaction.models.localizers.drn' in sys.modules:
        return
    if roots is None:
        roots = importlib.util.find_spec('mmaction').submodule_search_locations
    if any(_has_module(root, 'models', 'localizers', 'drn') for root in roots):
        return

    class DRN:
        """Placeholder for the localizer that the released package lacks."""

        def __init__(self, *args, **kwargs) -> None:
            raise NotImplementedError(
                'DRN is not part of the released mmaction2 1.2.0 (mmaction2 issue 2714); '
                'install mmaction2 from its repository to use it'
            )

    package = ModuleType('mmaction.models.localizers.drn')
    package.__path__ = []
    module = ModuleType('mmaction.models.localizers.drn.drn')
    module.DRN = package.DRN = DRN
    package.drn = module
    sys.modules[package.__name__] = package
    sys.modules[module.__name__] = module


def _has_module(root: str, *parts: str) -> bool:
    from pathlib import Path

    return Path(root, *parts, '__init__.py').is_file()


def allow_mmengine_checkpoints() -> None:
    """Let the safe loader read what mmengine writes into its own checkpoints.

    PyTorch loads with ``weights_only=True`` since 2.6; mmengine stores its loss curves as
    ``HistoryBuffer`` objects of numpy arrays (open-mmlab/mmengine issue 1655). Only these are
    admitted. numpy's own functions are not: a crafted state makes numpy take bytes for pointers.
    Stand-ins of `mmvad.checked_arrays` and `mmvad.checked_history` are bound to their names. A
    ``HistoryBuffer`` also pickles its four statistics methods by way of the builtin ``getattr``;
    that name is bound to `history_method`, which returns nothing else.
    """
    from mmvad.checked_history import CheckedHistory, history_method

    stand_ins = [
        (CheckedArray, 'numpy.ndarray'),
        (CheckedType, 'numpy.dtype'),
        (CheckedHistory, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (history_method, 'builtins.getattr'),
    ]
    for package in ('numpy.core', 'numpy._core'):
        stand_ins.append((reconstruct, f'{package}.multiarray._reconstruct'))
        stand_ins.append((scalar, f'{package}.multiarray.scalar'))
    torch.serialization.add_safe_globals(stand_ins)


def read_addresses_safely() -> None:
    """Let mmengine read what it downloads with PyTorch's safe loader, as it does local files.

    Its loader of addresses calls ``torch.hub``, whose default still unpickles whatever it receives.
    """
    from mmengine.runner import checkpoint

    if getattr(checkpoint.load_url, 'func', checkpoint.load_url) is checkpoint.load_url:
        checkpoint.load_url = functools.partial(checkpoint.load_url, weights_only=True)


def has_native_bfloat16(capabilities: Mapping[str, object] | None = None) -> bool:
    """Tell whether the processor computes in bfloat16; without such units it is far slower.

    Args:
        capabilities: What ``torch.cpu.get_capabilities()`` gives; None asks it.

    Returns:
        Whether it has one of `BFLOAT16_UNITS`; False where PyTorch does not know, or cannot tell.

    Example:
        >>> has_native_bfloat16(dict(avx2=True)), has_native_bfloat16(dict(avx512_bf16=True))
        (False, True)
    """
    if capabilities is None:
        ask = getattr(torch.cpu, 'get_capabilities', None)
        capabilities = {} if ask is None else ask()
    return any(capabilities.get(unit) is True for unit in BFLOAT16_UNITS)


def silence_known_warnings() -> None:
    """Leave out two warnings that tell nobody anything, by their text.

    mmcv-lite warns of an operator that mmvad does not use; mmengine's own hooks use its deprecated
    ``FileClient``, which warns each time.
    """
    from mmengine.fileio import file_client

    warnings.filterwarnings('ignore', 'Fail to import ``MultiScaleDeformableAttention``')
    if not isinstance(file_client.print_log, functools.partial):
        file_client.print_log = functools.partial(_pass_on, file_client.print_log)


def _pass_on(print_log: Callable, message: object, *args, **kwargs) -> None:
    if not str(message).startswith(FILE_CLIENT_WARNINGS):
        print_log(message, *args, **kwargs)


def find_bases_by_name() -> None:
    """Let ``_base_ = 'mmvad::salient_ucf'`` name a config of mmvad, wherever the config lies.

    ``'mmvad::features/efficientnet_lite0'`` names a feature config. mmengine knows the packages of
    OpenMMLab only, and it looks for them by ``pkg_resources``, which setuptools has dropped in
    version 82; where that is gone, ``'mmaction::…'`` is looked for by ``importlib``.
    """
    from mmengine.config import Config, config

    if hasattr(Config._get_cfg_path, 'inner'):
        return
    inner = Config._get_cfg_path

    def get_cfg_path(cfg_path: str, filename: str) -> tuple[str, str | None]:
        package, _, name = cfg_path.partition('::')
        if package != 'mmvad':
            return inner(cfg_path, filename)
        return str(find_base(name)), None

    get_cfg_path.inner = inner
    Config._get_cfg_path = staticmethod(get_cfg_path)
    if importlib.util.find_spec('pkg_resources') is None:
        config.is_installed = lambda package: _package_folder(package) is not None
        config.get_installed_path = _package_folder


def _package_folder(package: str) -> str | None:
    """Find the folder of one of OpenMMLab's packages by the name that is installed."""
    from mmengine.config.utils import MODULE2PACKAGE

    modules = [module for module, name in MODULE2PACKAGE.items() if name == package]
    spec = importlib.util.find_spec(modules[0] if modules else package)
    return None if spec is None else next(iter(spec.submodule_search_locations))


def repair() -> None:
    """Apply every repair; called once, when mmvad is imported."""
    silence_known_warnings()
    check_mmcv()
    add_missing_drn()
    allow_mmengine_checkpoints()
    read_addresses_safely()
    find_bases_by_name()
