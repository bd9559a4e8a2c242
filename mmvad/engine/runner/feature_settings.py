"""Carries ``features.num_crops`` and the like on to all data sets, and the width to the model."""

import inspect
from collections.abc import Iterator, Mapping, MutableMapping

from mmvad.datasets.feature_store import FeatureStore
from mmvad.spelling import did_you_mean

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
PLACE = 'features'


def spread_features(cfg: MutableMapping, before: Mapping, options: Mapping[str, object]) -> None:
    """Carry overrides of ``features`` on to the data sets, and the width of features to the model.

    Args:
        cfg: Config with the overrides merged; changed in place.
        before: Its content without them.
        options: Value of each override by its full name, such as ``features.num_crops``.

    Raises:
        ValueError: The config has no ``features``, there is no such setting, or a data set or the
            model has a value of its own; the text names it.

    Example:
        >>> dataset = dict(features=dict(num_crops=10))
        >>> cfg = dict(features=dict(num_crops=1), test_dataloader=dict(dataset=dataset))
        >>> spread_features(cfg, dict(features=dict(num_crops=10)), {'features.num_crops': 1})
        >>> dataset['features']['num_crops']
        1
    """
    for name, value in options.items():
        place, *path = name.split('.')
        if place != PLACE or not path:
            continue
        if not isinstance(before.get(PLACE), Mapping):
            raise ValueError(f'{name}: the config has no {PLACE!r}, its data sets have their own')
        _check_name(name, path[0])
        old = _find(before[PLACE], path)
        for owner, features in _features_of(cfg):
            _set(features, path, old, value, f'{owner}.{".".join(path)}', name, options)
    if any(name.startswith(f'{PLACE}.') and name.endswith('num_channels') for name in options):
        _widen(cfg, before, options)


def _check_name(name: str, key: str) -> None:
    known = inspect.signature(FeatureStore).parameters
    if key not in known:
        raise ValueError(f'{name}: features have no setting {key!r}{did_you_mean(key, known)}')


def _features_of(cfg: Mapping) -> Iterator[tuple[str, MutableMapping]]:
    for loader in LOADERS:
        dataset = (cfg.get(loader) or {}).get('dataset') or {}
        parts = dataset.get('datasets')
        numbered = {f'.datasets.{i}': part for i, part in enumerate(parts or ())}
        for place, settings in (numbered or {'': dataset}).items():
            if isinstance(settings.get(PLACE), Mapping):
                yield f'{loader}.dataset{place}.{PLACE}', settings[PLACE]


def _find(settings: object, path: list[str]) -> object:
    for key in path:
        if not isinstance(settings, Mapping) or key not in settings:
            return None
        settings = settings[key]
    return settings


def _set(
    settings: MutableMapping,
    path: list[str],
    old: object,
    new: object,
    owner: str,
    name: str,
    options: Mapping,
) -> None:
    """Set one value where it was that of the one place."""
    if owner in options:
        return
    found = _find(settings, path)
    if found not in (old, new):
        raise ValueError(f'{name}: {owner} is {found!r}, a value of its own; set that')
    *parents, key = path
    for parent in parents:
        settings = settings.setdefault(parent, {})
    settings[key] = new


def _widen(cfg: MutableMapping, before: Mapping, options: Mapping) -> None:
    """Give the first layer of the model the width of the features."""
    model = cfg.get('model') or {}
    part = 'neck' if model.get('neck') else 'head'
    name = f'model.{part}.in_channels'
    if name in options or 'in_channels' not in (model.get(part) or {}):
        return
    old = before['features'].get('num_channels')
    audio = model[part]['in_channels'] - old  # features of audio are beside them
    if audio < 0:
        raise ValueError(f'{name} is {model[part]["in_channels"]}, a value of its own; set that')
    model[part]['in_channels'] = cfg['features']['num_channels'] + audio
