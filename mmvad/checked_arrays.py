"""Stand-ins for numpy's unpickling, for PyTorch's safe loader: plain numbers, checked bounds."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from mmvad.plain_arrays import array_of, check_number_state, number_type


class CheckedType:
    """Stands in for ``numpy.dtype``: a type of plain numbers."""

    def __init__(self, code: object, *flags: object) -> None:
        with _refusing():
            self.dtype = number_type(code)
        self._code = code

    def __setstate__(self, state: object) -> None:
        with _refusing():
            self.dtype = number_type(self._code, check_number_state(state))


class CheckedArray(np.ndarray):
    """An array that takes over numbers only; it pickles as a plain array."""

    def __new__(cls, *arguments: object) -> 'CheckedArray':
        """Refuse to be called, which would give memory that nobody wrote."""
        raise pickle.UnpicklingError('it asks for an array without values')

    def __setstate__(self, state: object) -> None:
        """Take over shape, type and values.

        Raises:
            pickle.UnpicklingError: They are not those of an array of plain numbers.
        """
        with _refusing():
            _, shape, kind, is_fortran, raw = state
            values = array_of(raw, _checked(kind), shape, is_fortran)
        super().__setstate__((1, values.shape, values.dtype, False, values.tobytes()))

    def __reduce__(self) -> tuple:
        return np.array(self, subok=False).__reduce__()

    def __reduce_ex__(self, protocol: int) -> tuple:
        return np.array(self, subok=False).__reduce_ex__(protocol)


def reconstruct(kind: object, shape: object, code: object) -> CheckedArray:
    """Stand in for numpy's ``_reconstruct``, which makes an empty array for a state to fill.

    Raises:
        pickle.UnpicklingError: It is to be another class, or not empty.

    Example:
        >>> reconstruct(CheckedArray, (0,), b'b').shape
        (0,)
    """
    if kind is not CheckedArray or shape != (0,):
        raise pickle.UnpicklingError('it asks for an array of another class or size')
    return np.ndarray.__new__(CheckedArray, (0,), np.int8)


def scalar(kind: object, raw: object) -> np.generic:
    """Stand in for numpy's ``scalar``, one number from its bytes.

    Raises:
        pickle.UnpicklingError: It is not a plain number.

    Example:
        >>> float(scalar(CheckedType('f8'), bytes(8)))
        0.0
    """
    with _refusing():
        return array_of(raw, _checked(kind), ())[()]


def _checked(kind: object) -> np.dtype:
    if type(kind) is not CheckedType:
        raise pickle.UnpicklingError('it asks for an array of other things than numbers')
    return kind.dtype


@contextmanager
def _refusing() -> Iterator[None]:
    """Raise what PyTorch's safe loader expects of its calls."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise pickle.UnpicklingError(str(error)) from error
