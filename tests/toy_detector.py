"""A detector behind a network that costs nothing, for tests of inference."""

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from torch import nn
from toy_data import CONFIGS

from mmvad.apis.detector import load_detector
from mmvad.apis.inferencer import AnomalyInferencer
from mmvad.extraction.build import load_extractor

CHANNELS = 8
CROPS = 5
BAG = 3
EXTRACTOR = """
custom_imports = dict(imports=['mmvad'])
default_scope = 'mmaction'
extractor = dict(
    backbone=dict(type='CheapBackbone', channels=8),
    feature_channels=8,
    mean=[127.5, 127.5, 127.5],
    std=[63.75, 63.75, 63.75],
    resize=None,
    crop_size=48,
    crops='five',
    tail='ceil',
)
"""


@MODELS.register_module(force=True)
class CheapBackbone(nn.Module):
    """One strided convolution, (N, 3, 16, H, W) to (N, channels, 1, h, w)."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv3d(3, channels, (16, 8, 8), stride=(16, 8, 8))

    def init_weights(self):
        nn.init.normal_(self.conv.weight, std=0.05)

    def forward(self, clips):
        return self.conv(clips).tanh()


def write_extractor_config(folder):
    path = folder / 'cheap.py'
    path.write_text(EXTRACTOR)
    return path


def cheap_extractor(folder, dtype='float32', **overrides):
    config = write_extractor_config(folder)
    return load_extractor(
        config, random_seed=0, dtype=dtype, overrides=overrides, native_bfloat16=True
    )


def detector_config(name='salient_ucf', channels=CHANNELS, bag_size=BAG):
    """The project's detector over features of few channels and five crops."""
    cfg = Config.fromfile(CONFIGS / f'{name}.py')
    cfg.test_dataloader.dataset.features.num_crops = CROPS
    if 'neck' in cfg.model:
        cfg.model.neck.update(in_channels=channels, hidden_channels=4)
    else:
        cfg.model.head.in_channels = channels
    if 'neck' in cfg.model:
        cfg.model.head.in_channels = 8
    cfg.model.head.bag_size = bag_size
    return cfg


def write_checkpoint(path, cfg, record=None, seed=0, scale=20.0):
    """Save a detector with random weights, large enough that its scores differ."""
    torch.manual_seed(seed)
    detector = MODELS.build(cfg.model)
    for parameter in detector.parameters():
        parameter.data *= 3
    fc = getattr(detector.head, 'fc2', None)
    if fc is not None:
        fc.weight.data *= scale / 3
    meta = dict(dataset_meta=dict(feature_record=None if record is None else dict(visual=record)))
    torch.save(dict(meta=meta, state_dict=detector.state_dict()), path)
    return path


def build_inferencer(weights, extractor=None, name='salient_ucf', bag_size=None, **options):
    """An inferencer of `detector_config`; the options are `AnomalyInferencer`'s."""
    detector = load_detector(detector_config(name), weights, bag_size, device='cpu')
    return AnomalyInferencer(detector, extractor, **options)
