"""Runners."""

from mmvad.engine.runner.anomaly_runner import AnomalyRunner, apply_protocol
from mmvad.engine.runner.build import build_runner, set_data_root

__all__ = ['AnomalyRunner', 'apply_protocol', 'build_runner', 'set_data_root']
