"""Detectors, necks and heads."""

from mmvad.models import backbones, detectors, heads, necks

__all__ = ['backbones', 'detectors', 'heads', 'necks']
