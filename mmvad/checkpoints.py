"""Checkpoints: one safe reader, one strict check, one hash, one atomic writer."""

import hashlib
import os
import re
import zipfile
from collections.abc import Mapping, Sequence

import torch
from mmengine.runner.checkpoint import CheckpointLoader

from mmvad.addresses import show_address
from mmvad.fetching import fetched, is_http
from mmvad.files import atomic_path
from mmvad.packaged_weights import SCHEME, find_packaged

SHOWN = 5


def read_checkpoint(source: str | os.PathLike) -> Mapping:
    """Read a checkpoint; nothing in the file is executed.

    Args:
        source: Path of a ``.pth`` file (zip or old-style), http(s) address, ``package://NAME/PATH``
            for a file of an installed package, or another address that mmengine knows. A hash at
            the end of an http(s) address' file name is checked.

    Returns:
        Its content, on the CPU.

    Raises:
        FileNotFoundError: There is no such file or package.
        OSError: The address cannot be reached; the text names its host.
        ValueError: The file is damaged, not a checkpoint, or asks for what the safe loader does not
            admit.
    """
    source = os.fspath(source)
    if source.startswith(SCHEME):
        return read_checkpoint(find_packaged(source))
    if is_http(source):  # mmengine would print the address, and unpickle whatever it receives
        with fetched(source) as path:
            return _read(str(path), show_address(source))
    return _read(source, show_address(source))


def _read(path: str, source: str) -> Mapping:
    try:
        _check_sums(path)
        content = CheckpointLoader.load_checkpoint(path, 'cpu')
    except (FileNotFoundError, PermissionError):
        raise
    except Exception as error:  # a damaged file fails in many ways, with OSError too
        refused = re.search(
            r'(?:GLOBAL|asks for)(?: attribute)? ([^;\n]+?)(?: was not|[;\n]|$)', str(error)
        )
        reason = f'it asks for {refused[1]}' if refused else f'it is damaged{_hint(error)}'
        raise ValueError(f'{source} cannot be read as a checkpoint: {reason}') from error
    if not isinstance(content, Mapping):
        raise ValueError(f'{source} holds a {type(content).__name__}, not a checkpoint')
    return content


def _hint(error: Exception) -> str:
    return f', {error}' if isinstance(error, zipfile.BadZipFile) else ''


def _check_sums(path: str) -> None:
    """Compare the checksums of a zip file, which PyTorch does not look at."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as file:
        name = file.testzip()
    if name is not None:
        raise zipfile.BadZipFile(f'the checksum of {name} does not fit')


def trained_features(checkpoint: Mapping) -> dict | None:
    """Read from a checkpoint how the features of its training set were made.

    Args:
        checkpoint: What `read_checkpoint` gives.

    Returns:
        Records by kind, ``visual`` and ``audio``; None where nothing was recorded.

    Raises:
        ValueError: What stands there is of another kind.

    Example:
        >>> trained_features(dict(state_dict={})) is None
        True
    """
    found = checkpoint
    for name in ('meta', 'dataset_meta', 'feature_record'):
        found = found.get(name)
        if not found:
            return None
        if not isinstance(found, Mapping):
            raise ValueError(f'{name} of a checkpoint must be a mapping, got {found!r:.80}')
    return found


def weights_of(checkpoint: Mapping, source: str | os.PathLike) -> Mapping:
    """Give the part of a checkpoint that holds the weights.

    Args:
        checkpoint: What `read_checkpoint` gives; its tensors are bare or under ``state_dict``.
        source: Where it comes from, for the error.

    Raises:
        ValueError: What stands under ``state_dict`` is something else.

    Example:
        >>> weights_of(dict(state_dict=None), 'a.pth')
        Traceback (most recent call last):
        ValueError: a.pth: expected named tensors under 'state_dict', got a NoneType
    """
    weights = checkpoint.get('state_dict', checkpoint)
    if not isinstance(weights, Mapping):
        kind = type(weights).__name__
        shown = show_address(os.fspath(source))
        raise ValueError(f"{shown}: expected named tensors under 'state_dict', got a {kind}")
    return weights


def read_state_dict(source: str | os.PathLike) -> dict[str, torch.Tensor]:
    """Read the tensors of a checkpoint; nothing in the file is executed.

    Args:
        source: See `read_checkpoint`; the tensors are bare or under ``state_dict``.

    Returns:
        Tensors by name, on the CPU.

    Raises:
        FileNotFoundError, OSError: See `read_checkpoint`.
        ValueError: See `read_checkpoint`; or there is something else among the tensors, or nothing.
    """
    content = weights_of(read_checkpoint(source), source)
    source = show_address(os.fspath(source))
    if not content:
        raise ValueError(f'expected named tensors in {source}, found none')
    strangers = [name for name, value in content.items() if not isinstance(value, torch.Tensor)]
    if strangers:
        raise ValueError(f'expected only tensors in {source}, got others at {_few(strangers)}')
    return dict(content)


def check_state_dict(
    expected: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor], origin: str
) -> None:
    """Compare names, shapes and kinds of numbers; refuse NaN and Inf.

    The counters ``num_batches_tracked`` may be missing.

    Args:
        expected: State dict of the network.
        found: State dict of the file.
        origin: What the error message calls the file.

    Raises:
        ValueError: Names are missing or unexpected, shapes or kinds of numbers differ, or a number
            is not finite; the first few are named.
    """
    misfits = _list_misfits(expected, found)
    if misfits:
        raise ValueError(f'{show_address(origin)} does not fit: {misfits}')


def check_weights(
    model: torch.nn.Module, weights: Mapping[str, torch.Tensor], source: str
) -> dict[str, torch.Tensor]:
    """Refuse weights that are not exactly those of a model.

    Args:
        model: What the weights are for.
        weights: Its state dict, with or without the prefix ``module.`` of a wrapper.
        source: Where they come from, for the error.

    Returns:
        The weights without the prefix.

    Raises:
        ValueError: Names are missing or unexpected, shapes or kinds of numbers differ, or a number
            is not finite; the first few are named.

    Example:
        >>> model = torch.nn.Linear(2, 1)
        >>> list(check_weights(model, model.state_dict(), 'linear.pth'))
        ['weight', 'bias']
    """
    found = {str(name).removeprefix('module.'): value for name, value in weights.items()}
    misfits = _list_misfits(model.state_dict(), found)
    if misfits:
        raise ValueError(
            f'{source} does not hold the weights of {type(model).__name__} as configured: {misfits}'
        )
    return found


def load_strictly(
    network: torch.nn.Module, tensors: Mapping[str, torch.Tensor], origin: str
) -> None:
    """Copy tensors into a network after `check_state_dict`.

    Args:
        network: Changed in place.
        tensors: State dict with exactly the network's names.
        origin: What the error message calls the file.

    Raises:
        ValueError: Names or shapes do not fit.
    """
    own = network.state_dict()
    check_state_dict(own, tensors, origin)
    counters = {name: value for name, value in own.items() if _is_counter(name)}
    network.load_state_dict({**counters, **tensors})


def hash_state_dict(tensors: Mapping[str, torch.Tensor]) -> str:
    """Hash all that can change a feature: names, dtypes, shapes and bytes, sorted by name.

    Args:
        tensors: State dict; the counters ``num_batches_tracked`` are left out.

    Returns:
        64 hexadecimal digits of SHA-256.

    Example:
        >>> one, two = torch.zeros(2), torch.ones(2)
        >>> hash_state_dict({'a': one, 'b': two}) == hash_state_dict({'b': two, 'a': one})
        True
    """
    digest = hashlib.sha256()
    for name in sorted(name for name in tensors if not _is_counter(name)):
        value = tensors[name].detach().cpu().contiguous()
        digest.update(f'{name} {value.dtype} {tuple(value.shape)}\n'.encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def write_checkpoint(path: str | os.PathLike, content: Mapping) -> None:
    """Write a checkpoint, complete or not at all.

    Args:
        path: File to write; an existing one is replaced.
        content: What to write.
    """
    with atomic_path(path) as temporary:
        torch.save(content, temporary)


def _list_misfits(expected: Mapping[str, torch.Tensor], found: Mapping[str, object]) -> str:
    """Say what is missing, unexpected or of another shape; empty where all fits."""
    missing = [name for name in expected if name not in found and not _is_counter(name)]
    unexpected = [name for name in found if name not in expected]
    wrong_shape = {
        name: f'{name} {_shape(found[name])} instead of {tuple(value.shape)}'
        for name, value in expected.items()
        if name in found and _shape(found[name]) != str(tuple(value.shape))
    }
    fitting = [name for name in expected if name in found and name not in wrong_shape]
    strange = [
        f'{name} {_kind(found[name])} instead of {_numbers(expected[name])}'
        for name in fitting
        if not _is_counter(name) and not _is_same_kind(expected[name], found[name])
    ]
    endless = [name for name in fitting if not _is_finite(found[name])]
    return '; '.join(
        f'{len(names)} {what}: {_few(names)}'
        for what, names in (
            ('missing', missing),
            ('unexpected', unexpected),
            ('misshapen', list(wrong_shape.values())),
            ('of another kind', strange),
            ('with NaN or Inf', endless),
        )
        if names
    )


def _shape(value: object) -> str:
    return str(tuple(value.shape)) if isinstance(value, torch.Tensor) else type(value).__name__


def _kind(tensor: torch.Tensor) -> str:
    """Say what a tensor holds and, where it is not in plain memory, how it holds it."""
    if tensor.is_quantized or tensor.is_meta or tensor.layout is not torch.strided:
        return 'quantised' if tensor.is_quantized else 'meta' if tensor.is_meta else 'sparse'
    return _numbers(tensor)


def _is_same_kind(expected: torch.Tensor, found: torch.Tensor) -> bool:
    # a network that is built only for its names and shapes has its tensors on meta
    if expected.is_meta and found.is_meta:
        return _numbers(expected) == _numbers(found)
    return _numbers(expected) == _kind(found)


def _numbers(tensor: torch.Tensor) -> str:
    if tensor.is_complex():
        return 'complex numbers'
    if tensor.dtype is torch.bool:
        return 'booleans'
    return 'floats' if tensor.is_floating_point() else 'integers'


def _is_finite(tensor: torch.Tensor) -> bool:
    return _kind(tensor) != 'floats' or bool(tensor.float().isfinite().all())


def _is_counter(name: str) -> bool:
    return name.endswith('num_batches_tracked')


def _few(names: Sequence[str]) -> str:
    return ', '.join(names[:SHOWN]) + (', …' if len(names) > SHOWN else '')
