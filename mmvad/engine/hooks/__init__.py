"""Hooks."""

from mmvad.engine.hooks.attention_map_hook import AttentionMapHook
from mmvad.engine.hooks.console_hook import ConsoleHook
from mmvad.engine.hooks.epoch_seed_hook import EpochSeedHook
from mmvad.engine.hooks.iter_validation_hook import IterValidationHook
from mmvad.engine.hooks.resume_validation_hook import ResumeValidationHook
from mmvad.engine.hooks.score_curve_hook import ScoreCurveHook
from mmvad.engine.hooks.selection_guard_hook import SelectionGuardHook
from mmvad.engine.hooks.tie_break_hook import TieBreakHook
from mmvad.engine.hooks.training_curves_hook import TrainingCurvesHook

__all__ = [
    'AttentionMapHook',
    'ConsoleHook',
    'EpochSeedHook',
    'IterValidationHook',
    'ResumeValidationHook',
    'ScoreCurveHook',
    'SelectionGuardHook',
    'TieBreakHook',
    'TrainingCurvesHook',
]
