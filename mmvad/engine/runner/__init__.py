"""Runners."""

from mmvad.engine.runner.anomaly_runner import AnomalyRunner, apply_protocol

__all__ = ['AnomalyRunner', 'apply_protocol']
