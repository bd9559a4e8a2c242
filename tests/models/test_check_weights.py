import pytest
import torch
from torch import nn

from mmvad.models.state_dicts import check_weights


@pytest.fixture
def model():
    return nn.Sequential(*[nn.Linear(2, 2) for _ in range(3)])


def test_its_own_weights_pass_also_with_the_prefix_of_a_wrapper(model):
    weights = model.state_dict()
    check_weights(model, weights, 'a.pth')
    check_weights(model, {f'module.{name}': value for name, value in weights.items()}, 'a.pth')


def test_missing_names_are_listed(model):
    weights = {name: value for name, value in model.state_dict().items() if name != '1.bias'}
    message = r'^a\.pth does not hold the weights of Sequential as configured: 1 missing: 1\.bias$'
    with pytest.raises(ValueError, match=message):
        check_weights(model, weights, 'a.pth')


def test_unknown_names_are_listed(model):
    weights = dict(model.state_dict(), extra=torch.zeros(1))
    with pytest.raises(ValueError, match=r'1 unexpected: extra'):
        check_weights(model, weights, 'a.pth')


def test_other_shapes_are_listed(model):
    weights = dict(model.state_dict(), **{'0.bias': torch.zeros(3), '2.bias': 'text'})
    message = r'2 misshapen: 0\.bias \(3,\) instead of \(2,\), 2\.bias str instead of'
    with pytest.raises(ValueError, match=message):
        check_weights(model, weights, 'a.pth')


def test_long_lists_are_cut(model):
    with pytest.raises(ValueError, match=r'6 missing: 0\.weight, .*, …'):
        check_weights(model, {}, 'a.pth')
