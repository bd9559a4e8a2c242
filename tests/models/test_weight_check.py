import pytest
import torch
from torch import nn

from mmvad.models.weight_check import check_state_dict


@pytest.fixture
def model():
    return nn.Sequential(*[nn.Linear(2, 2) for _ in range(3)])


def test_its_own_weights_pass_also_with_the_prefix_of_a_wrapper(model):
    weights = model.state_dict()
    check_state_dict(model, weights, 'a.pth')
    check_state_dict(model, {f'module.{name}': value for name, value in weights.items()}, 'a.pth')


def test_missing_names_are_listed(model):
    weights = {name: value for name, value in model.state_dict().items() if name != '1.bias'}
    message = (
        r'^a\.pth does not hold the weights of Sequential as configured; missing: 1\.bias \(1\)$'
    )
    with pytest.raises(ValueError, match=message):
        check_state_dict(model, weights, 'a.pth')


def test_unknown_names_are_listed(model):
    weights = dict(model.state_dict(), extra=torch.zeros(1))
    with pytest.raises(ValueError, match=r'not in the model: extra \(1\)'):
        check_state_dict(model, weights, 'a.pth')


def test_other_shapes_are_listed(model):
    weights = dict(model.state_dict(), **{'0.bias': torch.zeros(3), '2.bias': 'text'})
    message = r'of another shape: 0\.bias \(model \(2,\), file \(3,\)\), 2\.bias .*file str\)'
    with pytest.raises(ValueError, match=message):
        check_state_dict(model, weights, 'a.pth')


def test_long_lists_are_cut(model):
    with pytest.raises(ValueError, match=r'missing: 0\.weight, .*, 1\.bias … \(6\)'):
        check_state_dict(model, {}, 'a.pth')
