"""Merges overrides into a config, and refuses those that would change nothing."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

import mmaction.registry
import mmengine.registry
from mmengine.config import Config
from mmengine.registry import Registry
from mmengine.runner import Runner

from mmvad.cli.feature_settings import spread_features
from mmvad.spelling import did_you_mean

# Keys of a run that neither its config nor the runner's signature need name.
RUN_KEYS = (
    'allow_other_features',
    'console',
    'custom_imports',
    'runner_type',
    'selection',
    'selections',
)
# What mmengine takes out of the settings of an object before it builds it.
HOST_KEYS = (
    'type',
    '_delete_',
    '_scope_',
    'by_epoch',
    'constructor',
    'convert_to_iter_based',
    'paramwise_cfg',
    'priority',
)
CLOSE = 0.8  # `difflib` ratio from which an unknown top-level key counts as a misspelling


def merge_overrides(cfg: Config, options: Mapping) -> None:
    """Merge overrides into a config as mmengine does, except for misspelled ones.

    A new top-level key may be anything that does not resemble a known one. A new key of settings
    that have a registered ``type`` must be an argument of that type. Everything else is merged.

    Args:
        cfg: Receives the values.
        options: Values by setting, such as ``{'model.head.bag_size': 9}``.

    Raises:
        ValueError: A top-level key is unknown and close to a known one, a type does not take an
            argument, or a setting leads through a value that holds no settings.

    Example:
        >>> cfg = Config(dict(optim_wrapper=dict(optimizer=dict(lr=0.1))))
        >>> merge_overrides(cfg, {'optim_wraper.optimizer.lr': 1})
        Traceback (most recent call last):
        ValueError: optim_wraper.optimizer.lr: the config has no 'optim_wraper'; did you mean \
'optim_wrapper'?
    """
    before = cfg.to_dict()
    known = {*cfg, *inspect.signature(Runner).parameters, *RUN_KEYS}
    try:
        cfg.merge_from_dict(dict(options))
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f'--cfg-options {" ".join(options)}: {error.args[0]}') from error
    for path in _paths(options):
        name = '.'.join(path)
        if path[0] not in known:
            _check_new_key(name, path[0], known)
        _check_arguments(name, path, cfg)
    given = {'.'.join(path): _value_at(cfg, path) for path in _paths(options)}
    spread_features(cfg._cfg_dict, before, given)


def _value_at(cfg: Config, path: Iterable[str]) -> object:
    """Give the value of a merged setting; None where it is no setting, such as ``_delete_``."""
    value = cfg._cfg_dict
    for key in path:
        if isinstance(value, list | tuple) and key.isdecimal():
            value = value[int(key)]
        elif isinstance(value, Mapping) and key in value:
            value = value[key]
        else:
            return None
    return value


def _paths(options: Mapping) -> Iterator[tuple[str, ...]]:
    """List the settings that are given a value; mmengine splits keys at the top only."""
    for key, value in options.items():
        for rest in _nested(value):
            yield (*key.split('.'), *rest)


def _nested(value: object) -> Iterator[tuple[str, ...]]:
    if not isinstance(value, Mapping) or not value:
        yield ()
        return
    for key, inner in value.items():
        for rest in _nested(inner):
            yield (str(key), *rest)


def _check_new_key(name: str, key: str, known: Iterable[str]) -> None:
    if question := did_you_mean(key, known, CLOSE):
        raise ValueError(f'{name}: the config has no {key!r}{question}')


def _check_arguments(name: str, path: tuple[str, ...], cfg: Config) -> None:
    """Check each step of a setting against the type of the settings that it is in."""
    settings = cfg._cfg_dict  # a Config is no mapping
    for key in path:
        if isinstance(settings, Mapping):
            kind = settings.get('type')
            taken = None if kind is None or key in HOST_KEYS else _arguments(kind)
            if taken is not None and key not in taken:
                _refuse_argument(name, kind, key, taken)
            if key not in settings:  # '_delete_'
                return
            settings = settings[key]
        elif isinstance(settings, list | tuple) and key.isdecimal():
            settings = settings[int(key)]
        else:
            return


def _refuse_argument(name: str, kind: object, key: str, taken: Iterable[str]) -> None:
    kind = kind if isinstance(kind, str) else kind.__name__
    question = did_you_mean(key, taken, close=0)
    raise ValueError(f'{name}: {kind} takes no argument {key!r}{question}')


def check_spelling(cfg: Config) -> None:
    """Refuse misspelled types, and misspelled arguments of types, anywhere in a config.

    Only a name that is close to a known one is refused: a type may be registered later, and an
    argument may be taken out by what builds the object.

    Args:
        cfg: Of a run.

    Raises:
        ValueError: A name is unknown and close to a known one; the text says where.

    Example:
        >>> check_spelling(Config(dict(model=dict(type='SalientHead', num_hop=3))))
        Traceback (most recent call last):
        ValueError: model.num_hop: SalientHead takes no argument 'num_hop'; did you mean 'num_hops'?
    """
    names = {name for registry in _registries() for name in registry.module_dict}
    for path, settings in _typed(cfg._cfg_dict, ()):
        kind = settings['type']
        if isinstance(kind, str) and not _registered(kind):
            question = did_you_mean(kind.rpartition('.')[2], names, CLOSE)
            if question and not _registered_later(kind):
                raise ValueError(f'{".".join((*path, "type"))}: there is no {kind!r}{question}')
        taken = _arguments(kind)
        for key in set(settings) - set(HOST_KEYS) - (taken or set(settings)):
            if did_you_mean(key, taken, CLOSE):
                _refuse_argument('.'.join((*path, key)), kind, key, taken)


def _typed(settings: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping]]:
    """Yield place and content of all settings with a type."""
    if isinstance(settings, Mapping):
        if settings.get('type') is not None:
            yield path, settings
        for key, value in settings.items():
            yield from _typed(value, (*path, str(key)))
    elif isinstance(settings, list | tuple):
        for index, value in enumerate(settings):
            yield from _typed(value, (*path, str(index)))


def _arguments(kind: object) -> set[str] | None:
    """List the arguments of a type; None where it takes any, or is not known yet."""
    found: set[str] = set()
    candidates = _registered(kind) if isinstance(kind, str) else [kind]
    for candidate in candidates:
        try:
            parameters = inspect.signature(candidate).parameters.values()
        except (TypeError, ValueError):
            return None
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
            return None
        found.update(parameter.name for parameter in parameters)
    return found or None


def _registered(kind: str) -> list:
    """Find what is registered under a name, in any registry: mmengine chooses it by the place."""
    name = kind.rpartition('.')[2]  # after a scope
    found = [registry.module_dict.get(name) for registry in _registries()]
    return [candidate for candidate in found if candidate is not None]


def _registered_later(kind: str) -> list:
    """Find what the registries import only when a name is asked for."""
    for registry in _registries():
        with suppress(ModuleNotFoundError):  # mmaction names a module that it does not have
            registry.import_from_location()
    return _registered(kind)


def _registries() -> list[Registry]:
    found = {
        id(value): value
        for module in (mmaction.registry, mmengine.registry)
        for value in vars(module).values()
        if isinstance(value, Registry)
    }
    return list(found.values())
