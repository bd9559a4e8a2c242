"""Anomaly heads."""

from mmvad.models.heads.hlnet_head import HLNetHead
from mmvad.models.heads.last_segment_head import LastSegmentHead
from mmvad.models.heads.rtfm_head import RTFMHead
from mmvad.models.heads.salient_head import SalientHead
from mmvad.models.heads.segment_attention import SegmentAttention
from mmvad.models.heads.sultani_head import SultaniHead

__all__ = [
    'HLNetHead',
    'LastSegmentHead',
    'RTFMHead',
    'SalientHead',
    'SegmentAttention',
    'SultaniHead',
]
