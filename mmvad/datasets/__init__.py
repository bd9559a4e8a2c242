"""Video anomaly data sets, feature files, samplers."""

from mmvad.datasets.check_container import CheckContainer
from mmvad.datasets.collate import feature_collate
from mmvad.datasets.feature_store import FeatureStore
from mmvad.datasets.joined_feature_dataset import JoinedFeatureDataset
from mmvad.datasets.samplers import BalancedSampler
from mmvad.datasets.video_feature_dataset import VideoFeatureDataset

__all__ = [
    'BalancedSampler',
    'CheckContainer',
    'FeatureStore',
    'JoinedFeatureDataset',
    'VideoFeatureDataset',
    'feature_collate',
]
