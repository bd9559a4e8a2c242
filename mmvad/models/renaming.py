"""Renames the tensors of a state dict, and names those that a kind of checkpoint does not have."""

from collections.abc import Callable, Mapping

import torch

Tensors = Mapping[str, torch.Tensor]


def rename(
    released: Tensors, kind: str, new_module: Callable[[str], str | None]
) -> dict[str, torch.Tensor]:
    """Rename the modules of a state dict; the last part of each name stays.

    Args:
        released: State dict.
        kind: What it should be, for the error.
        new_module: Gives the new name of a module, None for a stranger.

    Returns:
        The same tensors under their new names.

    Raises:
        ValueError: A name is a stranger's.

    Example:
        >>> list(rename({'fc1.bias': torch.zeros(1)}, 'salient', {'fc1': 'head.fc1'}.get))
        ['head.fc1.bias']
    """
    renamed, strangers = {}, []
    for name, value in released.items():
        module, _, leaf = name.rpartition('.')
        new = new_module(module)
        if new is None:
            strangers.append(name)
        else:
            renamed[f'{new}.{leaf}'] = value
    if strangers:
        few = ', '.join(strangers[:5]) + (', …' if len(strangers) > 5 else '')
        raise ValueError(f'{len(strangers)} names are not of kind {kind!r}: {few}')
    return renamed


def without(released: Tensors, prefix: str) -> dict[str, torch.Tensor]:
    """Leave out the tensors whose names begin with a prefix.

    Example:
        >>> list(without({'fc.bias': torch.zeros(1), 'bn.bias': torch.zeros(1)}, 'fc.'))
        ['bn.bias']
    """
    return {name: value for name, value in released.items() if not name.startswith(prefix)}


def without_wrapper(released: Tensors) -> dict[str, torch.Tensor]:
    """Take the ``module.`` off that PyTorch's parallel wrappers put before every name.

    Example:
        >>> list(without_wrapper({'module.fc1.bias': torch.zeros(1)}))
        ['fc1.bias']
    """
    return {name.removeprefix('module.'): value for name, value in released.items()}
