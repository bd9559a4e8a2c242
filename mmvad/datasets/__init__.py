"""Video anomaly data sets, feature files, samplers.

The classes are imported when they are first asked for: annotations and feature files are read
without PyTorch.
"""

import importlib

HOMES = {
    'BalancedSampler': 'samplers',
    'CheckContainer': 'check_container',
    'FeatureStore': 'feature_store',
    'JoinedFeatureDataset': 'joined_feature_dataset',
    'VideoFeatureDataset': 'video_feature_dataset',
    'feature_collate': 'collate',
}

__all__ = ['BalancedSampler', 'CheckContainer', 'FeatureStore', 'JoinedFeatureDataset']
__all__ += ['VideoFeatureDataset', 'feature_collate']


def __getattr__(name: str):
    if name not in HOMES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(importlib.import_module(f'{__name__}.{HOMES[name]}'), name)
