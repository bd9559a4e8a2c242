"""Merges overrides into a config, and refuses those that would change nothing."""

import inspect
from collections.abc import Iterable, Iterator, Mapping

from mmengine.config import Config
from mmengine.runner import Runner

from mmvad.engine.runner.feature_settings import spread_features
from mmvad.engine.runner.type_arguments import (
    Arguments,
    arguments_of,
    is_registered,
    kind_of,
    registered_names,
)
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
HOOKS = 'default_hooks'
CLOSE = 0.8  # `difflib` ratio from which a key that need not be known counts as a misspelling


def merge_overrides(cfg: Config, options: Mapping) -> None:
    """Merge overrides into a config as mmengine does, except for misspelled ones.

    A new top-level key, and that of a new default hook, may be anything that does not resemble a
    known one. A new key of settings that have a registered ``type`` must be an argument of that
    type; where the type takes any, it must not resemble one. Everything else is merged.

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
        elif path[0] == HOOKS and len(path) > 1:
            _check_new_key(name, path[1], before.get(HOOKS) or ())
        _check_place(name, path, before)
        _check_arguments(name, path, cfg)
    given = {'.'.join(path): _value_at(cfg, path) for path in _paths(options)}
    spread_features(cfg._cfg_dict, before, given)


def _value_at(cfg: Config | Mapping, path: Iterable[str]) -> object:
    """Give the value of a merged setting; None where it is no setting, such as ``_delete_``."""
    value = cfg._cfg_dict if isinstance(cfg, Config) else cfg
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
    question = '' if key in known else did_you_mean(key, known, CLOSE)
    if question:
        raise ValueError(f'{name}: the config has no {key!r}{question}')


def _check_place(name: str, path: tuple[str, ...], before: Mapping) -> None:
    """Refuse a number in a list that is not there: mmengine makes settings of that name of it."""
    for i, key in enumerate(path[1:], 1):
        if key.isdecimal() and _value_at(before, path[:i]) is None:
            raise ValueError(f'{name}: the config has no list {".".join(path[:i])!r}')


def _check_arguments(name: str, path: tuple[str, ...], cfg: Config) -> None:
    """Check each step of a setting against the type of the settings that it is in."""
    settings = cfg._cfg_dict  # a Config is no mapping
    for i, key in enumerate(path):
        if isinstance(settings, Mapping):
            kind = kind_of(settings, path[:i])
            _check_argument(name, kind, arguments_of(kind), key, close=0)
            if key not in settings:  # '_delete_'
                return
            settings = settings[key]
        elif isinstance(settings, list | tuple) and key.isdecimal():
            settings = settings[int(key)]
        else:
            return


def _check_argument(
    name: str, kind: object, taken: Arguments | None, key: str, close: float
) -> None:
    """Refuse a key that a type does not take, and that is close to one that it does take.

    Args:
        name: Of the setting.
        kind: The type; None for settings without one.
        taken: What it takes; None where nothing is known of it.
        key: The argument.
        close: Least ratio of `did_you_mean` where the type takes no others; `CLOSE` where it does.
    """
    if taken is None or key in HOST_KEYS or key in taken.names:
        return
    question = did_you_mean(key, taken.names, max(close, CLOSE if taken.others else 0))
    if question:
        kind = kind if isinstance(kind, str) else kind.__name__
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
    names = registered_names()
    for path, settings, kind in _typed(cfg._cfg_dict, ()):
        if isinstance(kind, str) and not is_registered(kind):
            question = did_you_mean(kind.rpartition('.')[2], names, CLOSE)
            if question and not is_registered(kind, later=True):
                raise ValueError(f'{".".join((*path, "type"))}: there is no {kind!r}{question}')
        taken = arguments_of(kind)
        for key in settings:
            _check_argument('.'.join((*path, key)), kind, taken, key, CLOSE)


def _typed(
    settings: object, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping, object]]:
    """Yield place, content and type of all settings with a type."""
    if isinstance(settings, Mapping):
        if (kind := kind_of(settings, path)) is not None:
            yield path, settings, kind
        for key, value in settings.items():
            yield from _typed(value, (*path, str(key)))
    elif isinstance(settings, list | tuple):
        for index, value in enumerate(settings):
            yield from _typed(value, (*path, str(index)))
