"""Detectors, backbones, necks, heads and losses."""
