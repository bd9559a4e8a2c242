"""Checkpoints: one safe reader, one atomic writer."""

import os
import re
import zipfile
from collections.abc import Mapping

import torch
from mmengine.runner.checkpoint import CheckpointLoader

from mmvad.addresses import show_address
from mmvad.fetching import fetched, is_http
from mmvad.files import atomic_path
from mmvad.packaged_weights import SCHEME, find_packaged
from mmvad.state_dicts import few


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
    if os.path.exists(path) and not os.path.isfile(path):  # reading a pipe would wait for ever
        raise ValueError(f'{source} cannot be read as a checkpoint: it is no regular file')
    try:
        _check_sums(path)
        content = CheckpointLoader.load_checkpoint(path, 'cpu', logger='silent')  # caller tells
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
        raise ValueError(f'expected only tensors in {source}, got others at {few(strangers)}')
    return dict(content)


def write_checkpoint(path: str | os.PathLike, content: Mapping) -> None:
    """Write a checkpoint, complete or not at all.

    Args:
        path: File to write; an existing one is replaced.
        content: What to write.
    """
    with atomic_path(path) as temporary:
        torch.save(content, temporary)
