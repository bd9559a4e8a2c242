"""Frame-level and video-level evaluation."""

from mmvad.evaluation import functional, metrics
from mmvad.evaluation.metrics import FrameMetric, VideoMetric

__all__ = ['FrameMetric', 'VideoMetric', 'functional', 'metrics']
