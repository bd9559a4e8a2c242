"""Hooks."""

from mmvad.engine.hooks.attention_map_hook import AttentionMapHook
from mmvad.engine.hooks.epoch_seed_hook import EpochSeedHook
from mmvad.engine.hooks.iter_validation_hook import IterValidationHook
from mmvad.engine.hooks.protocol_guard_hook import ProtocolGuardHook
from mmvad.engine.hooks.score_curve_hook import ScoreCurveHook

__all__ = [
    'AttentionMapHook',
    'EpochSeedHook',
    'IterValidationHook',
    'ProtocolGuardHook',
    'ScoreCurveHook',
]
