"""Chooses the threshold of a detector from normal videos at a target rate of false alarms."""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmvad.clock import check_fps
from mmvad.scores.events import check_scores, cut_runs
from mmvad.scores.rule import EventRule, shortest_float
from mmvad.scores.scored_video import ScoredVideo
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


@dataclass(frozen=True, eq=False)
class NormalScores:
    """Scores of normal videos on one time axis, so far apart that no event joins two.

    Attributes:
        scores: (S,) float32; -1 stands between two videos.
        edges: (S + 1,) seconds.
        hours: Length of the videos.
        num_parts: Videos; a live source counts once for each part between gaps.

    Example:
        >>> normal = NormalScores.join([([0.1, 0.9], [0.0, 1.0, 2.0])], pause=5)
        >>> normal.scores.tolist(), normal.edges.tolist()
        ([0.10000000149011612, 0.8999999761581421, -1.0], [0.0, 1.0, 2.0, 7.0])
    """

    scores: np.ndarray
    edges: np.ndarray
    hours: float
    num_parts: int

    @classmethod
    def join(
        cls, videos: Iterable[tuple[Sequence[float], Sequence[float]]], pause: float
    ) -> 'NormalScores':
        """Lay videos end to end.

        Args:
            videos: Scores (S,) and edges (S + 1,) in seconds of each.
            pause: Seconds between two.

        Raises:
            ValueError: There is no video, or these are not the scores of one.
        """
        scores, edges, now, seconds, count = [], [np.zeros(1)], 0.0, 0.0, 0
        for values, edges_of_one in videos:
            times = np.asarray(edges_of_one, np.float64)
            scores += [check_scores(values), np.full(1, -1, np.float32)]
            edges += [times[1:] - times[0] + now, [times[-1] - times[0] + now + pause]]
            seconds += times[-1] - times[0]
            now, count = edges[-1][0], count + 1
        if not count:
            raise ValueError('no normal video to choose a threshold from')
        return cls(np.concatenate(scores), np.concatenate(edges), float(seconds) / 3600, count)


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
    check_fps(fps)
    if scores.unit != 'segment':
        raise ValueError('these are scores of whole videos; events are cut from segments')
    normal = [
        video for video in scores.videos if video.error is None and (all_normal or video.label == 0)
    ]
    if not normal:
        raise ValueError(
            f'none of {len(scores.videos)} videos is known to be normal; --all-normal says that '
            'all are, --annotations of tools/infer.py which are'
        )
    parts = list(parts_between_gaps(normal, fps))
    rule = EventRule(1.0, low_ratio, min_seconds, merge_seconds)
    found = choose_threshold(NormalScores.join(parts, merge_seconds + 1), target, rule)
    made_by = scores.made_by
    return replace(
        found,
        scoring=made_by.get('scoring'),
        bag_size=made_by.get('bag_size'),
        segment_ranking=ranking_of(made_by),
        weights_sha256=made_by.get('weights_sha256'),
    )


def parts_between_gaps(
    videos: Iterable[ScoredVideo], fps: float | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Part videos at their gaps, over which no event reaches.

    Args:
        videos: Scored ones.
        fps: Frames a second of videos that do not say it.

    Yields:
        Scores (S,) and edges (S + 1,) in seconds of each part.

    Raises:
        ValueError: A frame rate is not known.

    Example:
        >>> video = ScoredVideo('a', [0.1, 0.9])
        >>> [edges.tolist() for _, edges in parts_between_gaps([video], fps=16)]
        [[0.0, 1.0, 2.0]]
    """
    for video in videos:
        clock = video.clock
        if clock.edges is None and fps is not None:
            clock = replace(clock, fps=fps)
        if clock.edges is None:
            raise ValueError(f'the frame rate of {video.name} is not known; --fps gives it')
        borders = [0, *video.breaks, len(video.scores)]
        for start, end in itertools.pairwise(borders):
            if end > start:
                yield video.scores[start:end], clock.edges[start : end + 1]


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
    if not 0 <= target < math.inf:
        raise ValueError(f'the target must be a number of at least 0, got {target!r}')
    allowed = target * normal.hours * (1 + 1e-12)  # 0.1 * 10 hours is one event
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
