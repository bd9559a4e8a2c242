"""Frame-level evaluation."""

from mmvad.evaluation import functional, metrics

__all__ = ['functional', 'metrics']
