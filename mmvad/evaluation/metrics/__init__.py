"""Metrics for the mmengine runner."""

from mmvad.evaluation.metrics.frame_metric import FrameMetric
from mmvad.evaluation.metrics.scores_dump import ScoresDump
from mmvad.evaluation.metrics.video_metric import VideoMetric

__all__ = ['FrameMetric', 'ScoresDump', 'VideoMetric']
