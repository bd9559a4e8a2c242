import io
import pickle

import numpy as np
import pytest

from mmvad.datasets.pickled_numbers import load_numbers


def load(value, protocol=4):
    return load_numbers(io.BytesIO(pickle.dumps(value, protocol)))


@pytest.mark.parametrize('protocol', [2, 3, 4])
@pytest.mark.parametrize('dtype', ['<f4', '>f4', '<f8', '<i8', 'u1'])
def test_arrays_are_rebuilt_from_their_bytes(protocol, dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    found = load(array, protocol)
    assert found.numbers.tolist() == array.tolist()


def test_scalars_and_lists_of_arrays_are_read():
    scalar, array = load([np.float32(0.5), np.ones(2, np.float32)])
    assert (float(scalar), array.numbers.tolist()) == (0.5, [1.0, 1.0])


def test_an_array_of_objects_comes_as_its_entries():
    array = np.empty(2, object)
    array[:] = [np.zeros(1, np.float32), np.ones(1, np.float32)]
    shape, entries = load(array).objects
    assert shape == (2,) and [entry.numbers.tolist() for entry in entries] == [[0.0], [1.0]]


@pytest.mark.parametrize(
    'value', [np.array(['text']), np.zeros(1, 'datetime64[s]'), np.zeros(1, 'c8')]
)
def test_arrays_of_other_things_are_refused(value):
    with pytest.raises(ValueError, match='it asks for'):
        load(value)
