"""Detectors, backbones, necks and heads."""
