"""The strict check of tensors before they are used, and their hash."""

import pytest
import torch
from torch import nn

from mmvad.state_dicts import (
    check_optimizer,
    check_state_dict,
    check_weights,
    hash_state_dict,
    load_strictly,
)


def test_missing_unexpected_and_misshapen_tensors_are_named():
    expected = dict(a=torch.zeros(2), b=torch.zeros(1), c=torch.zeros(1))
    found = dict(a=torch.zeros(3), b=torch.zeros(1), d=torch.zeros(1))
    message = (
        r'x does not fit: 1 missing: c; 1 unexpected: d; 1 misshapen: a \(3,\) instead of \(2,\)'
    )
    with pytest.raises(ValueError, match=message):
        check_state_dict(expected, found, 'x')
    many = {f'extra{index}': torch.zeros(1) for index in range(9)}
    with pytest.raises(ValueError, match=r'9 unexpected: extra0, .*extra4, …$'):
        check_state_dict({}, many, 'x')


def test_batch_counters_may_be_missing():
    network, other = nn.BatchNorm3d(4), nn.BatchNorm3d(4)
    nn.init.uniform_(other.weight)
    tensors = {n: v for n, v in other.state_dict().items() if n != 'num_batches_tracked'}
    load_strictly(network, tensors, 'x')
    assert torch.equal(network.weight, other.weight)


def test_the_hash_depends_on_names_shapes_dtypes_and_values_only():
    tensors = dict(a=torch.arange(4.0), b=torch.ones(2))
    digest = hash_state_dict(tensors)
    assert len(digest) == 64
    assert hash_state_dict(dict(reversed(tensors.items()))) == digest
    assert hash_state_dict(tensors | dict(num_batches_tracked=torch.tensor(7))) == digest
    changes = [
        dict(a=torch.tensor([0.0, 1, 2, 4])),
        dict(a=torch.arange(4.0).view(2, 2)),
        dict(a=torch.arange(4)),
        dict(c=torch.zeros(1)),
    ]
    assert len({digest, *(hash_state_dict(tensors | change) for change in changes)}) == 5


def test_the_hash_is_that_of_the_written_rule():
    # sha256 of 'a torch.float32 (1,)\n' and the four bytes of 1.0, little-endian.
    import hashlib

    expected = hashlib.sha256(b'a torch.float32 (1,)\n\x00\x00\x80\x3f').hexdigest()
    assert hash_state_dict(dict(a=torch.ones(1))) == expected


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


STRANGE = {
    'integers': lambda value: value.int(),
    'booleans': lambda value: value > 0,
    'complex numbers': lambda value: value.to(torch.complex64),
    'sparse': lambda value: value.to_sparse(),
    'meta': lambda value: value.to('meta'),
    'quantised': lambda value: torch.quantize_per_tensor(value, 0.1, 0, torch.qint8),
}


@pytest.mark.parametrize('kind', STRANGE)
@pytest.mark.filterwarnings('ignore')
def test_weights_of_another_kind_of_numbers_are_refused(model, kind):
    weights = model.state_dict()
    weights['1.weight'] = STRANGE[kind](weights['1.weight'])
    with pytest.raises(ValueError, match=rf'1 of another kind: 1\.weight {kind} instead of floats'):
        check_weights(model, weights, 'a.pth')
    with pytest.raises(ValueError, match=rf'1 of another kind: 1\.weight {kind}'):
        check_state_dict(model.state_dict(), weights, 'a.pth')


@pytest.mark.filterwarnings('ignore')
def test_nested_tensors_have_no_shape_that_fits(model):
    nested = torch.nested.nested_tensor([torch.ones(2)])
    with pytest.raises(ValueError, match=r'1 misshapen: 2\.bias nested instead of \(2,\)'):
        check_weights(model, model.state_dict() | {'2.bias': nested}, 'a.pth')
    with pytest.raises(ValueError, match=r'state\.0 \(nested\)'):
        check_optimizer(dict(state={0: nested}), 'a.pth')


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_weights_that_are_not_finite_are_refused(model, value):
    weights = model.state_dict()
    weights['2.bias'] = torch.tensor([0, value])
    with pytest.raises(ValueError, match=r'1 with NaN or Inf: 2\.bias'):
        check_weights(model, weights, 'a.pth')


def test_half_precision_fits_and_counters_may_be_of_any_kind(model):
    check_weights(model, {name: value.half() for name, value in model.state_dict().items()}, 'a')
    norm = nn.BatchNorm1d(2)
    counted = norm.state_dict() | dict(num_batches_tracked=torch.tensor(1.5))
    check_weights(norm, counted, 'a')


def test_a_network_without_memory_still_says_what_kind_it_expects():
    with torch.device('meta'):
        expected = nn.Linear(2, 1).state_dict()
    check_state_dict(expected, nn.Linear(2, 1).state_dict(), 'a')
    with pytest.raises(ValueError, match='weight integers instead of floats'):
        check_state_dict(expected, dict(weight=torch.ones(1, 2).int(), bias=torch.ones(1)), 'a')


@pytest.mark.parametrize('kind', sorted(STRANGE.keys() - {'integers'}))
@pytest.mark.filterwarnings('ignore')
def test_the_state_of_an_optimizer_is_one_of_plain_numbers(model, kind):
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    state = optimizer.state_dict()
    check_optimizer(state, 'a.pth')
    state['state'][2]['exp_avg'] = STRANGE[kind](state['state'][2]['exp_avg'])
    message = rf'a\.pth: state of the optimizer of another kind .*: state\.2\.exp_avg \({kind}\)'
    with pytest.raises(ValueError, match=message):
        check_optimizer(state, 'a.pth')


def test_the_state_of_an_optimizer_is_finite_and_may_hold_itself():
    state = dict(state={0: dict(history=[torch.ones(1), torch.tensor([float('inf')])])})
    state['state']['again'] = state
    with pytest.raises(ValueError, match=r'optimizer with NaN or Inf: state\.0\.history\.1$'):
        check_optimizer(state, 'a.pth')
