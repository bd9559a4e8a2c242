import pytest
import torch

from mmvad.models.necks import MultiScaleTemporal


def slow_convolution(x, layer, dilation=1):
    """Convolve (T, C) with zero padding, step by step."""
    weight, size = layer.weight, layer.weight.shape[2]
    rows = []
    for t in range(len(x)):
        total = torch.zeros(weight.shape[0], dtype=x.dtype)
        for tap in range(size):
            at = t + (tap - size // 2) * dilation
            if 0 <= at < len(x):
                total = total + weight[:, :, tap] @ x[at]
        rows.append(total if layer.bias is None else total + layer.bias)
    return torch.stack(rows)


def slow_norm(x, norm):
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    return (x - norm.running_mean) * scale + norm.bias


def make_neck():
    torch.manual_seed(0)
    neck = MultiScaleTemporal(16).double().eval()
    for module in neck.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            for value in (module.weight, module.bias, module.running_mean):
                torch.nn.init.normal_(value)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    return neck


def test_output_is_that_of_the_four_branches_one_by_one():
    neck = make_neck()
    x = torch.randn(9, 16, dtype=torch.float64)
    branches = [
        slow_norm(slow_convolution(x, branch[0], dilation).relu(), branch[2])
        for branch, dilation in zip(neck.dilated, (1, 2, 4), strict=True)
    ]
    reduced = slow_convolution(x, neck.reduce[0]).relu()
    branches.append(neck.non_local(reduced.t()[None])[0].t())
    mixed = slow_convolution(torch.cat(branches, dim=1), neck.mix[0]).relu()
    torch.testing.assert_close(neck(x[None])[0], slow_norm(mixed, neck.mix[2]) + x)


def test_branches_are_a_quarter_and_the_non_local_block_an_eighth_as_wide():
    neck = MultiScaleTemporal(64)
    assert [branch[0].out_channels for branch in neck.dilated] == [16] * 3
    assert (neck.non_local.g.in_channels, neck.non_local.g.out_channels) == (16, 8)


def test_which_convolutions_have_a_bias():
    neck = MultiScaleTemporal(16)
    assert all(branch[0].bias is not None for branch in neck.dilated)
    assert neck.reduce[0].bias is None and neck.mix[0].bias is None
    assert all(branch[0].bias.eq(0).all() for branch in neck.dilated)


@pytest.mark.parametrize('width', [4, 12, 0])
def test_width_that_has_no_eighth_is_refused(width):
    with pytest.raises(ValueError, match=f'must be a multiple of 8, .*got {width}'):
        MultiScaleTemporal(width)


def test_features_of_another_width_are_refused():
    with pytest.raises(ValueError, match='built with in_channels=16, got features of width 24'):
        MultiScaleTemporal(16)(torch.zeros(1, 2, 24))
