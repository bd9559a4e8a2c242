"""Metrics as pure numpy functions."""

from mmvad.evaluation.functional.alarms import detection_delays, false_alarms_per_hour
from mmvad.evaluation.functional.category_report import category_report
from mmvad.evaluation.functional.classes import missing_class
from mmvad.evaluation.functional.controls import shuffle_within
from mmvad.evaluation.functional.curves import pr_points, recall_at_fpr, roc_points
from mmvad.evaluation.functional.event_intervals import cut_video
from mmvad.evaluation.functional.event_matching import (
    event_average_precision,
    match_events,
    score_events,
    temporal_iou,
)
from mmvad.evaluation.functional.event_report import event_report
from mmvad.evaluation.functional.false_alarm import false_alarm_rate
from mmvad.evaluation.functional.frame_details import frame_details
from mmvad.evaluation.functional.frame_report import FrameReport, frame_report
from mmvad.evaluation.functional.frames import FRAME_COUNTS, run_lengths, video_frames
from mmvad.evaluation.functional.precision_recall import average_precision, trapezoidal_pr_area
from mmvad.evaluation.functional.roc import roc_auc
from mmvad.evaluation.functional.runs import FrameRuns
from mmvad.evaluation.functional.video_loss import video_loss
from mmvad.evaluation.functional.video_report import video_report
from mmvad.evaluation.functional.within import split_auc

__all__ = [
    'FRAME_COUNTS',
    'FrameReport',
    'FrameRuns',
    'average_precision',
    'category_report',
    'cut_video',
    'detection_delays',
    'event_average_precision',
    'event_report',
    'false_alarm_rate',
    'false_alarms_per_hour',
    'frame_details',
    'frame_report',
    'match_events',
    'missing_class',
    'pr_points',
    'recall_at_fpr',
    'roc_auc',
    'roc_points',
    'run_lengths',
    'score_events',
    'shuffle_within',
    'split_auc',
    'temporal_iou',
    'trapezoidal_pr_area',
    'video_frames',
    'video_loss',
    'video_report',
]
