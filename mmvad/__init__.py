"""mmvad: weakly supervised video anomaly detection for MMAction2.

Importing it repairs the released framework packages where they need it and registers every
component, so ``custom_imports = dict(imports=['mmvad'])`` is all that a config needs.
"""

from mmvad import framework

framework.repair()

from mmvad import datasets, engine, evaluation, models  # noqa: E402
from mmvad.version import __version__  # noqa: E402

__all__ = ['__version__', 'datasets', 'engine', 'evaluation', 'models']
