"""Reads pickled object arrays of numbers without running anything else that a pickle may hold."""

import _codecs
import io
import pickle
from pathlib import Path

import numpy as np
import torch

from mmvad.datasets.npy import HEADER_READERS


def _read_storage(content: bytes) -> object:
    """Stand in for ``torch.storage._load_from_bytes``, which unpickles whatever it is given."""
    return torch.load(io.BytesIO(content), map_location='cpu', weights_only=True)


ADMITTED = {
    ('numpy', 'ndarray'): np.ndarray,
    ('numpy', 'dtype'): np.dtype,
    ('_codecs', 'encode'): _codecs.encode,
    ('torch._utils', '_rebuild_tensor_v2'): torch._utils._rebuild_tensor_v2,
    ('torch.storage', '_load_from_bytes'): _read_storage,
    ('collections', 'OrderedDict'): dict,
}
for _module in ('numpy.core.multiarray', 'numpy._core.multiarray'):
    ADMITTED[_module, '_reconstruct'] = np._core.multiarray._reconstruct
    ADMITTED[_module, 'scalar'] = np._core.multiarray.scalar


class NumbersUnpickler(pickle.Unpickler):
    """Unpickles arrays and tensors, and refuses every other name."""

    def find_class(self, module: str, name: str) -> object:
        """Return one of the few functions that arrays and tensors are rebuilt with.

        Raises:
            pickle.UnpicklingError: The pickle asks for something else.
        """
        if (module, name) not in ADMITTED:
            raise pickle.UnpicklingError(f'it asks for {module}.{name}')
        return ADMITTED[module, name]


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
            entries do not stack.
    """
    if not path.is_file():
        raise FileNotFoundError(f'feature file not found: {path}')
    with path.open('rb') as file:
        try:
            shape, _, dtype = HEADER_READERS[np.lib.format.read_magic(file)](file)
        except (KeyError, ValueError) as error:
            raise ValueError(f'{path}: not a .npy file ({error})') from None
        if not dtype.hasobject:
            raise ValueError(
                f'{path}: not an object array but {dtype} {shape}; it needs no conversion'
            )
        try:
            entries = NumbersUnpickler(file).load()
        except Exception as error:  # a damaged pickle fails in many ways
            raise ValueError(f'{path}: refused, or damaged: {error}') from error
    try:
        stacked = _stack(entries)
    except (TypeError, ValueError) as error:
        raise ValueError(f'{path}: its entries are not features of one shape: {error}') from error
    return stacked


def _stack(entries: object) -> np.ndarray:
    """Turn nested lists, object arrays and tensors into one float32 array."""
    if isinstance(entries, torch.Tensor):
        return entries.detach().to(torch.float32).numpy()
    if isinstance(entries, list | tuple) or getattr(entries, 'dtype', None) == np.dtype(object):
        if np.ndim(entries) == 0 and isinstance(entries, np.ndarray):
            return _stack(entries.item())
        return np.stack([_stack(entry) for entry in entries])
    return np.asarray(entries, np.float32)
