"""State dicts: one strict check before tensors are used, one hash."""

import hashlib
from collections.abc import Mapping, Sequence

import torch

from mmvad.addresses import show_address

SHOWN = 5


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


def check_optimizer(state: object, source: str) -> None:
    """Refuse the state of an optimizer that would spoil the weights in its first step.

    Args:
        state: State dict of an optimizer, or of several by name, as a checkpoint holds it.
        source: Where it comes from, for the error.

    Raises:
        ValueError: A tensor in it is complex, boolean, sparse, quantised or without memory, or
            holds NaN or Inf; the first few are named.

    Example:
        >>> check_optimizer(dict(state={0: dict(exp_avg=torch.tensor([float('nan')]))}), 'a.pth')
        Traceback (most recent call last):
        ValueError: a.pth: state of the optimizer with NaN or Inf: state.0.exp_avg
    """
    tensors, waiting, seen = {}, [('', state)], set()
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, torch.Tensor):
            tensors[name] = value
        elif isinstance(value, Mapping | list | tuple) and id(value) not in seen:
            seen.add(id(value))  # a crafted one may hold itself
            parts = value.items() if isinstance(value, Mapping) else enumerate(value)
            waiting += [(f'{name}.{key}'.strip('.'), part) for key, part in parts]
    strange = [
        f'{name} ({_kind(value)})'
        for name, value in tensors.items()
        if _kind(value) not in ('floats', 'integers')
    ]
    endless = [name for name, value in tensors.items() if not _is_finite(value)]
    for what, names in (('of another kind than numbers', strange), ('with NaN or Inf', endless)):
        if names:
            raise ValueError(
                f'{show_address(source)}: state of the optimizer {what}: {few(sorted(names))}'
            )


def few(names: Sequence[str]) -> str:
    """Name the first ones of many.

    Example:
        >>> few('abcdefg')
        'a, b, c, d, e, …'
    """
    return ', '.join(names[:SHOWN]) + (', …' if len(names) > SHOWN else '')


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
        f'{len(names)} {what}: {few(names)}'
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
    if isinstance(value, torch.Tensor) and value.is_nested:
        return 'nested'
    return str(tuple(value.shape)) if isinstance(value, torch.Tensor) else type(value).__name__


def _kind(tensor: torch.Tensor) -> str:
    """Say what a tensor holds and, where it is not in plain memory, how it holds it."""
    if tensor.is_nested:
        return 'nested'
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
