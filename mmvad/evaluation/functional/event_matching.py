"""Events against annotated events: matching by temporal IoU, precision, recall, F1, AP."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmvad.evaluation.functional.event_intervals import VideoEvents

TIOUS = (0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True)
class EventScores:
    """How well events fit the annotated ones at one temporal IoU.

    Attributes:
        num_found: Events.
        num_annotated: Annotated events.
        num_matched: Pairs of the one-to-one matching.
        ap: Area under the interpolated precision-recall curve over the events by peak score; None
            where no event is annotated.
    """

    num_found: int
    num_annotated: int
    num_matched: int
    ap: float | None

    @property
    def precision(self) -> float | None:
        """Share of events that match; None where there is no event."""
        return self.num_matched / self.num_found if self.num_found else None

    @property
    def recall(self) -> float | None:
        """Share of annotated events that are matched; None where none is annotated."""
        return self.num_matched / self.num_annotated if self.num_annotated else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of the two, ``2 TP / (found + annotated)``; None where both are empty."""
        both = self.num_found + self.num_annotated
        return 2 * self.num_matched / both if both else None


def temporal_iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Divide the common length of two intervals by the length that they cover together.

    Args:
        first: (E, 2) half-open intervals.
        second: (A, 2).

    Returns:
        (E, A) in [0, 1].

    Example:
        >>> temporal_iou(np.array([[0, 10]]), np.array([[5, 15], [20, 30]])).round(3).tolist()
        [[0.333, 0.0]]
    """
    first, second = np.asarray(first)[:, None], np.asarray(second)[None]  # (E, 1, 2), (1, A, 2)
    ends = np.minimum(first[..., 1], second[..., 1])
    common = np.maximum(ends - np.maximum(first[..., 0], second[..., 0]), 0)  # (E, A)
    lengths = np.diff(first)[..., 0] + np.diff(second)[..., 0]
    return common / (lengths - common)


def match_events(overlaps: np.ndarray, peaks: np.ndarray, tiou: float) -> np.ndarray:
    """Match events and annotated events of one video one to one, greedily by score.

    ActivityNet's rule: the events choose in the order of their peak scores, the highest first, of
    equal ones the earlier first; each takes, of the annotated events that no event before it has
    taken, the one with the highest temporal IoU (of equal ones the first), if it is at least
    `tiou`.

    Args:
        overlaps: (E, A) temporal IoU; both in the order of time.
        peaks: (E,) scores.
        tiou: Least temporal IoU of a match, above 0.

    Returns:
        (E,) int64, the annotated event that each took, or -1.

    Example:
        >>> overlaps = np.array([[0.6, 0.0], [0.7, 0.2]])  # both want the first one
        >>> match_events(overlaps, np.array([0.9, 0.8]), 0.1).tolist()
        [0, 1]
        >>> match_events(overlaps, np.array([0.9, 0.8]), 0.5).tolist()
        [0, -1]
    """
    taken = np.full(len(overlaps), -1)
    if not overlaps.size:
        return taken
    free = np.array(overlaps, np.float64)
    for event in np.argsort(-peaks, kind='stable'):
        best = int(free[event].argmax())
        if free[event, best] >= tiou:
            taken[event] = best
            free[:, best] = -1
    return taken


def event_average_precision(
    matched: np.ndarray, peaks: np.ndarray, num_annotated: int
) -> float | None:
    """Area under the precision-recall curve of events, interpolated as ActivityNet does.

    The precision at a recall is the highest at this or a greater recall. Events of equal score
    come together, so that their order does not matter.

    Worked example: of the events with scores 0.9, 0.8 and 0.7, the first and the last match, of
    two annotated ones. Recall 1/2 has the precision 1, recall 1 has 2/3: 1/2 + 1/2 * 2/3 = 5/6.

    Args:
        matched: (E,) bool.
        peaks: (E,) scores.
        num_annotated: Annotated events, matched or not.

    Returns:
        Area in [0, 1], 0 where there is no event; None where none is annotated.

    Example:
        >>> matched, peaks = np.array([True, False, True]), np.array([0.9, 0.8, 0.7])
        >>> round(event_average_precision(matched, peaks, 2), 4)
        0.8333
    """
    if not num_annotated:
        return None
    order = np.argsort(-peaks, kind='stable')
    ends = np.flatnonzero(np.diff(peaks[order], append=-np.inf))  # last of each score
    found = np.cumsum(matched[order])[ends]
    precision = found / (ends + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(found, prepend=0) * envelope).sum() / num_annotated)


def score_events(videos: Sequence[VideoEvents], tious: Sequence[float] = TIOUS) -> list:
    """Match all videos' events and score them.

    Args:
        videos: Events of each; those in normal videos match nothing.
        tious: Temporal IoUs, above 0 and at most 1.

    Returns:
        `EventScores` of each temporal IoU.

    Raises:
        ValueError: A temporal IoU is out of range.

    Example:
        >>> from mmvad.evaluation.functional.event_intervals import cut_video
        >>> from mmvad.scores.rule import EventRule
        >>> from mmvad.scores.scored_video import ScoredVideo
        >>> video = ScoredVideo('a', [0.1, 0.9, 0.9], label=1, annotated_events=[(0, 32)])
        >>> [score.num_matched for score in score_events([cut_video(video, EventRule())])]
        [1, 1, 1, 0, 0]
    """
    if wrong := [tiou for tiou in tious if not 0 < tiou <= 1]:
        raise ValueError(f'a temporal IoU must lie in (0, 1], got {wrong[0]}')
    overlaps = [temporal_iou(video.found, video.annotated) for video in videos]
    peaks = np.concatenate([np.zeros(0), *(video.peaks for video in videos)])
    num_annotated = sum(len(video.annotated) for video in videos)
    scores = []
    for tiou in tious:
        parts = [
            match_events(overlap, video.peaks, tiou) >= 0
            for overlap, video in zip(overlaps, videos, strict=True)
        ]
        matched = np.concatenate([np.zeros(0, bool), *parts])
        ap = event_average_precision(matched, peaks, num_annotated)
        scores.append(EventScores(len(matched), num_annotated, int(matched.sum()), ap))
    return scores
