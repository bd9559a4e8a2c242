"""Rebuilds arrays and tensors of numbers from a pickle's named calls, with checked bounds."""

import io
import math
import reprlib
from typing import BinaryIO

import numpy as np

from mmvad.datasets.pickle_machine import Buildable, Name, PickleMachine
from mmvad.plain_arrays import array_of, check_number_state, check_shape, number_type, strided_view

TORCH_MAGIC = 0x1950A86A20F9469CFC6C  # first pickle of an old-style file of PyTorch
STORAGES = {
    'torch.DoubleStorage': '<f8',
    'torch.FloatStorage': '<f4',
    'torch.HalfStorage': '<f2',
    'torch.BFloat16Storage': 'bfloat16',
    'torch.LongStorage': '<i8',
    'torch.IntStorage': '<i4',
    'torch.ShortStorage': '<i2',
    'torch.CharStorage': '<i1',
    'torch.ByteStorage': '<u1',
}


class ArrayType(Buildable):
    """A ``numpy.dtype`` in the making: of objects or of plain numbers."""

    def __init__(self, code: object, *flags: object) -> None:
        self.is_object = code in ('O', 'O8', 'O4')
        self.dtype = None if self.is_object else number_type(code)
        self._code = code

    def build(self, state: object) -> None:
        """Take over the byte order; nothing else can be changed."""
        if not self.is_object:
            self.dtype = number_type(self._code, check_number_state(state))


class PickledArray(Buildable):
    """An array in the making: numbers, or objects in their order.

    Attributes:
        numbers: The array, where it is one of numbers.
        objects: Shape and entries, where it is not; the last axis varies fastest in every layout.
    """

    def __init__(self, kind: object, *size: object) -> None:
        if kind != Name('numpy.ndarray'):
            raise ValueError('it asks for an array of another class')
        self.numbers: np.ndarray | None = None
        self.objects: tuple | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers."""
        return 0 if self.numbers is None else self.numbers.nbytes

    def build(self, state: object) -> None:
        """Take over shape, type and values."""
        _, shape, kind, is_fortran, values = state
        if self.numbers is not None or self.objects is not None or type(kind) is not ArrayType:
            raise ValueError('it asks for an array that changes')
        if not kind.is_object:
            self.numbers = array_of(_bytes(values), kind.dtype, shape, is_fortran)
        elif type(values) is list and len(values) == math.prod(check_shape(shape)):
            self.objects = shape, values
        else:
            raise ValueError(f'an array of objects {shape} does not come with its entries')


def load_numbers(file: BinaryIO) -> object:
    """Read one pickle of numbers; nothing is imported or run.

    Args:
        file: In memory, at the start of the pickle.

    Returns:
        Nested lists, tuples, `PickledArray`, arrays and numbers.

    Raises:
        ValueError: The pickle is damaged or asks for something else.
    """
    return PickleMachine(CALLS).run(file)


def _bytes(value: object) -> bytes:
    """Give bytes; Python 2 wrote them as text."""
    if isinstance(value, str):
        return value.encode('latin1')
    if not isinstance(value, bytes | bytearray):
        raise ValueError(f'expected bytes, got a {type(value).__name__}')
    return bytes(value)


def _encode(text: str, encoding: str) -> bytes:
    if encoding != 'latin1':
        raise ValueError(f'it asks for the encoding {reprlib.repr(encoding)}')
    return text.encode(encoding)


def _empty_bytes(*arguments: object) -> bytes:
    if arguments:
        raise ValueError('it asks for builtins.bytes')
    return b''


def _hooks(*arguments: object) -> dict:
    if arguments not in ((), ([],)):
        raise ValueError('it asks for hooks of a tensor')
    return {}


def _scalar(kind: ArrayType, raw: object) -> np.number:
    if type(kind) is not ArrayType or kind.is_object:
        raise ValueError('it asks for a number of another type')
    return array_of(_bytes(raw), kind.dtype, ())[()]


def _from_buffer(raw: object, kind: ArrayType, shape: tuple, order: str) -> np.ndarray:
    if type(kind) is not ArrayType or kind.is_object or order not in ('C', 'F'):
        raise ValueError('it asks for an array of other objects than numbers')
    return array_of(_bytes(raw), kind.dtype, shape, order == 'F')


def _tensor(storage: np.ndarray, offset, size, stride, *others: object) -> np.ndarray:
    if not isinstance(storage, np.ndarray) or storage.ndim != 1:
        raise ValueError('it asks for a tensor without a storage')
    return strided_view(storage, offset, size, stride)


def _storage(content: object) -> np.ndarray:
    """Read an old-style file of PyTorch that holds one storage.

    Returns:
        (n,) numbers.
    """
    file = io.BytesIO(_bytes(content))
    if PickleMachine({}).run(file) != TORCH_MAGIC:
        raise ValueError('it asks for a storage in an unknown format')
    PickleMachine({}).run(file)  # version
    if PickleMachine({}).run(file).get('little_endian') is not True:
        raise ValueError('it asks for a storage in another byte order')
    kind, key, count = PickleMachine(dict.fromkeys(STORAGES), _storage_identity).run(file)
    if PickleMachine({}).run(file) != [key]:
        raise ValueError('it asks for more than one storage')
    written = int.from_bytes(file.read(8), 'little')
    if written != count:
        raise ValueError(f'a storage of {count} numbers says that it holds {written}')
    if kind != 'bfloat16':
        return array_of(file.read(), np.dtype(kind), (count,))
    upper = array_of(file.read(), np.dtype('<u2'), (count,)).astype(np.uint32)
    return (upper << 16).view(np.float32)


def _storage_identity(identity: object) -> tuple[str, object, int]:
    if type(identity) is not tuple or len(identity) != 6 or identity[0] != 'storage':
        raise ValueError('it asks for something other than a storage')
    _, kind, key, _, count, view = identity
    if not isinstance(kind, Name) or not isinstance(key, str) or view is not None:
        raise ValueError('it asks for a part of a storage')
    return STORAGES[kind.text], key, check_shape((count,))[0]


CALLS = {
    'numpy.ndarray': None,
    'numpy.dtype': ArrayType,
    '_codecs.encode': _encode,
    'builtins.bytes': _empty_bytes,
    'torch._utils._rebuild_tensor_v2': _tensor,
    'torch.storage._load_from_bytes': _storage,
    'collections.OrderedDict': _hooks,
}
for _package in ('numpy.core', 'numpy._core'):
    CALLS[f'{_package}.multiarray._reconstruct'] = PickledArray
    CALLS[f'{_package}.multiarray.scalar'] = _scalar
    CALLS[f'{_package}.numeric._frombuffer'] = _from_buffer
