"""Losses of the compared systems: pure functions of scores, and thin modules over them."""

from mmvad.models.losses.distillation_loss import DistillationLoss
from mmvad.models.losses.magnitude_loss import MagnitudeLoss
from mmvad.models.losses.ranking_loss import RankingLoss

__all__ = ['DistillationLoss', 'MagnitudeLoss', 'RankingLoss']
