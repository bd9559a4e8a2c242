"""AUC and AP of a set of videos drawn with replacement, from counts made once.

A replica is how often each video was drawn, (V,). None of the functions sorts frames again.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from mmvad.evaluation.functional.classes import check_ranking
from mmvad.evaluation.functional.runs import FrameRuns

CELLS = 2**18  # of an intermediate array, so that it stays in the processor's cache


@dataclass(frozen=True, eq=False)
class AucReplicas:
    """AUC of replicas as a quadratic form over pairs of videos: cᵀ U c / (P N).

    Attributes:
        wins: U, (V, V) float64: twice the pairs of a positive frame of video i and a negative one
            of video j in which the positive scores higher; a tie counts half. Whole numbers.
        positives: (V,) positive frames.
        negatives: (V,) negative frames.

    Example:
        >>> from mmvad.scores.scored_video import ScoredVideo
        >>> videos = [ScoredVideo('a', [0.1, 0.3], label=0, annotated_events=[]),
        ...           ScoredVideo('b', [0.9, 0.3], label=1, annotated_events=[(16, 32)])]
        >>> auc = AucReplicas.count(FrameRuns.join(videos, 'segments'))
        >>> auc.values(np.array([[1, 1], [3, 1]])).round(4).tolist()
        [0.5, 0.6429]
    """

    wins: np.ndarray
    positives: np.ndarray
    negatives: np.ndarray

    @classmethod
    def count(cls, runs: FrameRuns) -> 'AucReplicas':
        """Count the pairs of each two videos.

        Args:
            runs: Of all videos.

        Raises:
            ValueError: A class is missing.
        """
        check_ranking('ROC AUC', *runs.ranking)
        wins = np.zeros((runs.num_videos, runs.num_videos))
        found = np.flatnonzero(runs.labels == 1)
        found = found[np.argsort(runs.scores[found], kind='stable')]
        scores, owners, lengths = (part[found] for part in (runs.scores, runs.videos, runs.lengths))
        edges = np.searchsorted(runs.videos, np.arange(runs.num_videos + 1))
        for video in range(runs.num_videos):  # whose negatives lose
            part = slice(edges[video], edges[video + 1])
            keep = runs.labels[part] == 0
            rivals, counts = runs.scores[part][keep], runs.lengths[part][keep]
            order = np.argsort(rivals, kind='stable')
            rivals, below = rivals[order], np.concatenate([[0], np.cumsum(counts[order])])
            beaten = below[np.searchsorted(rivals, scores, 'left')]
            beaten += below[np.searchsorted(rivals, scores, 'right')]  # both: a tie counts half
            wins[:, video] = np.bincount(owners, lengths * beaten, runs.num_videos)
        return cls(wins, runs.positives.astype(float), runs.negatives.astype(float))

    def defined(self, counts: np.ndarray) -> np.ndarray:
        """Tell which replicas have both classes, (B,) bool.

        Args:
            counts: (B, V) how often each video was drawn.
        """
        return (counts @ self.positives > 0) & (counts @ self.negatives > 0)

    def values(self, counts: np.ndarray) -> np.ndarray:
        """Compute the AUC of each replica.

        Args:
            counts: (B, V) how often each video was drawn; both classes are in each replica.

        Returns:
            (B,), up to the last division exactly what the drawn frames give.
        """
        counts = np.asarray(counts, np.float64)
        wins = np.einsum('bv,bv->b', counts @ self.wins, counts)
        return wins / (2 * (counts @ self.positives) * (counts @ self.negatives))


@dataclass(frozen=True, eq=False)
class MacroReplicas:
    """Macro within AUC of replicas: the mean of the drawn videos' own AUCs.

    Attributes:
        aucs: (V,) AUC of each video; 0 where it has one class only.
        both: (V,) float64, 1 where it has both classes.

    Example:
        >>> macro = MacroReplicas(np.array([0.5, 1.0, 0.0]), np.array([1.0, 1.0, 0.0]))
        >>> macro.values(np.array([[1, 1, 1], [1, 2, 0]])).round(4).tolist()
        [0.75, 0.8333]
    """

    aucs: np.ndarray
    both: np.ndarray

    @classmethod
    def count(cls, auc: AucReplicas) -> 'MacroReplicas':
        """Take the videos' own AUCs from the pairs inside each.

        Args:
            auc: Counts of the same videos.

        Raises:
            ValueError: No video has both classes.
        """
        pairs = auc.positives * auc.negatives
        if not pairs.any():
            raise ValueError('macro within AUC is undefined: no video has both classes')
        aucs = np.diag(auc.wins) / (2 * np.maximum(pairs, 1))
        return cls(aucs, (pairs > 0).astype(float))

    def defined(self, counts: np.ndarray) -> np.ndarray:
        """Tell which replicas have a video of both classes, (B,) bool."""
        return counts @ self.both > 0

    def values(self, counts: np.ndarray) -> np.ndarray:
        """Compute the mean of each replica, (B,) from counts (B, V)."""
        return (counts @ self.aucs) / (counts @ self.both)


@dataclass(frozen=True, eq=False)
class ApReplicas:
    """Step-wise AP of replicas: precision at each score of a positive times the recall won there.

    Attributes:
        positives: (G, V) sparse: positive frames of each video that have the g-th highest of the
            scores that positive frames have.
        frames: (G, V) sparse: frames of both classes from there up to the next higher such score.

    Example:
        >>> from mmvad.scores.scored_video import ScoredVideo
        >>> videos = [ScoredVideo('a', [0.1, 0.5], label=0, annotated_events=[]),
        ...           ScoredVideo('b', [0.9, 0.3], label=1, annotated_events=[(0, 32)])]
        >>> ap = ApReplicas.count(FrameRuns.join(videos, 'segments'))
        >>> ap.values(np.array([[1, 1], [2, 1]])).round(4).tolist()
        [0.8333, 0.75]
    """

    positives: csr_matrix
    frames: csr_matrix

    @classmethod
    def count(cls, runs: FrameRuns) -> 'ApReplicas':
        """Sort the scores once.

        Args:
            runs: Of all videos.

        Raises:
            ValueError: A class is missing.
        """
        check_ranking('average precision', *runs.ranking)
        positive = runs.labels == 1
        steps = np.unique(-runs.scores[positive])  # (G,) ascending: highest score first
        rows = np.searchsorted(steps, -runs.scores)  # where a frame first counts; G is never
        shape = (len(steps), runs.num_videos)

        def matrix(keep: np.ndarray) -> csr_matrix:
            places = (rows[keep], runs.videos[keep])
            return csr_matrix((runs.lengths[keep].astype(float), places), shape)

        return cls(matrix(positive), matrix(rows < len(steps)))

    def values(self, counts: np.ndarray, block: int | None = None) -> np.ndarray:
        """Compute the AP of each replica.

        Args:
            counts: (B, V) how often each video was drawn; a positive frame is in each replica.
            block: Replicas at a time; None chooses.

        Returns:
            (B,).
        """
        size = block or max(16, CELLS // self.positives.shape[0])
        parts = [counts[start : start + size] for start in range(0, len(counts), size)]
        return np.concatenate([self._values(part) for part in parts])

    def _values(self, counts: np.ndarray) -> np.ndarray:
        drawn = np.ascontiguousarray(counts.T, np.float64)  # (V, B)
        won = self.positives @ drawn  # (G, B)
        alarms = np.cumsum(self.frames @ drawn, axis=0)  # (G, B)
        found = np.cumsum(won, axis=0)  # (G, B)
        total = found[-1].copy()  # (B,)
        np.divide(found, alarms, out=found, where=alarms > 0)  # precision; else 0 / 0, and won 0
        return np.einsum('gb,gb->b', found, won) / total


def draw_replicas(
    num: int, num_videos: int, seed: int, is_defined: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, int]:
    """Draw videos with replacement, again where a metric is not defined on what was drawn.

    Args:
        num: B, at least 1.
        num_videos: V, drawn V times in each replica.
        seed: Of the draws; the same gives the same replicas.
        is_defined: Function of counts (B, V) that gives (B,) bool; some replica must be defined.

    Returns:
        (B, V) int64 counts, and how many replicas were drawn again.

    Example:
        >>> counts, again = draw_replicas(3, 4, 0, lambda counts: counts[:, 0] > 0)
        >>> counts.sum(1).tolist(), bool((counts[:, 0] > 0).all())
        ([4, 4, 4], True)
    """
    rng = np.random.default_rng(seed)
    shares = np.full(num_videos, 1 / num_videos)
    counts, again = rng.multinomial(num_videos, shares, num), 0
    wrong = np.flatnonzero(~is_defined(counts))
    while len(wrong):
        again += len(wrong)
        counts[wrong] = rng.multinomial(num_videos, shares, len(wrong))
        wrong = wrong[~is_defined(counts[wrong])]
    return counts, again
