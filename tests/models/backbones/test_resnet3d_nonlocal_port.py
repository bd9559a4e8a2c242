"""The port against a reference of plain torch layers with the released names."""

import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS

from mmvad.models.backbones import ResNet3dNonLocalPort
from mmvad.models.weight_conversion import convert_nonlocal_port
from mmvad.state_dicts import load_strictly

BLOCKS = {1: (3, 64), 2: (4, 128), 3: (6, 256), 4: (3, 512)}
SPANS_TIME = {1: (0, 1, 2), 2: (0, 2), 3: (0, 2, 4), 4: (1,)}


def released_weights(seed):
    """Random weights and batch-norm statistics under the port's own names."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}

    def conv(name, out_channels, in_channels, *kernel):
        fan_in = in_channels * torch.tensor(kernel).prod().item()
        shape = (out_channels, in_channels, *kernel)
        weights[f'{name}.weight'] = torch.randn(shape, generator=generator) * (2 / fan_in) ** 0.5

    def norm(name, channels):
        for leaf, low, high in (
            ('weight', 0.3, 0.8),
            ('bias', -0.2, 0.2),
            ('running_mean', -0.3, 0.3),
            ('running_var', 0.5, 1.5),
        ):
            weights[f'{name}.{leaf}'] = low + (high - low) * torch.rand(
                channels, generator=generator
            )

    conv('conv1', 64, 3, 5, 7, 7)
    norm('bn1', 64)
    in_channels = 64
    for stage, (blocks, width) in BLOCKS.items():
        for block in range(blocks):
            name = f'layer{stage}.{block}'
            conv(f'{name}.conv1', width, in_channels, 3 if block in SPANS_TIME[stage] else 1, 1, 1)
            norm(f'{name}.bn1', width)
            conv(f'{name}.conv2', width, width, 1, 3, 3)
            norm(f'{name}.bn2', width)
            conv(f'{name}.conv3', 4 * width, width, 1, 1, 1)
            norm(f'{name}.bn3', 4 * width)
            if block == 0:
                conv(f'{name}.downsample.0', 4 * width, in_channels, 1, 1, 1)
                norm(f'{name}.downsample.1', 4 * width)
            in_channels = 4 * width
    weights['fc.weight'] = torch.randn(400, 2048, generator=generator)
    weights['fc.bias'] = torch.randn(400, generator=generator)
    return weights


def reference_map(weights, x, pool1=lambda x: F.max_pool3d(x, (2, 3, 3), (2, 2, 2))):
    """The port, layer by layer."""

    def conv(name, x, stride, padding):
        return F.conv3d(x, weights[f'{name}.weight'], None, stride, padding)

    def norm(name, x):
        leaves = ('running_mean', 'running_var', 'weight', 'bias')
        mean, var, weight, bias = (
            weights[f'{name}.{leaf}'].view(1, -1, 1, 1, 1) for leaf in leaves
        )
        return (x - mean) / (var + 1e-5).sqrt() * weight + bias

    x = F.relu(norm('bn1', conv('conv1', x, (2, 2, 2), (2, 3, 3))))
    x = pool1(x)
    for stage, (blocks, _) in BLOCKS.items():
        for block in range(blocks):
            name = f'layer{stage}.{block}'
            stride = 2 if block == 0 and stage > 1 else 1
            spans_time = 1 if block in SPANS_TIME[stage] else 0
            out = F.relu(norm(f'{name}.bn1', conv(f'{name}.conv1', x, 1, (spans_time, 0, 0))))
            out = conv(f'{name}.conv2', out, (1, stride, stride), (0, 1, 1))
            out = F.relu(norm(f'{name}.bn2', out))
            out = norm(f'{name}.bn3', conv(f'{name}.conv3', out, 1, 0))
            if block == 0:
                x = conv(f'{name}.downsample.0', x, (1, stride, stride), 0)
                x = norm(f'{name}.downsample.1', x)
            x = F.relu(out + x)
        if stage == 1:
            x = F.max_pool3d(x, (2, 1, 1), (2, 1, 1))
    return x


@pytest.fixture(scope='module')
def released():
    return released_weights(seed=0)


@pytest.fixture(scope='module')
def network(released):
    network = ResNet3dNonLocalPort()
    load_strictly(network, convert_nonlocal_port(released), 'released')
    network.train(False)
    return network


@pytest.mark.parametrize('shape', [(16, 64, 64), (16, 75, 50), (8, 33, 47)])
@torch.inference_mode()
def test_converted_weights_give_the_features_of_the_port(released, network, shape):
    clip = torch.randn(1, 3, *shape, generator=torch.Generator().manual_seed(1))
    expected = reference_map(released, clip)
    found = network(clip)
    assert found.shape == expected.shape
    expected, found = expected.mean((2, 3, 4)), found.mean((2, 3, 4))
    assert found.shape == (1, 2048)
    assert expected.std() > 0.1
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@torch.inference_mode()
def test_the_first_pool_of_mmaction2_gives_other_features(released, network):
    clip = torch.randn(1, 3, 16, 64, 64, generator=torch.Generator().manual_seed(1))
    other = MODELS.build(
        dict(
            type='ResNet3d',
            depth=50,
            pretrained2d=False,
            conv1_kernel=(5, 7, 7),
            conv1_stride_t=2,
            pool1_stride_t=2,
            inflate=((1, 1, 1), (1, 0, 1, 0), (1, 0, 1, 0, 1, 0), (0, 1, 0)),
        )
    )
    load_strictly(other, convert_nonlocal_port(released), 'released')
    other.train(False)
    ours, theirs = network(clip).mean((2, 3, 4)), other(clip).mean((2, 3, 4))
    assert (ours - theirs).norm() > 0.01 * ours.norm()


@torch.inference_mode()
def test_the_stem_halves_224_to_55_and_16_frames_to_4(network):
    stem = network.maxpool(network.conv1(torch.zeros(1, 3, 16, 224, 224)))
    assert stem.shape == (1, 64, 4, 55, 55)
