"""Chooses the threshold of a detector from normal videos at a target rate of false alarms."""

from dataclasses import dataclass, replace

import numpy as np

from mmvad.scores.calibration_support import ROUNDING, check_target, supports
from mmvad.scores.events import cut_runs
from mmvad.scores.normal_scores import NormalScores, gather_normal
from mmvad.scores.rule import EventRule, shortest_float
from mmvad.scores.scores_file import ScoresFile, ranking_of


@dataclass(frozen=True)
class Calibration:
    """A chosen threshold and what it does on the normal videos it was chosen on.

    Attributes:
        rule: The rule with the chosen threshold.
        target_false_alarms_per_hour: What was asked for.
        false_alarms_per_hour: Events an hour on the normal videos; at most the target.
        alarm_time_share: Share of the normal time that lies in an event. A single event may last
            for hours, which the rate does not show.
        normal_hours: Length of the normal videos.
        num_videos: Number of normal videos; a live source counts once for each part between gaps.
        scoring: How they were scored, ``'bags'`` or ``'sliding'``; None where that is not known.
        bag_size: Segments in their bags; None where that is not known.
        segment_ranking: γ, how much segments differ inside of a bag, see `SalientHead`; None where
            that is not known.
        weights_sha256: Of the checkpoint that gave the scores; None where that is not known.
    """

    rule: EventRule
    target_false_alarms_per_hour: float
    false_alarms_per_hour: float
    alarm_time_share: float
    normal_hours: float
    num_videos: int
    scoring: str | None = None
    bag_size: int | None = None
    segment_ranking: float | None = None
    weights_sha256: str | None = None

    @property
    def is_supported(self) -> bool:
        """Whether the normal videos are long enough for the target, see `supports`."""
        return supports(self.normal_hours, self.target_false_alarms_per_hour)


def calibrate(
    scores: ScoresFile,
    target: float,
    low_ratio: float = 1.0,
    min_seconds: float = 0.0,
    merge_seconds: float = 0.0,
    fps: float | None = None,
    all_normal: bool = False,
) -> Calibration:
    """Calibrate on the normal videos of a scores file, bound to what made the scores.

    Args:
        scores: Normal are the videos of label 0.
        target: False alarms an hour that are not to be exceeded, at least 0.
        low_ratio: See `EventRule`.
        min_seconds: See `EventRule`.
        merge_seconds: See `EventRule`.
        fps: Frames a second of videos that do not say it.
        all_normal: All videos are normal, whatever else is known of them.

    Returns:
        The rule, what it gives on these videos, and the scoring, bag size, segment ranking and
        checkpoint that it is for.

    Raises:
        ValueError: No video is normal; a frame rate is not known; the scores are those of whole
            videos; or see `choose_threshold`.

    Example:
        >>> from mmvad.scores.scored_video import ScoredVideo
        >>> from mmvad.clock import Clock
        >>> hour = Clock(5, fps=5 * 16 / 3600)
        >>> video = ScoredVideo('a', [0.9, 0.1, 0.6, 0.1, 0.3], hour, label=0)
        >>> found = calibrate(ScoresFile([video], dict(scoring='bags', bag_size=28)), target=1)
        >>> found.scoring, found.bag_size
        ('bags', 28)
    """
    normal = gather_normal(scores, merge_seconds + 1, fps, all_normal)
    rule = EventRule(1.0, low_ratio, min_seconds, merge_seconds)
    found = choose_threshold(normal, target, rule)
    made_by = scores.made_by
    return replace(
        found,
        scoring=made_by.get('scoring'),
        bag_size=made_by.get('bag_size'),
        segment_ranking=ranking_of(made_by),
        weights_sha256=made_by.get('weights_sha256'),
    )


def choose_threshold(normal: NormalScores, target: float, rule: EventRule) -> Calibration:
    """Choose the smallest threshold from which on upwards false alarms stay within a rate.

    The number of events is not monotonic in the threshold: a low one joins many peaks to one long
    event (at 0 every video is a single event), and with a merge gap a peak that drops out may part
    two others. So the lowest threshold that meets the rate would be one that always alarms. Taken
    is the smallest float32 that meets the rate *as does every higher one*: events change only where
    the threshold passes a score, or its `low_ratio` part does, and all these places are tried.

    Worked example: an hour of video in five segments has the scores below. Above 0.6 there is one
    event, above 0.3 two, above 0.1 three. At most two an hour are met by everything above 0.3, so
    the threshold is the next float32 above 0.3.

    Args:
        normal: Scores of normal videos.
        target: False alarms an hour that are not to be exceeded, at least 0.
        rule: All but its threshold is used.

    Returns:
        The rule and what it gives on these videos.

    Raises:
        ValueError: The target is out of range or never exceeded (then the videos say nothing about
            the threshold), or even a threshold of 1 exceeds it.

    Example:
        >>> scores = [0.9, 0.1, 0.6, 0.1, 0.3]
        >>> hour = NormalScores.join([(scores, np.arange(6) * 720)], pause=1)
        >>> found = choose_threshold(hour, target=2, rule=EventRule())
        >>> found.rule.threshold, found.false_alarms_per_hour, found.alarm_time_share
        (0.30000004, 2.0, 0.4)
    """
    check_target(target)
    allowed = target * normal.hours * (1 + ROUNDING)
    threshold = _lowest_threshold(normal, rule, allowed)
    rule = replace(rule, threshold=threshold)
    runs = cut_runs(normal.scores, normal.edges, rule)
    seconds = (normal.edges[runs[:, 1]] - normal.edges[runs[:, 0]]).sum()
    return Calibration(
        rule=rule,
        target_false_alarms_per_hour=float(target),
        false_alarms_per_hour=len(runs) / normal.hours,
        alarm_time_share=float(seconds / 3600 / normal.hours),
        normal_hours=normal.hours,
        num_videos=normal.num_parts,
    )


def _lowest_threshold(normal: NormalScores, rule: EventRule, allowed: float) -> float:
    """Go down from 1 to the first candidate that exceeds the rate; the next float32 does not."""
    candidates = candidate_thresholds(normal.scores[normal.scores >= 0], rule.low_ratio)
    for candidate in candidates[::-1]:
        lower = replace(rule, threshold=shortest_float(candidate))
        if len(cut_runs(normal.scores, normal.edges, lower)) > allowed:
            break
    else:
        raise ValueError(
            'the target is never exceeded, so these normal videos do not determine a threshold: '
            f'even at {shortest_float(candidates[0])}, their lowest score, they give no more false '
            'alarms; choose a lower target or take more normal video'
        )
    if candidate == 1:
        raise ValueError(
            'no threshold meets the target: normal segments score 1.0, so even a threshold of 1 '
            'gives more false alarms'
        )
    return shortest_float(np.nextafter(candidate, np.float32(2)))


def candidate_thresholds(scores: np.ndarray, low_ratio: float) -> np.ndarray:
    """Give every threshold at which the events of these scores may change.

    Between two neighbours nothing changes: the events of all thresholds above one candidate up to
    and including the next are those of the next.

    Args:
        scores: (S,) float32 in [0, 1].
        low_ratio: In (0, 1].

    Returns:
        (C,) float32, ascending: the scores, the largest thresholds whose low threshold does not
        pass a score, the next number above the highest score (no event there), and 1.

    Example:
        >>> candidate_thresholds(np.array([0.25, 0.5], np.float32), low_ratio=0.5).tolist()
        [0.25, 0.5, 0.5000000596046448, 1.0]
    """
    scores = np.unique(scores).astype(np.float32)
    low = np.minimum(scores.astype(np.float64) / low_ratio, 1).astype(np.float32)
    # exactly: the largest float32 t with float32(t * ratio) <= score
    while (above := _low_threshold(low, low_ratio) > scores).any():
        low[above] = np.nextafter(low[above], np.float32(0))
    up = np.nextafter(low, np.float32(2))
    while (more := (_low_threshold(up, low_ratio) <= scores) & (up <= 1)).any():
        low[more] = up[more]
        up = np.nextafter(low, np.float32(2))
    beyond = np.nextafter(scores[-1:], np.float32(2))
    candidates = np.concatenate([scores, low, beyond, np.ones(1, np.float32)])
    return np.unique(candidates[candidates <= 1])


def _low_threshold(thresholds: np.ndarray, low_ratio: float) -> np.ndarray:
    """Do what `EventRule.low_threshold` does, for many thresholds."""
    return (thresholds.astype(np.float64) * low_ratio).astype(np.float32)
