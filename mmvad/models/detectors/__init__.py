"""Detectors over video features."""

from mmvad.models.detectors.feature_preprocessor import FeaturePreprocessor
from mmvad.models.detectors.video_anomaly_detector import VideoAnomalyDetector

__all__ = ['FeaturePreprocessor', 'VideoAnomalyDetector']
