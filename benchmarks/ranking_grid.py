"""Scores of a trained detector at many bag sizes and segment rankings; which of them is chosen."""

from collections.abc import Mapping, Sequence

import torch

from mmvad.evaluation.functional import video_report
from mmvad.models.detectors import VideoAnomalyDetector
from mmvad.models.heads.bags import bag_groups, score_segments_by_bag
from mmvad.scores.scored_video import ScoredVideo

Setting = tuple[int | None, float]  # l, None for the whole video, and γ


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
    before, found, projected, last_size = head.segment_ranking, {}, None, None
    width = head.num_hops
    for bag_size, gamma in settings:
        if projected is None or (detector.neck is not None and bag_size != last_size):
            bags = bag_groups(features, bag_size if detector.neck is not None else None)
            encoded = [detector.encode_bag(bag) for group in bags for bag in group]
            projected = torch.cat(head.project_segments(torch.cat(encoded)), dim=-1)  # (S, K, 2R)
            last_size = bag_size
        head.segment_ranking = gamma
        found[bag_size, gamma] = score_segments_by_bag(
            projected,
            bag_size,
            lambda bags: head.attend_and_rank(bags[..., :width], bags[..., width:], dim=1),
        )
    head.segment_ranking = before
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
