"""Necks between features and head."""

from mmvad.models.necks.bilstm import BiLSTM
from mmvad.models.necks.multi_scale_temporal import MultiScaleTemporal
from mmvad.models.necks.nonlocal_block import NonLocalBlock

__all__ = ['BiLSTM', 'MultiScaleTemporal', 'NonLocalBlock']
