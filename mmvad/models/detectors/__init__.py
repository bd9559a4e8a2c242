"""Detectors over video features."""
