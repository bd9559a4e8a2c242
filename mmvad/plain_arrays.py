"""Builds arrays of plain numbers from the bytes and the descriptions that a pickle holds."""

import math
import re
import reprlib
from collections.abc import Sequence

import numpy as np

NUMBERS = re.compile(r'([<>=|]?)(f[248]|[iu][1248]|b1)')  # what numpy calls them: f4, <i8, b1
MAX_DIMENSIONS = 32


def number_type(code: object, order: object = None) -> np.dtype:
    """Read the type of numbers from the arguments and the state of a pickled ``numpy.dtype``.

    Args:
        code: Its first argument, such as ``f4``.
        order: Byte order, one of ``<>=|``; None takes that of the code.

    Returns:
        A float, integer or boolean type.

    Raises:
        ValueError: It is another type.

    Example:
        >>> number_type('f4', '<'), number_type('i8')
        (dtype('float32'), dtype('int64'))
    """
    match = NUMBERS.fullmatch(code) if isinstance(code, str) else None
    if match is None or order not in (None, '<', '>', '=', '|'):
        asked = f'{order or ""}{reprlib.repr(code)}'
        raise ValueError(f'it asks for the array type {asked:.60}, not plain numbers')
    return np.dtype((match[1] if order in (None, '|') else order) + match[2])


def check_number_state(state: object) -> str:
    """Return the byte order in the state of a pickled ``numpy.dtype`` of numbers.

    Fields, sub-arrays, names, sizes, flags and metadata are refused: with them numpy changes a
    type that it already made.

    Raises:
        ValueError: The state is not that of plain numbers.

    Example:
        >>> check_number_state((3, '<', None, None, None, -1, -1, 0))
        '<'
    """
    plain = isinstance(state, tuple) and len(state) == 8 and state[0] == 3
    if not plain or state[2:] != (None, None, None, -1, -1, 0) or state[1] not in ('<', '>', '|'):
        raise ValueError('it asks for an array type with fields, flags or other states')
    return state[1]


def array_of(raw: bytes, dtype: np.dtype, shape: object, is_fortran: object = False) -> np.ndarray:
    """Copy bytes into an array.

    Args:
        raw: Exactly the bytes of the array.
        dtype: What `number_type` gives.
        shape: Its shape.
        is_fortran: Whether the first axis varies fastest.

    Returns:
        The array, in this machine's byte order.

    Raises:
        ValueError: The bytes are fewer or more than the shape needs.

    Example:
        >>> array_of(bytes(8), np.dtype('f4'), (1, 2))
        array([[0., 0.]], dtype=float32)
    """
    shape = check_shape(shape)
    if not isinstance(raw, bytes | bytearray) or len(raw) != math.prod(shape) * dtype.itemsize:
        found = f'{len(raw)} bytes' if isinstance(raw, bytes | bytearray) else type(raw).__name__
        raise ValueError(f'an array {dtype} {shape} came with {found}')
    order = 'F' if is_fortran else 'C'
    values = np.frombuffer(bytes(raw), dtype).reshape(shape, order=order)
    return values.astype(dtype.newbyteorder('='), order='K')


def strided_view(storage: np.ndarray, offset: object, shape: object, strides: object) -> np.ndarray:
    """View a tensor in its storage, without a copy: many tensors may share one.

    Args:
        storage: (n,) numbers.
        offset: Where the tensor starts, in numbers.
        shape: Its shape.
        strides: Numbers from one index to the next, for each axis.

    Returns:
        A view that cannot be written to.

    Raises:
        ValueError: The tensor reaches beyond its storage, or is larger than it.

    Example:
        >>> strided_view(np.arange(6), 1, (2, 2), (1, 2)).tolist()
        [[1, 3], [2, 4]]
        >>> strided_view(np.arange(6), 3, (2, 2), (2, 1))
        Traceback (most recent call last):
        ValueError: a tensor of shape (2, 2) reaches beyond its storage of 6 numbers
    """
    shape, strides = check_shape(shape), check_shape(strides)
    (offset,) = check_shape((offset,))
    if len(shape) != len(strides):
        raise ValueError(f'a tensor of shape {shape} came with {len(strides)} strides')
    if 0 in shape:
        return np.empty(shape, storage.dtype)
    end = offset + sum((size - 1) * step for size, step in zip(shape, strides, strict=True)) + 1
    if end > len(storage) or math.prod(shape) > len(storage):
        raise ValueError(
            f'a tensor of shape {shape} reaches beyond its storage of {len(storage)} numbers'
        )
    steps = [step * storage.itemsize for step in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps, writeable=False)


def check_shape(shape: object) -> Sequence[int]:
    """Return a shape if it is a tuple of a few integers that are not negative.

    Raises:
        ValueError: It is not.

    Example:
        >>> check_shape((2, 3))
        (2, 3)
    """
    whole = isinstance(shape, tuple) and len(shape) <= MAX_DIMENSIONS
    if not whole or any(type(size) is not int or not 0 <= size < 2**62 for size in shape):
        raise ValueError(f'expected a shape, strides or an offset, got {reprlib.repr(shape):.60}')
    return shape
