import pytest
import torch

from mmvad.models.renaming import rename, without, without_wrapper

ONE = torch.zeros(1)


def test_modules_are_renamed_and_leaves_stay():
    found = rename({'a.b.weight': ONE, 'a.b.bias': ONE}, 'toy', {'a.b': 'c'}.get)
    assert list(found) == ['c.weight', 'c.bias']


def test_strangers_are_named_and_counted():
    released = {f'x{index}.bias': ONE for index in range(7)}
    with pytest.raises(ValueError, match=r"7 names are not of kind 'toy': x0\.bias, .*x4\.bias, …"):
        rename(released, 'toy', {}.get)


def test_prefixes_are_left_out_or_taken_off_at_the_beginning_only():
    assert list(without({'vars.0': ONE, 'my.vars.0': ONE}, 'vars.')) == ['my.vars.0']
    found = without_wrapper({'module.fc.bias': ONE, 'fc.module.bias': ONE})
    assert list(found) == ['fc.bias', 'fc.module.bias']
