import pickle

import numpy as np
import pytest

from mmvad.checked_arrays import CheckedArray, CheckedType, reconstruct, scalar


def filled(values):
    array = reconstruct(CheckedArray, (0,), b'b')
    kind = CheckedType(values.dtype.str[1:])
    kind.__setstate__((3, '<', None, None, None, -1, -1, 0))
    array.__setstate__((1, values.shape, kind, False, values.tobytes()))
    return array


def test_an_array_is_filled_with_its_numbers_and_pickles_as_a_plain_one():
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    found = filled(values)
    assert np.array_equal(found, values)
    again = pickle.loads(pickle.dumps(found))
    assert type(again) is np.ndarray and np.array_equal(again, values)


def test_memory_that_nobody_wrote_is_refused():
    with pytest.raises(pickle.UnpicklingError, match='an array without values'):
        CheckedArray((4,))
    with pytest.raises(pickle.UnpicklingError, match='of another class or size'):
        reconstruct(CheckedArray, (4,), b'b')
    with pytest.raises(pickle.UnpicklingError, match='of another class or size'):
        reconstruct(np.ndarray, (0,), b'b')


def test_a_type_cannot_be_changed_into_one_of_objects():
    with pytest.raises(pickle.UnpicklingError, match='it asks for the array type'):
        CheckedType('O8')
    with pytest.raises(pickle.UnpicklingError, match='fields, flags or other states'):
        CheckedType('f4').__setstate__((3, '|', None, None, None, -1, -1, 63))


def test_bytes_that_do_not_fill_the_array_are_refused():
    array = reconstruct(CheckedArray, (0,), b'b')
    with pytest.raises(pickle.UnpicklingError, match='came with 8 bytes'):
        array.__setstate__((1, (4,), CheckedType('f4'), False, bytes(8)))
    with pytest.raises(pickle.UnpicklingError, match='other things than numbers'):
        array.__setstate__((1, (2,), np.dtype('f4'), False, bytes(8)))


def test_a_scalar_is_one_number():
    assert scalar(CheckedType('f8'), np.float64(0.25).tobytes()) == 0.25
    with pytest.raises(pickle.UnpicklingError):
        scalar(CheckedType('f8'), bytes(4))
