"""What a checkpoint says of itself: the detector that it holds, the extractor that it needs."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from mmaction.registry import MODELS
from mmengine.config import Config

from mmvad.checkpoints import trained_features
from mmvad.config_files import CONFIG_FOLDERS, load_config
from mmvad.extraction.settings import ClipSettings, read_settings
from mmvad.literal_config import read_settings_of
from mmvad.video.crops import CROP_COUNTS

STAMP = re.compile(r'_[0-9]{8}_[0-9]{6}$')  # that mmengine adds to the name of an experiment
NETWORK = ('feature_channels', 'mean', 'std', 'pool_kernel')


def recorded_detector(checkpoint: Mapping, source: str) -> Config:
    """Read the detector's config from its checkpoint; nothing in the file is executed.

    Args:
        checkpoint: What `read_checkpoint` gives.
        source: Where it comes from, for the error.

    Returns:
        A config with ``model``, and ``test_dataloader`` where the training had one.

    Raises:
        ValueError: There is no config in the checkpoint, it is more than plain values, or a type of
            the model is not one of mmvad's.
    """
    meta = checkpoint.get('meta') or {}
    text = meta.get('cfg')
    if not isinstance(text, str):
        raise ValueError(f'--detector: {source} has no record of its config; name the config')
    try:
        settings = read_settings_of(text, ['model', 'test_dataloader'])
    except ValueError as error:
        raise ValueError(f'--detector: config in {source}: {error}; name the config') from error
    if not isinstance(settings.get('model'), dict):
        raise ValueError(f'--detector: the config in {source} has no model; name the config')
    for kind in _types_in(settings['model']):
        registered = MODELS.module_dict.get(kind) if isinstance(kind, str) else None
        if registered is None or not registered.__module__.startswith('mmvad.'):
            raise ValueError(
                f'--detector: the model in {source} has the type {kind!r}, which is not one of '
                "mmvad's; name its config"
            )
    name = STAMP.sub('', Path(str(meta.get('experiment_name') or 'recorded')).name)
    return Config(settings, cfg_text=text, filename=f'{name}.py')


def recorded_extractor(checkpoint: Mapping, source: str) -> tuple[str, str | None]:
    """Find the feature config that makes the features a detector was trained on.

    Args:
        checkpoint: What `read_checkpoint` gives.
        source: Where it comes from, for the error.

    Returns:
        Name of one of ``configs/features``, and the crops where they are not that config's.

    Raises:
        ValueError: The checkpoint does not say how its features were made, or no feature config
            makes such features.
    """
    record = (trained_features(checkpoint) or {}).get('visual')
    if not record:
        raise ValueError(
            f'--extractor: {source} has no record of how its features were made; name the feature '
            'config that made them (mmvad extract --help)'
        )
    for path in sorted(
        path for root in CONFIG_FOLDERS for path in (root / 'features').glob('*.py')
    ):
        extractor = load_config(path).get('extractor') or {}
        if extractor.get('modality', 'rgb') == 'rgb' and _makes(extractor, record):
            return path.stem, _other_crops(extractor, record)
    raise ValueError(
        f'--extractor: no config of configs/features/ makes features as {source} was trained on '
        f'(network {record.get("network")}); give the path of its feature config'
    )


def _types_in(settings: object) -> Iterator[object]:
    if isinstance(settings, dict):
        if 'type' in settings:
            yield settings['type']
        settings = list(settings.values())
    if isinstance(settings, list | tuple):
        for value in settings:
            yield from _types_in(value)


def _makes(extractor: Mapping, record: Mapping) -> bool:
    """Tell whether a feature config gives features of this record, but for crops and weights."""
    settings = read_settings(extractor)
    if not isinstance(settings, ClipSettings):
        return False
    made = dict(settings.record(), network=extractor.get('backbone'))
    made.update({name: extractor.get(name) for name in NETWORK})
    made.pop('crops')
    made, record = json.loads(json.dumps(made)), json.loads(json.dumps(record))  # tuples, too
    return all(record.get(name) == value for name, value in made.items())


def _other_crops(extractor: Mapping, record: Mapping) -> str | None:
    number = len(record.get('crops') or ())
    names = {count: name for name, count in CROP_COUNTS.items()}
    found = names.get(number)
    return None if found == read_settings(extractor).crops else found
