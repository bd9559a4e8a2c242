"""Metrics as pure numpy functions."""

from mmvad.evaluation.functional.classes import missing_class
from mmvad.evaluation.functional.false_alarm import false_alarm_rate
from mmvad.evaluation.functional.frame_report import FrameReport, frame_report
from mmvad.evaluation.functional.frames import FRAME_COUNTS, run_lengths, video_frames
from mmvad.evaluation.functional.precision_recall import average_precision, trapezoidal_pr_area
from mmvad.evaluation.functional.roc import roc_auc
from mmvad.evaluation.functional.video_report import video_report

__all__ = [
    'FRAME_COUNTS',
    'FrameReport',
    'average_precision',
    'false_alarm_rate',
    'frame_report',
    'missing_class',
    'roc_auc',
    'run_lengths',
    'trapezoidal_pr_area',
    'video_frames',
    'video_report',
]
