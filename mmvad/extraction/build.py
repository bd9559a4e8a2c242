"""From a file in ``configs/features/`` to an extractor with its weights and the record of both."""

import copy
import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from mmaction.registry import MODELS
from torch import nn

from mmvad.addresses import hide_in, show_address
from mmvad.checkpoints import read_state_dict
from mmvad.config_files import find_config, load_config
from mmvad.extraction.network import (
    AudioFeatureExtractor,
    ClipFeatureExtractor,
    fold_batch_norms,
)
from mmvad.extraction.settings import ClipSettings, ReadingSettings, read_settings
from mmvad.fetching import local_weights, refuse_config_offline, refuse_offline
from mmvad.framework import NO_BFLOAT16, has_native_bfloat16
from mmvad.models.backbones.vggish import PcaQuantizer
from mmvad.state_dicts import hash_state_dict, load_strictly


@dataclass(frozen=True)
class LoadedExtractor:
    """A network with its weights, how videos are read for it, and the record of both.

    Attributes:
        network: From clips (N, 16, H, W, 3) uint8, or windows of audio, to (N, D).
        settings: How videos are read for it.
        record: Everything that determines the features, in JSON types; files with equal records may
            be mixed.
        weights: Where the weights came from, for display.
        name: Of the config.
    """

    network: ClipFeatureExtractor | AudioFeatureExtractor
    settings: ReadingSettings
    record: dict
    weights: str
    name: str = 'extractor'


def load_extractor(
    config: str | os.PathLike,
    weights: str | None = None,
    random_seed: int | None = None,
    dtype: str = 'float32',
    device: str | None = None,
    overrides: Mapping | None = None,
    offline: bool = False,
    native_bfloat16: bool | None = None,
) -> LoadedExtractor:
    """Build the extractor of a file in ``configs/features/``.

    Args:
        config: Name of one of ``configs/features`` (``'i3d_r50_port'``), or path of a config with
            ``extractor = dict(…)``.
        weights: Path or address of the weights, instead of the config's.
        random_seed: Draw the weights with this seed instead, to try out the pipeline only.
        dtype: ``'float32'`` or ``'bfloat16'``, see `usable_dtype`; audio runs in float32 only.
        device: Where the network runs, see `choose_device`.
        overrides: Settings that replace the config's, see `read_settings`.
        offline: Refuse weights that would be fetched from an address.
        native_bfloat16: See `usable_dtype`.

    Returns:
        The extractor on the device; its record has the dtype that it runs in.

    Warns:
        UserWarning: It runs in float32 because the processor has no units for bfloat16.

    Raises:
        FileNotFoundError: The config or the weights are missing.
        ValueError: The config has no extractor, something in it or the weights does not fit, the
            device cannot be used, or `offline` forbids what would be fetched.
    """
    device = choose_device(device)
    config = find_config(config, 'features')
    cfg = load_config(config).get('extractor')
    if cfg is None:
        raise ValueError(f'{config}: expected extractor = dict(…), as in configs/features/')
    settings = read_settings(cfg, overrides)
    _refuse_offline(cfg, weights, random_seed, offline)
    modality = cfg.get('modality', 'rgb')
    if isinstance(settings, ClipSettings):
        usable = usable_dtype(dtype, device, native_bfloat16)
        if usable != dtype:
            warnings.warn(f'dtype {dtype!r}: {NO_BFLOAT16}', stacklevel=2)
        network, record = build_clip_extractor(cfg, weights, random_seed, usable)
    elif dtype != 'float32':
        raise ValueError(f'an extractor of audio runs in float32, got dtype {dtype!r}')
    else:
        network, record = build_audio_extractor(cfg, weights, random_seed)
        record['dtype'] = dtype
    origin = record.pop('weights')
    record = dict(modality=modality, **record, **settings.record())
    return LoadedExtractor(network.to(device), settings, record, origin, config.stem)


def _refuse_offline(
    cfg: Mapping, weights: str | None, random_seed: int | None, offline: bool
) -> None:
    """Refuse the addresses that would be asked: a network's own where its weights are drawn."""
    if not offline:
        return
    refuse_offline('weights', weights)
    asked = dict(pca_weights=cfg.get('pca_weights'))
    if random_seed is not None:
        asked['backbone'] = cfg.get('backbone')
    elif weights is None:
        asked['weights'] = cfg.get('weights')
    refuse_config_offline(dict(extractor=asked))


def choose_device(device: str | None = None) -> str:
    """Choose where a network runs.

    Args:
        device: ``'cpu'``, ``'cuda'``, ``'cuda:1'``, …; None takes a GPU where there is one.

    Returns:
        The device.

    Raises:
        ValueError: There is no such device, or it cannot be used.

    Example:
        >>> choose_device('cpu')
        'cpu'
    """
    if device is None:
        return 'cuda' if torch.cuda.is_available() else 'cpu'
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f'device {device!r} cannot be used: {str(error).splitlines()[0]}'
        ) from error
    return device


def usable_dtype(dtype: str, device: str, native_bfloat16: bool | None = None) -> str:
    """Choose what a network runs in: bfloat16 only where it is faster than float32.

    Args:
        dtype: ``'float32'`` or ``'bfloat16'``, as asked for.
        device: Where the network runs; accelerators run in what is asked for.
        native_bfloat16: Whether the processor has units for bfloat16; None asks
            `has_native_bfloat16`.

    Returns:
        The dtype; ``'float32'`` instead of ``'bfloat16'`` on a processor without units for it.

    Example:
        >>> usable_dtype('bfloat16', 'cpu', native_bfloat16=False)
        'float32'
        >>> usable_dtype('bfloat16', 'cuda:0', native_bfloat16=False)
        'bfloat16'
    """
    if dtype != 'bfloat16' or torch.device(device).type != 'cpu':
        return dtype
    native = has_native_bfloat16() if native_bfloat16 is None else native_bfloat16
    return 'bfloat16' if native else 'float32'


def build_clip_extractor(
    cfg: Mapping,
    weights: str | None = None,
    random_seed: int | None = None,
    dtype: str = 'float32',
    fold: bool = True,
) -> tuple[ClipFeatureExtractor, dict]:
    """Build the extractor of one feature config for clips of video.

    Args:
        cfg: ``extractor`` of the config: `backbone`, `feature_channels`, `mean`, `std`, and where
            needed `weights`, `weights_prefix`, `weights_ignore`, `pool_kernel`. Other
            entries concern the decoder.
        weights: Path or address of the weights, instead of the config's.
        random_seed: Draw the weights with this seed instead, to try out the pipeline only.
        dtype: See `ClipFeatureExtractor`.
        fold: Fold batch norms into the convolutions (faster, equal up to rounding).

    Returns:
        The extractor on the CPU, and the record of it: network, weights, their hash, normalisation.

    Raises:
        ValueError: An entry or the weights are missing, given twice, or do not fit.
    """
    _require(cfg, 'backbone', 'feature_channels', 'mean', 'std')
    backbone, record = _build_backbone(cfg, weights, random_seed)
    backbone.train(False)
    pool_kernel = cfg.get('pool_kernel')
    extractor = ClipFeatureExtractor(
        fold_batch_norms(backbone) if fold else backbone,
        mean=cfg['mean'],
        std=cfg['std'],
        feature_channels=cfg['feature_channels'],
        pool_kernel=pool_kernel,
        dtype=dtype,
    )
    record.update(
        feature_channels=cfg['feature_channels'],
        mean=list(cfg['mean']),
        std=list(cfg['std']),
        pool_kernel=None if pool_kernel is None else list(pool_kernel),
        dtype=dtype,
    )
    return extractor, record


def build_audio_extractor(
    cfg: Mapping, weights: str | None = None, random_seed: int | None = None
) -> tuple[AudioFeatureExtractor, dict]:
    """Build the extractor of one feature config for audio; see `build_clip_extractor`.

    The entries of `cfg` are `backbone`, `feature_channels`, and where needed `weights`,
    `weights_prefix`, `weights_ignore`, and `pca_weights`, the path or address of the
    post-processing's parameters (None leaves it out).
    """
    _require(cfg, 'backbone', 'feature_channels')
    backbone, record = _build_backbone(cfg, weights, random_seed)
    postprocess, pca_hash = None, None
    if (pca_weights := cfg.get('pca_weights')) is not None:
        postprocess = PcaQuantizer()
        load_strictly(postprocess, read_state_dict(pca_weights), pca_weights)
        pca_hash = hash_state_dict(postprocess.state_dict())
    record.update(feature_channels=cfg['feature_channels'], pca_sha256=pca_hash)
    return AudioFeatureExtractor(backbone, cfg['feature_channels'], postprocess), record


def _build_backbone(
    cfg: Mapping, weights: str | None, random_seed: int | None
) -> tuple[nn.Module, dict]:
    if weights is not None and random_seed is not None:
        raise ValueError(
            f'give weights or a seed for random ones, got {show_address(weights)} and {random_seed}'
        )
    if random_seed is not None:
        settings = dict(backbone=copy.deepcopy(cfg['backbone']))
        with torch.random.fork_rng(devices=[]), local_weights(settings):
            torch.manual_seed(random_seed)
            backbone = MODELS.build(settings['backbone'])
            backbone.init_weights()
        origin = f'random, seed {random_seed}'
    else:
        source = cfg.get('weights') if weights is None else weights
        if source is None:
            raise ValueError(
                f'no weights for {cfg["backbone"]["type"]}: the config names none, so give their '
                'path or address, or a seed for random ones'
            )
        backbone = MODELS.build(cfg['backbone'])
        load_strictly(backbone, _select_tensors(cfg, read_state_dict(source)), source)
        origin = show_address(source) if '://' in source else Path(source).name
    return backbone, dict(
        # tuples become lists, as when read back
        network=hide_in(json.loads(json.dumps(cfg['backbone']))),
        weights=origin,
        weights_sha256=hash_state_dict(backbone.state_dict()),
    )


def _select_tensors(cfg: Mapping, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Take what the config says belongs to the backbone: below a prefix, without ignored parts."""
    prefix = cfg.get('weights_prefix', '')
    ignored = tuple(cfg.get('weights_ignore', ()))
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix) and not name.startswith(ignored)
    }


def _require(cfg: Mapping, *names: str) -> None:
    if missing := [name for name in names if name not in cfg]:
        raise ValueError(f'the extractor config lacks {", ".join(missing)}')
