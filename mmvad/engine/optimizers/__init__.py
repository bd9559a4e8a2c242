"""Optimiser wrappers."""
