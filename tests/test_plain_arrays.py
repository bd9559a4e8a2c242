import numpy as np
import pytest

from mmvad.plain_arrays import array_of, check_number_state, check_shape, number_type, strided_view


@pytest.mark.parametrize('code', ['O', 'O8', 'V4', 'S3', 'U1', 'c8', 'f4,f4', 'M8[s]', 4, None])
def test_types_of_anything_but_numbers_are_refused(code):
    with pytest.raises(ValueError, match='it asks for the array type'):
        number_type(code)


@pytest.mark.parametrize(
    'state',
    [
        (3, '<', None, ('a',), {'a': 1}, -1, -1, 0),
        (3, '<', None, None, None, 4, 4, 0),
        (3, '|', None, None, None, -1, -1, 63),
        (3, '<', None, None, None, -1, -1),
        [3, '<', None, None, None, -1, -1, 0],
        None,
    ],
)
def test_states_that_would_change_a_type_are_refused(state):
    with pytest.raises(ValueError, match='fields, flags or other states'):
        check_number_state(state)


def test_big_endian_bytes_come_in_the_order_of_this_machine():
    found = array_of(b'\x00\x00\x00\x01', number_type('i4', '>'), (1,))
    assert found.tolist() == [1] and found.dtype.isnative


@pytest.mark.parametrize('raw', [bytes(7), bytes(12), b'', None, 'text'])
def test_bytes_of_another_length_than_the_shape_are_refused(raw):
    with pytest.raises(ValueError, match='came with'):
        array_of(raw, np.dtype('f4'), (2,))


@pytest.mark.parametrize('shape', [(-1,), (2.0,), ('2',), [True], 3, None])
def test_shapes_of_anything_but_counts_are_refused(shape):
    with pytest.raises(ValueError):
        check_shape(shape)


def test_a_view_beyond_its_storage_is_refused():
    storage = np.arange(6.0)
    assert strided_view(storage, 1, (2, 2), (2, 1)).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    for offset, shape, strides in ((5, (2,), (1,)), (0, (4,), (2,)), (-1, (1,), (1,))):
        with pytest.raises(ValueError):
            strided_view(storage, offset, shape, strides)
