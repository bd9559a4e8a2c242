"""Reads pickled object arrays of numbers without running anything else that a pickle may hold."""

import io
from pathlib import Path

import numpy as np

from mmvad.datasets.npy import HEADER_ERRORS, HEADER_READERS, check_finite
from mmvad.datasets.pickled_numbers import PickledArray, load_numbers

MAX_REPEATS = 16  # numbers for each byte of the file; a pickle may name one value many times


def read_object_array(path: Path) -> np.ndarray:
    """Read an object array of segment features and stack it.

    Args:
        path: A ``.npy`` file whose entries, one per segment or one for all, are arrays or tensors
            of numbers of one shape.

    Returns:
        The stacked array, float32.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is not an object array, is damaged, asks for more than numbers, or its
            entries do not stack, or hold NaN, Inf or more than float32 can hold.
    """
    if not path.is_file():
        raise FileNotFoundError(f'feature file not found: {path}')
    with path.open('rb') as file:
        try:
            shape, _, dtype = HEADER_READERS[np.lib.format.read_magic(file)](file)
        except (KeyError, *HEADER_ERRORS) as error:
            raise ValueError(f'{path}: not a .npy file ({error!s:.200})') from None
        if not dtype.hasobject:
            raise ValueError(
                f'{path}: not an object array but {dtype} {shape}; it needs no conversion'
            )
        try:
            content = file.read()
            entries = load_numbers(io.BytesIO(content))
        except Exception as error:  # a damaged pickle fails in many ways
            raise ValueError(f'{path}: refused, or damaged: {error!s:.200}') from error
    try:
        stacked = _stack(entries, _Budget(MAX_REPEATS * len(content)))
    except (RecursionError, MemoryError, OverflowError, ValueError) as error:
        raise ValueError(
            f'{path}: its entries are not features of one shape: {error!s:.200}'
        ) from error
    check_finite(np.atleast_1d(stacked), path)
    return stacked


class _Budget:
    """Counts what is stacked, so that a small file does not fill the memory."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def take(self, count: int) -> None:
        self.left -= max(count, 1)
        if self.left < 0:
            raise ValueError('it repeats its values too often')


def _stack(entries: object, budget: _Budget) -> np.ndarray:
    """Turn nested lists, arrays and numbers into one float32 array."""
    if isinstance(entries, PickledArray):
        if entries.objects is None:
            if entries.numbers is None:
                raise ValueError('an array has no values')
            return _stack(entries.numbers, budget)
        shape, values = entries.objects
        stacked = _stack(values, budget)
        return stacked.reshape(*shape, *stacked.shape[1:])
    if isinstance(entries, list | tuple):
        budget.take(len(entries))
        return np.stack([_stack(entry, budget) for entry in entries])
    if isinstance(entries, np.ndarray) and entries.dtype.kind in 'fiu':
        budget.take(entries.size)
        with np.errstate(over='ignore'):  # the caller finds what float32 cannot hold
            return entries.astype(np.float32)
    if type(entries) in (int, float) or isinstance(entries, np.floating | np.integer):
        budget.take(1)
        with np.errstate(over='ignore'):
            return np.asarray(float(entries), np.float32)
    kind = getattr(entries, 'dtype', type(entries).__name__)
    raise ValueError(f'expected numbers, got {kind}')
