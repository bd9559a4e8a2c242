"""Finds the config of a detector or extractor by name, and builds the detector with its weights."""

from collections.abc import Mapping
from pathlib import Path

from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmvad.checkpoints import check_weights, read_checkpoint
from mmvad.models.detectors import FeaturePreprocessor, VideoAnomalyDetector

PACKAGE = Path(__file__).resolve().parents[1]
CONFIG_FOLDERS = (PACKAGE / 'configs', PACKAGE.parent / 'configs')  # in a wheel, in a checkout


def find_config(name: str | Path, folder: str = '') -> Path:
    """Find a config file.

    Args:
        name: Path of the file, or the name of one of the project's: ``'salient_ucf'``.
        folder: Folder of these below ``configs``: ``''`` for detectors, ``'features'`` for
            extractors.

    Returns:
        The file.

    Raises:
        FileNotFoundError: There is no such file; the text lists the known names.

    Example:
        >>> find_config('i3d_r50_port', 'features').name
        'i3d_r50_port.py'
    """
    if Path(name).suffix == '.py':
        if not Path(name).is_file():
            raise FileNotFoundError(f'config file not found: {name}')
        return Path(name)
    known = {
        path.stem: path for root in CONFIG_FOLDERS for path in sorted((root / folder).glob('*.py'))
    }
    if str(name) not in known:
        raise FileNotFoundError(
            f'no config named {str(name)!r}; give a path or one of: {", ".join(sorted(known))}'
        )
    return known[str(name)]


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
