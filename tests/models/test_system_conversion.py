"""State dicts of exactly the published names, made up, load into our detectors."""

import pytest
import torch
from mmaction.registry import MODELS

from mmvad.models.system_conversion import system_state_dict
from mmvad.models.weight_conversion import convert
from mmvad.state_dicts import check_weights

D = 16


def linear(name, out, inner, kernel=None, bias=True):
    shape = (out, inner) if kernel is None else (out, inner, kernel)
    found = {f'{name}.weight': torch.randn(shape)}
    return found | {f'{name}.bias': torch.randn(out)} if bias else found


def norm(name, width):
    values = {leaf: torch.rand(width) for leaf in ('weight', 'bias', 'running_mean', 'running_var')}
    values['num_batches_tracked'] = torch.tensor(7)
    return {f'{name}.{leaf}': value for leaf, value in values.items()}


def sultani(names=('fc1', 'fc2', 'fc3')):
    sizes = ((512, D), (32, 512), (1, 32))
    return {
        k: v
        for name, size in zip(names, sizes, strict=True)
        for k, v in linear(name, *size).items()
    }


def rtfm():
    found = {}
    for number in (1, 2, 3):
        found |= linear(f'Aggregate.conv_{number}.0', D // 4, D, 3)
        found |= norm(f'Aggregate.conv_{number}.2', D // 4)
    found |= linear('Aggregate.conv_4.0', D // 4, D, 1, bias=False)
    found |= linear('Aggregate.conv_5.0', D, D, 3, bias=False) | norm('Aggregate.conv_5.2', D)
    for name in ('g', 'theta', 'phi'):
        found |= linear(f'Aggregate.non_local.{name}', D // 8, D // 4, 1)
    found |= linear('Aggregate.non_local.W.0', D // 4, D // 8, 1)
    found |= norm('Aggregate.non_local.W.1', D // 4)
    return found | linear('fc1', 512, D) | linear('fc2', 128, 512) | linear('fc3', 1, 128)


def hlnet():
    found = linear('conv1d1', 512, D, 1) | linear('conv1d2', 128, 512, 1)
    found |= linear('conv1d3', 32, 128, 5) | linear('conv1d4', 32, 32, 5)
    for number in range(1, 7):
        inner = 128 if number % 2 else 32
        found[f'gc{number}.weight'] = torch.randn(inner, 32)
        if number % 2:
            found |= linear(f'gc{number}.residual', 32, 128, 5)
    found |= {'simAdj.weight0': torch.randn(D, 32), 'simAdj.weight1': torch.randn(D, 32)}
    found |= {'disAdj.sigma': torch.randn(1)} | linear('classifier', 1, 96)
    found |= linear('approximator.0', 64, 128, 1) | linear('approximator.2', 32, 64, 1)
    return found | linear('conv1d_approximator', 1, 32, 5)


NECK = dict(type='MultiScaleTemporal', in_channels=D)
KINDS = {
    'sultani': (sultani, dict(head=dict(type='SultaniHead', in_channels=D))),
    'rtfm': (rtfm, dict(neck=NECK, head=dict(type='RTFMHead', in_channels=D))),
    'hlnet': (hlnet, dict(head=dict(type='HLNetHead', in_channels=D))),
}


@pytest.mark.parametrize('wrapped', [False, True])
@pytest.mark.parametrize('kind', KINDS)
def test_published_names_load_and_no_tensor_is_lost(kind, wrapped):
    make, model = KINDS[kind]
    released = make()
    given = {f'module.{name}': value for name, value in released.items()} if wrapped else released
    converted = convert(given, kind)
    detector = MODELS.build(dict(type='VideoAnomalyDetector', **model))
    detector.load_state_dict(check_weights(detector, converted, 'made up'))
    found = {id(value) for value in converted.values()}
    assert found == {id(value) for value in released.values()}


NAMED = {
    'sultani': {'fc2.bias': 'head.fc2.bias'},
    'rtfm': {
        'Aggregate.conv_1.0.weight': 'neck.dilated.0.0.weight',
        'Aggregate.conv_3.2.running_var': 'neck.dilated.2.2.running_var',
        'Aggregate.non_local.theta.bias': 'neck.non_local.theta.bias',
        'Aggregate.non_local.W.1.bias': 'neck.non_local.norm.bias',
        'fc3.weight': 'head.fc3.weight',
    },
    'hlnet': {
        'gc1.weight': 'head.holistic.0.weight',
        'gc2.weight': 'head.holistic.1.weight',
        'gc3.residual.weight': 'head.localised.0.residual.weight',
        'gc6.weight': 'head.by_score.1.weight',
        'conv1d3.bias': 'head.unused_conv1.bias',
        'simAdj.weight1': 'head.unused_similarity.1',
        'disAdj.sigma': 'head.unused_distance',
        'conv1d_approximator.weight': 'head.approximator_out.weight',
    },
}


@pytest.mark.parametrize('kind', KINDS)
def test_tensors_of_equal_shape_keep_their_places(kind):
    released = KINDS[kind][0]()
    converted = convert(released, kind)
    for old, new in NAMED[kind].items():
        assert converted[new] is released[old]


@pytest.mark.parametrize('last', [5, 6])
def test_sequential_ports_of_sultani_convert_with_or_without_a_second_relu(last):
    released = sultani(('classifier.0', 'classifier.3', f'classifier.{last}'))
    copies = {f'vars.{n}': value.clone() for n, value in enumerate(released.values())}
    for given in (released, released | copies):
        assert convert(given, 'sultani')['head.fc3.bias'] is released[f'classifier.{last}.bias']
    copies['vars.2'] += 1
    with pytest.raises(ValueError, match="'vars' of this checkpoint are no copies of its layers"):
        convert(released | copies, 'sultani')


@pytest.mark.parametrize('kind', KINDS)
def test_strangers_and_missing_tensors_are_named(kind):
    released = KINDS[kind][0]()
    with pytest.raises(ValueError, match=rf"1 names are not of kind '{kind}': gc9\.bias"):
        convert(released | {'gc9.bias': torch.zeros(1)}, kind)
    name, new = list(NAMED[kind].items())[-1]
    del released[name]
    with pytest.raises(ValueError, match=f'1 missing: {new}'):
        convert(released, kind)


def test_a_third_similarity_matrix_and_a_second_number_are_strangers():
    more = {'simAdj.weight2': torch.zeros(D, 32), 'disAdj.tau': torch.zeros(1)}
    with pytest.raises(ValueError, match='2 names are not of kind'):
        convert(hlnet() | more, 'hlnet')


def test_release_without_its_first_layer_is_refused():
    with pytest.raises(ValueError, match=r"'hlnet' has no matrix for head\.embed1\.weight"):
        system_state_dict({}, 'hlnet')
