"""Opens .npy files from untrusted sources: the header is checked first, nothing is unpickled."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from tokenize import TokenError

import numpy as np

FLOATS = ('float16', 'float32', 'float64')
INTEGERS = ('bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64')
# what numpy's parser of headers raises for one or another malformed header
HEADER_ERRORS = (ValueError, TypeError, SyntaxError, TokenError, RecursionError, MemoryError)
LARGEST = 2**63  # bytes of any file

HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def open_array(path: Path, types: Sequence[str] = FLOATS) -> np.ndarray:
    """Map a .npy file of numbers into memory.

    Args:
        path: The file.
        types: Of numbers, that are admitted.

    Returns:
        The array; it may be written to; the file stays as it is (copy on write).

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is not a .npy file, truncated, an object array (a pickle), or not of
            these types in this machine's byte order.
    """
    if not path.is_file():
        raise FileNotFoundError(f'feature file not found: {path}')
    with path.open('rb') as file:
        try:
            version = np.lib.format.read_magic(file)
            shape, _, dtype = HEADER_READERS[version](file)
        except KeyError:
            raise ValueError(f'{path}: .npy format {version} is not known') from None
        except HEADER_ERRORS as error:
            raise ValueError(f'{path}: not a .npy file ({error!s:.200})') from None
        start = file.tell()
    if not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError(f'{path}: expected whole numbers from 0 as shape, got {shape!r:.80}')
    if dtype.hasobject:
        raise ValueError(
            f'{path}: an object array, that is a pickle, which could run code when read; '
            f'convert it with: python tools/convert_features.py {path} OUT.npy'
        )
    if dtype not in types:  # another byte order is another type here
        what = 'floats' if types is FLOATS else 'numbers'
        raise ValueError(f'{path}: expected {what}, one of {types}, got {dtype}')
    expected = start + math.prod(shape) * dtype.itemsize  # of any size, without overflow
    found = os.path.getsize(path)
    if found != expected:
        needed = expected if expected < LARGEST else 'too many'
        raise ValueError(
            f'{path}: truncated or damaged; shape {shape!r:.80} needs {needed} bytes, got {found}'
        )
    try:
        if 0 in shape:
            return np.zeros(shape, dtype)  # cannot be mapped
        return np.load(path, mmap_mode='c', allow_pickle=False)
    except (ValueError, OverflowError, MemoryError) as error:  # 0 beside huge sizes, many axes
        raise ValueError(f'{path}: shape {shape!r:.80} cannot be read: {error}') from None
    except OSError as error:  # mmap does not name the file
        raise OSError(error.errno, f'{path}: cannot be read: {error.strerror}') from error


def check_finite(array: np.ndarray, name: str | os.PathLike) -> None:
    """Refuse NaN and Inf.

    One sum in float64 needs no second array of that size; segments are checked one by one only
    where it is not finite, so that large values whose sum overflows pass.

    Args:
        array: (S, ...) floats, of which the first axis counts segments.
        name: File or other origin, for the error.

    Raises:
        ValueError: The array holds NaN or Inf; the text names the first such segment.

    Example:
        >>> check_finite(np.full((2, 3), 3e38, np.float32), 'a.npy')
        >>> check_finite(np.array([[0.0], [np.inf]]), 'a.npy')
        Traceback (most recent call last):
        ValueError: a.npy: features hold NaN or Inf, the first in segment 1
    """
    with np.errstate(invalid='ignore', over='ignore'):
        if np.isfinite(array.sum(dtype=np.float64)):
            return
    for segment, values in enumerate(array):
        if not np.isfinite(values).all():
            raise ValueError(f'{name}: features hold NaN or Inf, the first in segment {segment}')
