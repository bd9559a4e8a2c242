"""Frame-level and video-level evaluation."""

from mmvad.evaluation import functional, metrics
from mmvad.evaluation.dump import load_dump, save_dump
from mmvad.evaluation.metrics import FrameMetric, VideoMetric
from mmvad.evaluation.prediction import VideoPrediction

__all__ = [
    'FrameMetric',
    'VideoMetric',
    'VideoPrediction',
    'functional',
    'load_dump',
    'metrics',
    'save_dump',
]
