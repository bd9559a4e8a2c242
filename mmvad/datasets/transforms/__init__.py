"""Transforms of samples and of sound."""
