"""Runner, hooks and optimiser wrappers."""

from mmvad.engine import hooks, optimizers, runner

__all__ = ['hooks', 'optimizers', 'runner']
