import pickle
import types

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

import mmvad
from mmvad.checked_history import CheckedHistory, history_method

assert mmvad.__version__  # importing it binds the stand-ins


class Called:
    """Pickles as a HistoryBuffer that is called, or gets a state."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


def load(tmp_path, value):
    torch.save(dict(value=value), tmp_path / 'a.pth')
    return torch.load(tmp_path / 'a.pth', weights_only=True)['value']


def state_with(**changes):
    history = HistoryBuffer([1.0], [1])
    return {name: changes.get(name, value) for name, value in vars(history).items()} | changes


def history_of(changes):
    history = HistoryBuffer([1.0], [1])
    history.__dict__.update(changes)
    return history


def test_a_saved_history_comes_back_as_one_of_mmengine_and_is_saved_again(tmp_path):
    found = load(tmp_path, load(tmp_path, HistoryBuffer([1.0, 3.0], [1, 1])))
    assert type(found) is HistoryBuffer and type(found.data[0]) is np.ndarray
    assert (found.mean(), found.current(), found.max_length) == (2, 3, 1_000_000)
    found.update(8.0)
    assert found.max() == 8


@pytest.mark.parametrize(
    'changes',
    [
        dict(_log_history=[1.0]),
        dict(_log_history=np.ones((1, 1))),
        dict(max_length='1'),
        dict(max_length=True),
        dict(mean=1),
    ],
)
def test_states_of_other_things_are_refused(tmp_path, changes):
    with pytest.raises(pickle.UnpicklingError, match='it asks for a HistoryBuffer'):
        load(tmp_path, history_of(changes))


def test_statistics_that_all_histories_share_are_left_alone(tmp_path, monkeypatch):
    before = dict(HistoryBuffer._statistics_methods)
    for methods in ({'mean': HistoryBuffer.max}, {'other': HistoryBuffer.max}, {'mean': 3}, [1]):
        monkeypatch.setattr(
            HistoryBuffer, '__getstate__', lambda self, m=methods: state_with(statistics_methods=m)
        )
        with pytest.raises(pickle.UnpicklingError, match='other things than numbers'):
            load(tmp_path, HistoryBuffer([1.0], [1]))
    monkeypatch.undo()
    assert HistoryBuffer._statistics_methods == before


def test_a_history_is_not_called(tmp_path):
    tree = [0.0]
    for _ in range(40):
        tree = [tree] * 10
    with pytest.raises(pickle.UnpicklingError, match='it asks for a HistoryBuffer of other values'):
        load(tmp_path, Called(HistoryBuffer, (tree, tree)))
    with pytest.raises(pickle.UnpicklingError, match='of other values'):
        CheckedHistory()


@pytest.mark.parametrize('name', ['__init__', '__globals__', 'update', 'statistics'])
def test_getattr_of_the_safe_loader_knows_four_methods_only(name):
    with pytest.raises(pickle.UnpicklingError, match=f"checkpoint asks for attribute '{name}' of"):
        history_method(HistoryBuffer, name)
    assert history_method(HistoryBuffer, 'mean') is HistoryBuffer.mean


def test_getattr_of_the_safe_loader_knows_one_class_only():
    with pytest.raises(pickle.UnpicklingError, match="attribute 'mean' of <class 'numpy"):
        history_method(np.ndarray, 'mean')
    subclass = types.new_class('Subclass', (HistoryBuffer,))
    with pytest.raises(pickle.UnpicklingError, match='only the statistics methods'):
        history_method(subclass, 'mean')
