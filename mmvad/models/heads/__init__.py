"""Anomaly heads."""

from mmvad.models.heads.last_segment_head import LastSegmentHead
from mmvad.models.heads.salient_head import SalientHead
from mmvad.models.heads.segment_attention import SegmentAttention

__all__ = ['LastSegmentHead', 'SalientHead', 'SegmentAttention']
