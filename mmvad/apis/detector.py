"""Builds a trained detector from its config and checkpoint."""

from collections.abc import Mapping
from pathlib import Path

from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmvad.engine.runner.anomaly_runner import read_checkpoint
from mmvad.models.detectors import FeaturePreprocessor, VideoAnomalyDetector
from mmvad.models.state_dicts import check_weights


def load_detector(cfg: Config, checkpoint: str | Path) -> tuple[VideoAnomalyDetector, Mapping]:
    """Build the detector of a config, with trained weights, for evaluation on the CPU.

    Args:
        cfg: Config whose ``model`` is a `VideoAnomalyDetector` over plain features.
        checkpoint: Its checkpoint.

    Returns:
        The detector, and the content of the checkpoint.

    Raises:
        FileNotFoundError: There is no such checkpoint.
        ValueError: The model is of another kind, the weights are another model's, or the file is
            damaged or asks for what the safe loader does not admit.
    """
    if not Path(checkpoint).is_file():
        raise FileNotFoundError(f'checkpoint not found: {checkpoint}')
    with DefaultScope.overwrite_default_scope('mmaction'):
        detector = MODELS.build(cfg.model)
    if not isinstance(detector, VideoAnomalyDetector):
        raise ValueError(
            f'expected a config whose model is a VideoAnomalyDetector, got {cfg.model.type}'
        )
    if type(detector.data_preprocessor) is not FeaturePreprocessor:
        kind = type(detector.data_preprocessor).__name__
        raise ValueError(f'data_preprocessor {kind} would not be part of the detector as loaded')
    content = read_checkpoint(str(checkpoint))
    state_dict = content.get('state_dict', content)
    detector.load_state_dict(check_weights(detector, state_dict, str(checkpoint)))
    return detector.eval(), content
