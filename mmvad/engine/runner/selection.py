"""How the checkpoint is chosen: on held-out training videos, on the test set, or not at all."""

import copy
from collections.abc import Iterator, Mapping

from mmengine.config import Config

from mmvad.datasets.held_out import count_held_out_of
from mmvad.spelling import did_you_mean

LEAST_VIDEOS = 'min_videos_per_class'  # of a selection: below that, nothing is held out

# Keys and values of older configs, with their current names.
RETIRED_KEYS = {'protocol': 'selection', 'protocols': 'selections'}
RETIRED_VALUES = {'selection': {'paper': 'test'}}
RETIRED_OF_METRICS = {'protocol': 'frame_count'}
RETIRED_COUNTS = {'peer': 'segments', 'true_length': 'true'}


def apply_selection(cfg: Config) -> Config:
    """Merge the settings of the chosen selection into a config.

    A config names its choice in ``selection`` and holds each choice's settings in ``selections``.
    The setting ``validate_on`` becomes the validation loop: ``'held_out'`` takes the held-out part
    of the training videos, ``'test'`` the test set, None validates on nothing. A config whose
    ``val_cfg`` is None, as ``--no-validate`` makes it, stays without. How many videos are held out
    is the matter of `avoid_small_held_out`.

    Args:
        cfg: Config with or without ``selection``.

    Returns:
        A copy with the settings merged; ``selections`` is gone, ``selection`` stays.

    Raises:
        ValueError: There is no such selection, or nothing of that name to validate on.

    Example:
        >>> cfg = Config(dict(selection='b', selections=dict(a=dict(x=1), b=dict(x=2))))
        >>> apply_selection(cfg).x
        2
    """
    if 'selections' not in cfg:
        return cfg
    cfg = cfg.copy()
    selections = cfg.pop('selections')
    selection = cfg.get('selection')
    if selection not in selections:
        question = did_you_mean(selection, selections)
        raise ValueError(
            f'selection must be one of {sorted(selections)}, got {selection!r}{question}'
        )
    settings = dict(selections[selection])
    settings.pop(LEAST_VIDEOS, None)
    validate_on = settings.pop('validate_on', None)
    if 'val_cfg' in cfg and cfg.val_cfg is None:  # --no-validate
        validate_on = None
        settings.pop('val_evaluator', None)
    cfg.merge_from_dict(settings)
    if validate_on is not None:
        _set_validation(cfg, validate_on)
    return cfg


def avoid_small_held_out(cfg: Config) -> tuple[Config, str | None]:
    """Choose the selection ``'last'`` where too few videos would be held out to select on.

    A selection says in ``min_videos_per_class`` how many normal, and how many anomalous videos it
    needs. The number that would be held out comes from the annotations of the training.

    Args:
        cfg: Config with or without ``selection``.

    Returns:
        The config, or a copy with the selection ``'last'``, and the reason in one line for the
        copy. Where the annotations cannot be read, the config: whoever trains is told by the data
        set.

    Example:
        >>> avoid_small_held_out(Config(dict(selection='last', selections=dict(last={}))))[1]
    """
    selections, selection = cfg.get('selections') or {}, cfg.get('selection')
    settings = selections.get(selection) or {}
    needed = settings.get(LEAST_VIDEOS)
    if settings.get('validate_on') != 'held_out' or not needed or 'last' not in selections:
        return cfg, None
    try:
        counts = count_held_out_of((cfg.get('train_dataloader') or {}).get('dataset') or {})
    except (OSError, ValueError):
        return cfg, None
    if counts is None or min(counts) >= needed:
        return cfg, None
    cfg = cfg.copy()
    cfg.selection = 'last'
    return cfg, (
        f'selection {selection!r} would hold out {counts[0]} normal and {counts[1]} anomalous '
        f'videos, and selections.{selection}.{LEAST_VIDEOS} asks for {needed} of each'
    )


def _set_validation(cfg: Config, validate_on: str) -> None:
    """Make the validation loop's settings from those of the test set or the held-out videos."""
    if validate_on not in ('held_out', 'test'):
        raise ValueError(f"validate_on must be 'held_out', 'test' or None, got {validate_on!r}")
    loader = copy.deepcopy(dict(cfg.test_dataloader))
    evaluator = cfg.test_evaluator
    if validate_on == 'held_out':
        evaluator = cfg.val_evaluator
        loader['dataset'] = copy.deepcopy(dict(cfg.train_dataloader.dataset))
        loader['dataset'].update(subset='held_out', test_mode=True)
    cfg.val_cfg = dict(type='ValLoop')
    cfg.val_dataloader = loader
    cfg.val_evaluator = copy.deepcopy(evaluator)


def refuse_retired(cfg: Mapping) -> None:
    """Refuse a config that uses names of older versions, and say the current ones.

    Args:
        cfg: Config of a run.

    Raises:
        ValueError: It has a key or value that has been renamed; the message says how.

    Example:
        >>> refuse_retired(dict(protocol='paper'))
        Traceback (most recent call last):
        ValueError: the config's key 'protocol' is now 'selection', and its value 'paper' is 'test'
    """
    for old, new in RETIRED_KEYS.items():
        if old in cfg:
            values, value = RETIRED_VALUES.get(new, {}), cfg[old]
            is_old = isinstance(value, str) and value in values
            hint = f', and its value {value!r} is {values[value]!r}' if is_old else ''
            raise ValueError(f"the config's key {old!r} is now {new!r}{hint}")
    for key, values in RETIRED_VALUES.items():
        if isinstance(cfg.get(key), str) and cfg[key] in values:
            raise ValueError(f'{key}={cfg[key]!r} is now {key}={values[cfg[key]]!r}')
    for name, metric in _metrics(cfg):
        for old, new in RETIRED_OF_METRICS.items():
            if old in metric and metric.get('type') == 'FrameMetric':
                value = metric[old]
                raise ValueError(
                    f'{name}.{old}={value!r} is now {name}.{new}='
                    f'{RETIRED_COUNTS.get(value, value)!r}'
                )


def _metrics(cfg: Mapping) -> Iterator[tuple[str, Mapping]]:
    """Yield name and settings of each metric of a config."""
    for name in ('val_evaluator', 'test_evaluator'):
        found = cfg.get(name) or []
        for metric in found if isinstance(found, list | tuple) else [found]:
            if isinstance(metric, Mapping):
                yield name, metric
