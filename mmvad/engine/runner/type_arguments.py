"""What the registered types of a config take as arguments."""

import inspect
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import mmaction.registry
import mmengine.registry
from mmengine.registry import Registry
from torch.utils.data import DataLoader

from mmvad.engine.runner.feature_settings import LOADERS


@dataclass(frozen=True)
class Arguments:
    """The arguments of a type.

    Attributes:
        names: Of those that it names, or that a class names to which it may hand others on.
        others: Whether it takes others too.
    """

    names: frozenset[str]
    others: bool


def arguments_of(kind: object) -> Arguments | None:
    """List the arguments of a type.

    Args:
        kind: A registered name, with or without its scope, a class or function, or None.

    Returns:
        The arguments, of all that go by the name; None where nothing is known of them.

    Example:
        >>> arguments_of('SGD').others, 'lr' in arguments_of('SGD').names
        (False, True)
        >>> arguments_of('CheckpointHook').others, arguments_of('TypeOfMine')
        (True, None)
    """
    names: set[str] = set()
    others = False
    if kind is None:
        return None
    for candidate in _registered(kind) if isinstance(kind, str) else [kind]:
        try:
            own = inspect.signature(candidate).parameters.values()
        except (TypeError, ValueError):
            return None
        handed_on = any(parameter.kind is parameter.VAR_KEYWORD for parameter in own)
        if handed_on and not inspect.isclass(candidate):
            return None
        others |= handed_on
        names.update(parameter.name for parameter in own)
        if handed_on:
            names.update(*map(_names_of_init, candidate.__mro__))
    return Arguments(frozenset(names), others) if names else None


def _names_of_init(kind: type) -> list[str]:
    init = vars(kind).get('__init__')
    return list(inspect.signature(init).parameters) if inspect.isfunction(init) else []


def kind_of(settings: Mapping, path: tuple[str, ...]) -> object:
    """Give the type of settings; that of a data loader goes without saying.

    Args:
        settings: The settings.
        path: Their place in the config.

    Returns:
        The type as the config names it, or None.

    Example:
        >>> kind_of(dict(type='SGD'), ('a',)), kind_of(dict(batch_size=2), ('train_dataloader',))
        ('SGD', <class 'torch.utils.data.dataloader.DataLoader'>)
    """
    if len(path) == 1 and path[0] in LOADERS and 'type' not in settings:
        return DataLoader
    return settings.get('type')


def is_registered(kind: str, later: bool = False) -> bool:
    """Say whether a name is registered, in any registry: mmengine chooses it by the place.

    Args:
        kind: The name, with or without its scope.
        later: Import first what the registries import only when they are asked for a name.

    Example:
        >>> is_registered('mmengine.SGD'), is_registered('SDG')
        (True, False)
    """
    if later:
        for registry in _registries():
            with suppress(ModuleNotFoundError):  # mmaction names a module that it does not have
                registry.import_from_location()
    return bool(_registered(kind))


def registered_names() -> set[str]:
    """List all names that are registered now.

    Example:
        >>> 'SGD' in registered_names()
        True
    """
    return {name for registry in _registries() for name in registry.module_dict}


def _registered(kind: str) -> list:
    name = kind.rpartition('.')[2]  # after a scope
    found = [registry.module_dict.get(name) for registry in _registries()]
    return [candidate for candidate in found if candidate is not None]


def _registries() -> list[Registry]:
    found = {
        id(value): value
        for module in (mmaction.registry, mmengine.registry)
        for value in vars(module).values()
        if isinstance(value, Registry)
    }
    return list(found.values())
