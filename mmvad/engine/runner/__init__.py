"""Runners."""

from mmvad.engine.runner.anomaly_runner import AnomalyRunner
from mmvad.engine.runner.build import build_runner, set_data_root
from mmvad.engine.runner.selection import apply_selection

__all__ = ['AnomalyRunner', 'apply_selection', 'build_runner', 'set_data_root']
