"""Inception I3D against a functional reference."""

import copy

import pytest
import torch
import torch.nn.functional as F

from mmvad.models.backbones import InceptionI3d
from mmvad.models.backbones.inception_i3d import SameMaxPool3d

MIXED = ['3b', '3c', '4b', '4c', '4d', '4e', '4f', '5b', '5c']
IN_CHANNELS = [192, 256, 480, 512, 512, 512, 528, 832, 832]
OUT_CHANNELS = [256, 480, 512, 512, 512, 528, 832, 832, 1024]


def same(x, kernel, stride, value=0.0):
    """Pad until every output place ceil(size / stride) has its kernel, the odd one behind."""
    for axis in (2, 3, 4):
        size, k, s = x.shape[axis], kernel[axis - 2], stride[axis - 2]
        need = max(k - s, 0) if size % s == 0 else max(k - size % s, 0)
        pad = [0, 0] * (4 - axis) + [need // 2, need - need // 2]
        x = F.pad(x, pad, value=value)
    return x


def reference_map(weights, x):
    def unit(name, x, stride=1):
        weight = weights[f'{name}.conv3d.weight']
        x = F.conv3d(same(x, weight.shape[2:], (stride,) * 3), weight, stride=stride)
        mean, var, scale, shift = (
            weights[f'{name}.bn.{leaf}'].view(1, -1, 1, 1, 1)
            for leaf in ('running_mean', 'running_var', 'weight', 'bias')
        )
        return F.relu((x - mean) / (var + 1e-3).sqrt() * scale + shift)

    def pool(x, kernel, stride):
        return F.max_pool3d(same(x, kernel, stride, value=-float('inf')), kernel, stride)

    def mixed(name, x):
        b1 = unit(f'{name}.b1b', unit(f'{name}.b1a', x))
        b2 = unit(f'{name}.b2b', unit(f'{name}.b2a', x))
        b3 = unit(f'{name}.b3b', pool(x, (3, 3, 3), (1, 1, 1)))
        return torch.cat([unit(f'{name}.b0', x), b1, b2, b3], 1)

    x = pool(unit('Conv3d_1a_7x7', x, stride=2), (1, 3, 3), (1, 2, 2))
    x = unit('Conv3d_2c_3x3', unit('Conv3d_2b_1x1', x))
    x = pool(x, (1, 3, 3), (1, 2, 2))
    x = mixed('Mixed_3c', mixed('Mixed_3b', x))
    x = pool(x, (3, 3, 3), (2, 2, 2))
    for name in ('Mixed_4b', 'Mixed_4c', 'Mixed_4d', 'Mixed_4e', 'Mixed_4f'):
        x = mixed(name, x)
    x = pool(x, (2, 2, 2), (2, 2, 2))
    return mixed('Mixed_5c', mixed('Mixed_5b', x))


@pytest.fixture(scope='module')
def network():
    generator = torch.Generator().manual_seed(0)
    network = InceptionI3d()
    network.init_weights()
    for name, value in network.state_dict().items():
        if name.endswith('running_var'):
            value.uniform_(0.5, 1.5, generator=generator)
        elif '.bn.' in name and value.is_floating_point():
            value.uniform_(-0.3, 0.3, generator=generator)
            if name.endswith('bn.weight'):
                value.add_(1.0)
    return network.eval()


def test_padding_never_wins_a_max_pool_after_relu():
    x = torch.rand(1, 2, 4, 5, 6, generator=torch.Generator().manual_seed(0))
    expected = F.max_pool3d(same(x, (3, 3, 3), (2, 2, 2), -float('inf')), 3, 2)
    assert torch.equal(SameMaxPool3d((3, 3, 3), (2, 2, 2))(x), expected)


@pytest.mark.parametrize('shape', [(16, 32, 32), (16, 45, 39), (7, 33, 64)])
@torch.inference_mode()
def test_maps_are_those_of_the_reference(network, shape):
    clip = torch.rand(1, 3, *shape, generator=torch.Generator().manual_seed(1)).double() * 2 - 1
    network = copy.deepcopy(network).double()
    expected = reference_map(network.state_dict(), clip)
    assert expected.std() > 0.05
    torch.testing.assert_close(network(clip), expected, rtol=1e-9, atol=1e-9)


@torch.inference_mode()
def test_16_frames_at_224_give_a_map_of_2_by_7_by_7(network):
    assert network(torch.zeros(1, 3, 16, 224, 224)).shape == (1, 1024, 2, 7, 7)


def test_names_and_widths_are_those_of_the_circulating_weights(network):
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert shapes['Conv3d_1a_7x7.conv3d.weight'] == (64, 3, 7, 7, 7)
    assert shapes['Conv3d_2b_1x1.conv3d.weight'] == (64, 64, 1, 1, 1)
    assert shapes['Conv3d_2c_3x3.conv3d.weight'] == (192, 64, 3, 3, 3)
    assert shapes['Mixed_4f.b2b.conv3d.weight'] == (128, 32, 3, 3, 3)
    for name, in_channels, out_channels in zip(MIXED, IN_CHANNELS, OUT_CHANNELS, strict=True):
        heads = ('b0', 'b1a', 'b2a', 'b3b')
        assert {shapes[f'Mixed_{name}.{head}.conv3d.weight'][1] for head in heads} == {in_channels}
        tails = ('b0', 'b1b', 'b2b', 'b3b')
        widths = [shapes[f'Mixed_{name}.{tail}.conv3d.weight'][0] for tail in tails]
        assert sum(widths) == out_channels
    leaves = {name.rpartition('.')[2] for name in shapes if '.bn.' in name}
    assert leaves == {'weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'}
    assert len({name.rpartition('.')[0] for name in shapes if '.bn.' in name}) == 3 + 9 * 6


def test_feature_part_has_12_3_million_parameters(network):
    # The paper says 12 M. The whole network of the circulating port has 12,697,264; its classifier
    # has 1024 · 400 weights and 400 biases.
    assert sum(value.numel() for value in network.parameters()) == 12697264 - 410000


def test_flow_has_two_input_channels():
    assert InceptionI3d(in_channels=2).Conv3d_1a_7x7.conv3d.weight.shape[1] == 2
