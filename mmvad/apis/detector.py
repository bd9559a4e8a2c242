"""Builds a trained detector from its config and checkpoint."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmvad.checkpoints import read_checkpoint, trained_features, weights_of
from mmvad.config_files import load_config
from mmvad.extraction.build import choose_device
from mmvad.files import file_sha256
from mmvad.models.detectors import FeaturePreprocessor, VideoAnomalyDetector
from mmvad.state_dicts import check_weights


@dataclass(frozen=True)
class LoadedDetector:
    """A detector with its weights, and what is known of both.

    Attributes:
        model: In evaluation mode, on its device.
        name: Of its config.
        weights: Path of its checkpoint.
        sha256: Of the checkpoint file.
        in_channels: D, width of the features it takes.
        layout: Axes of feature files in its config, ``'SKD'``, ``'KSD'`` or ``'SD'``.
        num_crops: Crops of its test features in its config; None where it does not say.
        trained_on: How the features of its training were made, from the checkpoint; None where
            nothing was recorded.
        content: The checkpoint's content.
    """

    model: VideoAnomalyDetector
    name: str
    weights: str
    sha256: str
    in_channels: int
    layout: str
    num_crops: int | None
    trained_on: Mapping | None
    content: Mapping

    @property
    def bag_size(self) -> int | None:
        """l, segments in a bag; None scores the whole video as one bag."""
        return self.model.head.bag_size

    @property
    def segment_ranking(self) -> float:
        """γ, see `SalientHead`; 0 for heads that do not rank the segments of a bag."""
        return self.model.segment_ranking


def load_detector(
    config: str | Path | Config,
    weights: str | Path,
    bag_size: int | None = None,
    device: str | None = None,
    segment_ranking: float | None = None,
) -> LoadedDetector:
    """Build the detector of a config with trained weights.

    Args:
        config: Name of one of the project's configs (``'salient_ucf'``), path of a config, or the
            config. Its ``model`` is a `VideoAnomalyDetector` over plain features.
        weights: Its checkpoint.
        bag_size: l, instead of the config's.
        device: Where it runs; None takes a GPU where there is one.
        segment_ranking: γ, instead of the config's, see `SalientHead`.

    Returns:
        The detector.

    Raises:
        FileNotFoundError: Config or checkpoint is not there.
        ValueError: The model is of another kind, the weights are another model's, the file is
            damaged or asks for what the safe loader does not admit, the bag size is not positive,
            the head cannot rank segments or γ is out of range, or the device cannot be used.
    """
    device = choose_device(device)
    if not isinstance(config, Config):
        config = load_config(config)
    if not Path(weights).is_file():
        raise FileNotFoundError(f'checkpoint not found: {weights}')
    model = copy.deepcopy(config.model)  # the caller's config stays as it is
    if bag_size is not None:
        if bag_size < 1:
            raise ValueError(f'bag_size must be at least 1, got {bag_size}')
        model.head.bag_size = bag_size
    if segment_ranking is not None:
        if model.head.type != 'SalientHead':
            raise ValueError(
                f'segment_ranking={segment_ranking}: {model.head.type} does not rank the segments '
                'of a bag, SalientHead does'
            )
        model.head.segment_ranking = segment_ranking
    detector = _build(model)
    content = read_checkpoint(str(weights))
    state_dict = weights_of(content, weights)
    detector.load_state_dict(check_weights(detector, state_dict, str(weights)))
    features = _test_features(config)
    return LoadedDetector(
        model=detector.eval().to(device),
        name=Path(config.filename or 'config').stem,
        weights=str(weights),
        sha256=file_sha256(weights),
        in_channels=(model.get('neck') or model.head)['in_channels'],
        layout=features.get('layout', 'SKD'),
        num_crops=features.get('num_crops'),
        trained_on=(trained_features(content) or {}).get('visual'),
        content=content,
    )


def _build(model: Mapping) -> VideoAnomalyDetector:
    with DefaultScope.overwrite_default_scope('mmaction'):
        detector = MODELS.build(model)
    if not isinstance(detector, VideoAnomalyDetector):
        raise ValueError(
            f'expected a config whose model is a VideoAnomalyDetector, got {model["type"]}'
        )
    if type(detector.data_preprocessor) is not FeaturePreprocessor:
        kind = type(detector.data_preprocessor).__name__
        raise ValueError(f'data_preprocessor {kind} would not be part of the detector as loaded')
    return detector


def _test_features(config: Config) -> Mapping:
    """Find the settings of the test set's feature files; empty where the config has none."""
    dataset = (config.get('test_dataloader') or {}).get('dataset') or {}
    return dataset.get('features') or {}
