"""Necks between features and head."""

from mmvad.models.necks.bilstm import BiLSTM

__all__ = ['BiLSTM']
