"""Scores of a trained detector at many bag sizes and segment rankings; which of them is chosen."""

from collections.abc import Mapping, Sequence
from itertools import groupby

import torch

from mmvad.evaluation.functional import video_report
from mmvad.models.detectors import VideoAnomalyDetector
from mmvad.models.heads.bags import bag_groups
from mmvad.paper.bag_sizes import Setting, scores_by_setting
from mmvad.scores.scored_video import ScoredVideo


def score_grid(
    detector: VideoAnomalyDetector, features: torch.Tensor, settings: Sequence[Setting]
) -> dict[Setting, torch.Tensor]:
    """Score a video in many settings; without a neck its segments are projected only once.

    Args:
        detector: With a `SalientHead`; its own setting is left as it is.
        features: (S, K, D).
        settings: l and γ.

    Returns:
        Scores (S,) by setting, those of `VideoAnomalyDetector.segment_scores`.
    """
    head = detector.head
    if detector.neck is None:
        return dict(zip(settings, scores_by_setting(head, features, settings), strict=True))
    found: dict[Setting, torch.Tensor] = {}
    for bag_size, group in groupby(settings, key=lambda setting: setting[0]):
        bags = bag_groups(features, bag_size)
        encoded = torch.cat([detector.encode_bag(bag) for some in bags for bag in some])
        own = list(group)
        found.update(zip(own, scores_by_setting(head, encoded, own), strict=True))
    return found


def choose(
    seeds: Sequence[Mapping[Setting, Sequence[ScoredVideo]]], settings: Sequence[Setting]
) -> tuple[Setting, dict[Setting, float]]:
    """Choose a setting by the AUC over whole held-out videos, the mean over the seeds.

    Held-out training videos have labels only, so each is ranked by its highest segment
    (`video_report`). Of equal settings the earlier one is taken.

    Args:
        seeds: Scored held-out videos by setting, of each seed.
        settings: Candidates, the preferred first.

    Returns:
        The setting, and the criterion of each.
    """
    criterion = {
        setting: sum(video_report(found[setting])['AUC'] for found in seeds) / len(seeds)
        for setting in settings
    }
    return max(settings, key=lambda setting: criterion[setting]), criterion


def name_of(setting: Setting) -> str:
    """Name a setting in tables.

    Example:
        >>> name_of((28, 1.0)), name_of((None, 0.0))
        ('l = 28, γ = 1', 'l = video, γ = 0')
    """
    bag_size, gamma = setting
    return f'l = {"video" if bag_size is None else bag_size}, γ = {gamma:g}'
