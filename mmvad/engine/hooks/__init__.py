"""Hooks."""

from mmvad.engine.hooks.epoch_seed_hook import EpochSeedHook
from mmvad.engine.hooks.iter_validation_hook import IterValidationHook

__all__ = ['EpochSeedHook', 'IterValidationHook']
