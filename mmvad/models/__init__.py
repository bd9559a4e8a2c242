"""Detectors, necks, heads and losses."""

from mmvad.models import backbones, detectors, heads, losses, necks

__all__ = ['backbones', 'detectors', 'heads', 'losses', 'necks']
