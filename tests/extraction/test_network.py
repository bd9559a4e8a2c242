"""Clip and audio extractors as pure tensor modules."""

import copy

import pytest
import torch
from torch import nn

from mmvad.extraction.network import (
    AudioFeatureExtractor,
    ClipFeatureExtractor,
    fold_batch_norms,
)
from mmvad.models.backbones import EfficientNetLite, InceptionI3d, ResNet3dNonLocalPort


def clips(count=2, frames=16, size=32, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = (count, frames, size, size, 3)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


def extractor(backbone=None, **options):
    options = {'mean': [10.0, 20.0, 30.0], 'std': [2.0, 4.0, 5.0], 'feature_channels': 3} | options
    return ClipFeatureExtractor(backbone or nn.Identity(), **options)


@pytest.fixture(scope='module')
def port():
    torch.manual_seed(0)
    network = ResNet3dNonLocalPort()
    network.init_weights()
    for name, value in network.state_dict().items():
        if name.endswith('running_var'):
            value.uniform_(0.5, 1.5)
        elif '.bn.' in name and value.is_floating_point():
            value.uniform_(0.2, 0.8)
    network.train(False)
    return network


def test_pixels_are_normalised_channel_by_channel():
    pixels = torch.zeros(1, 1, 2, 2, 3, dtype=torch.uint8)
    pixels[..., 0], pixels[..., 1], pixels[..., 2] = 12, 0, 255
    found = extractor().normalise(pixels)
    assert found.shape == (1, 3, 1, 2, 2)
    assert found[0, :, 0, 1, 0].tolist() == [1.0, -5.0, 45.0]


def test_features_are_the_mean_over_time_and_space():
    batch = clips()
    features = extractor(mean=[0.0] * 3, std=[1.0] * 3)(batch)
    torch.testing.assert_close(features, batch.float().mean((1, 2, 3)))


def test_pool_kernel_weighs_inner_places_more_where_it_is_smaller_than_the_map():
    # Three frames 0, 0, 30 under a kernel of two: windows 0 and 15, mean 7.5; the plain mean is 10.
    batch = torch.zeros(1, 3, 7, 7, 3, dtype=torch.uint8)
    batch[0, 2] = 30
    options = dict(mean=[0.0] * 3, std=[1.0] * 3)
    assert extractor(**options)(batch).tolist() == [[10.0] * 3]
    assert extractor(pool_kernel=[2, 7, 7], **options)(batch).tolist() == [[7.5] * 3]


def test_features_are_the_mean_of_the_networks_last_map(port):
    features = extractor(copy.deepcopy(port), feature_channels=2048)(clips())
    expected = port(extractor().normalise(clips()).contiguous()).mean((2, 3, 4))
    torch.testing.assert_close(features, expected, rtol=1e-4, atol=1e-5)
    assert not features.requires_grad


def test_bfloat16_features_are_float32_and_point_the_same_way(port):
    full = extractor(copy.deepcopy(port), feature_channels=2048)(clips())
    half = extractor(copy.deepcopy(port), feature_channels=2048, dtype='bfloat16')(clips())
    assert half.dtype == torch.float32
    assert torch.cosine_similarity(full, half).min() > 0.999


def test_an_extractor_stays_in_evaluation_mode(port):
    module = extractor(copy.deepcopy(port), feature_channels=2048).train()
    assert not any(part.training for part in module.modules())


@pytest.mark.parametrize('name', ['port', 'inception'])
@torch.inference_mode()
def test_folded_batch_norms_give_the_same_maps(name, port):
    torch.manual_seed(0)
    network = copy.deepcopy(port) if name == 'port' else InceptionI3d()
    for key, value in network.state_dict().items():
        if '.bn.' in key and value.is_floating_point():
            value.uniform_(0.5, 1.0)
    network.train(False)
    network.double()
    clip = torch.randn(1, 3, 16, 32, 32, dtype=torch.float64)
    expected = network(clip)
    found = fold_batch_norms(network)(clip)
    assert not any(isinstance(module, nn.BatchNorm3d) for module in network.modules())
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


@torch.inference_mode()
def test_folded_batch_norms_of_pictures_give_the_same_features():
    torch.manual_seed(0)
    network = EfficientNetLite().eval().double()
    for name, value in network.state_dict().items():
        if name.endswith(('running_var', 'running_mean')):
            value.uniform_(0.5, 1.0)
    clip = torch.randn(2, 3, 2, 33, 32, dtype=torch.float64)
    expected = network(clip)
    found = fold_batch_norms(network)(clip)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    assert expected.std() > 1e-3
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


def test_kernels_of_pictures_and_of_clips_are_laid_out_channels_last():
    network = extractor(nn.Sequential(nn.Conv3d(3, 3, 2), nn.Conv2d(3, 3, 2))).backbone
    assert network[0].weight.is_contiguous(memory_format=torch.channels_last_3d)
    assert network[1].weight.is_contiguous(memory_format=torch.channels_last)


def test_batch_norms_without_a_known_convolution_are_not_left_unnoticed():
    with pytest.raises(ValueError, match=r"no convolution found before the batch norms \['0'\]"):
        fold_batch_norms(nn.Sequential(nn.BatchNorm3d(3)).eval())


def test_folding_in_training_mode_is_refused():
    with pytest.raises(ValueError, match='in evaluation mode only'):
        fold_batch_norms(InceptionI3d())


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(std=[1.0, 0.0, 1.0]), 'one positive std per channel'),
        (dict(std=[1.0]), 'one mean and one positive std per channel'),
        (dict(dtype='float16'), r"dtype must be one of \['bfloat16', 'float32'\], got 'float16'"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        extractor(**options)


def test_clips_of_another_kind_are_refused():
    with pytest.raises(ValueError, match=r'\(N, T, H, W, 3\), got torch.float32'):
        extractor()(torch.zeros(1, 16, 8, 8, 3))
    with pytest.raises(ValueError, match=r'got torch.uint8 \(1, 3, 16, 8, 8\)'):
        extractor()(torch.zeros(1, 3, 16, 8, 8, dtype=torch.uint8))


def test_a_network_of_another_width_is_refused():
    with pytest.raises(ValueError, match=r'expected maps of 2048 channels .* from Identity'):
        extractor(feature_channels=2048)(clips())


def test_audio_extractor_runs_front_end_network_and_postprocessing():
    class Mean(nn.Module):
        def __init__(self):
            super().__init__()
            self.offset = nn.Parameter(torch.zeros(1))

        def forward(self, log_mels):
            return log_mels.mean((1, 2))[:, None] + self.offset

    module = AudioFeatureExtractor(Mean(), 1, postprocess=nn.ReLU()).train()
    assert not module.backbone.training
    assert module(torch.zeros(2, 15600)).tolist() == [[0.0], [0.0]]
    module.postprocess = None
    torch.testing.assert_close(
        module(torch.zeros(1, 15600)), torch.tensor([[0.01]]).log(), rtol=1e-5, atol=0
    )
    with pytest.raises(ValueError, match=r'windows of shape \(N, 15600\), got \(2, 15000\)'):
        module(torch.zeros(2, 15000))
    module.feature_channels = 128
    with pytest.raises(ValueError, match=r'expected 128 channels .* from Mean'):
        module(torch.zeros(2, 15600))
