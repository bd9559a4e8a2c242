"""Metrics for the mmengine runner."""

from mmvad.evaluation.metrics.frame_metric import FrameMetric
from mmvad.evaluation.metrics.video_metric import VideoMetric

__all__ = ['FrameMetric', 'VideoMetric']
