"""mmvad: weakly supervised video anomaly detection for MMAction2.

Importing it repairs the released framework packages where they need it and registers every
component, so ``custom_imports = dict(imports=['mmvad'])`` is all that a config needs. Commands that
need no models start without that: their entry point, the module ``mmvad_command`` beside this
package, says so, and commands that do need them call `register`.
"""

import importlib
import sys

from mmvad.version import __version__

__all__ = ['__version__', 'register']

COMPONENTS = (
    'datasets.check_container',
    'datasets.collate',
    'datasets.joined_feature_dataset',
    'datasets.samplers',
    'datasets.video_feature_dataset',
    'engine.hooks',
    'engine.optimizers',
    'engine.runner',
    'evaluation.functional',
    'evaluation.metrics',
    'models.backbones',
    'models.detectors',
    'models.heads',
    'models.losses',
    'models.necks',
)


def register() -> None:
    """Repair the framework packages and register every component; a second call does nothing.

    Raises:
        ImportError: mmcv is missing or does not fit MMAction2; the text says what to install.
    """
    importlib.import_module('mmvad.framework').repair()
    for name in COMPONENTS:
        importlib.import_module(f'mmvad.{name}')


if not getattr(sys.modules.get('mmvad_command'), 'starts_light', False):
    register()
