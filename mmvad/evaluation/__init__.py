"""Frame-level and video-level evaluation.

The metrics of the runner are imported when they are first asked for: `evaluation.functional` needs
numpy only.
"""

import importlib

__all__ = ['FrameMetric', 'VideoMetric']


def __getattr__(name: str):
    if name not in __all__:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(importlib.import_module(f'{__name__}.metrics'), name)
