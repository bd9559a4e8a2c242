"""Paired bootstrap over videos: which differences are resolved (arXiv 2608.11985)."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mmvad.evaluation.functional.replicas import (
    ApReplicas,
    AucReplicas,
    MacroReplicas,
    draw_replicas,
)
from mmvad.evaluation.functional.runs import FrameRuns

QUANTILES = (0.025, 0.975)


@dataclass(frozen=True)
class SystemValue:
    """One metric of one system.

    Attributes:
        metric: ``'AUC'``, ``'AP'`` or ``'AUC_macro_within'``.
        name: Of the system.
        value: On the videos as they are, the mean over its seeds.
        low: 2.5 % quantile over the replicas.
        high: 97.5 % quantile.
        num_seeds: Runs of the system.
        std: Standard deviation over the seeds (n - 1); None for one.
    """

    metric: str
    name: str
    value: float
    low: float
    high: float
    num_seeds: int
    std: float | None


@dataclass(frozen=True)
class Difference:
    """One metric of one system minus that of another.

    Attributes:
        metric: ``'AUC'``, ``'AP'`` or ``'AUC_macro_within'``.
        first: Name of a system.
        second: Name of the one that is subtracted.
        value: On the videos as they are.
        low: 2.5 % quantile over the replicas.
        high: 97.5 % quantile.

    Example:
        >>> Difference('AUC', 'a', 'b', 0.02, -0.01, 0.05).resolved
        False
    """

    metric: str
    first: str
    second: str
    value: float
    low: float
    high: float

    @property
    def resolved(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Comparison:
    """Systems, their differences, and how they were drawn.

    Attributes:
        num_videos: Drawn with replacement, as many in each replica.
        num_frames: Of all videos.
        num_positive: Anomalous frames among them.
        num_replicas: For each metric.
        seed: Of the draws.
        systems: Each metric of each system.
        differences: Each metric of each two systems, the later one subtracted.
        drawn_again: Replicas that a metric is not defined on, by metric.
        undefined: Reason by metric that the videos do not define.
    """

    num_videos: int
    num_frames: int
    num_positive: int
    num_replicas: int
    seed: int
    systems: list[SystemValue] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    drawn_again: dict[str, int] = field(default_factory=dict)
    undefined: dict[str, str] = field(default_factory=dict)


def compare_systems(
    systems: Mapping[str, Sequence[FrameRuns]], num_replicas: int = 10_000, seed: int = 0
) -> Comparison:
    """Compare systems on the same videos.

    Each replica draws as many videos as there are, with replacement, the same ones for all systems
    and all of their seeds. A system's metric on a replica is the mean over its seeds; the interval
    of a difference covers the middle 95 % of the replicas. It says what other *videos* would
    change; the standard deviation over seeds says what other *trainings* would. A replica that a
    metric is not defined on (one class only) is drawn again and counted.

    Args:
        systems: Frames of each seed by name of the system, all with the same ground truth
            (`align_videos`).
        num_replicas: At least 1.
        seed: Of the draws.

    Returns:
        The comparison.

    Raises:
        ValueError: There is no system or a system without a seed, the number of replicas is below
            1, or all frames are of one class.

    Example:
        >>> from mmvad.scores.scored_video import ScoredVideo
        >>> def runs(scores):
        ...     videos = [ScoredVideo('n', [0.2], label=0, annotated_events=[]),
        ...               ScoredVideo('a', scores, label=1, annotated_events=[(0, 16)])]
        ...     return FrameRuns.join(videos, 'segments')
        >>> found = compare_systems({'a': [runs([0.9, 0.1])], 'b': [runs([0.1, 0.9])]}, 100)
        >>> found.differences[0].value, found.differences[0].resolved
        (1.0, True)
    """
    if not systems or not all(systems.values()):
        raise ValueError('a comparison needs systems of at least one run each')
    if num_replicas < 1:
        raise ValueError(f'the number of replicas must be at least 1, got {num_replicas}')
    first = next(iter(systems.values()))[0]
    found = Comparison(
        first.num_videos,
        int(first.lengths.sum()),
        int(first.positives.sum()),
        num_replicas,
        seed,
    )
    pairs = {name: [AucReplicas.count(runs) for runs in seeds] for name, seeds in systems.items()}
    auc = next(iter(pairs.values()))[0]
    counts, again = draw_replicas(num_replicas, first.num_videos, seed, auc.defined)
    _enter(found, 'AUC', pairs, counts, again)
    areas = {name: [ApReplicas.count(runs) for runs in seeds] for name, seeds in systems.items()}
    _enter(found, 'AP', areas, counts, again)
    if not (auc.positives * auc.negatives).any():
        found.undefined['AUC_macro_within'] = 'no video has both classes'
        return found
    own = {name: [MacroReplicas.count(one) for one in seeds] for name, seeds in pairs.items()}
    is_defined: Callable = next(iter(own.values()))[0].defined
    counts, again = draw_replicas(num_replicas, first.num_videos, seed, is_defined)
    _enter(found, 'AUC_macro_within', own, counts, again)
    return found


def _enter(
    found: Comparison, metric: str, systems: Mapping[str, Sequence], counts: np.ndarray, again: int
) -> None:
    """Enter one metric of all systems and of their differences."""
    found.drawn_again[metric] = again
    once = np.ones((1, found.num_videos), np.int64)
    values, replicas = {}, {}
    for name, seeds in systems.items():
        own = np.array([one.values(once)[0] for one in seeds])  # (seeds,)
        values[name] = own.mean()
        replicas[name] = sum(one.values(counts) for one in seeds) / len(seeds)  # (B,)
        std = float(own.std(ddof=1)) if len(own) > 1 else None
        interval = _interval(replicas[name])
        found.systems.append(
            SystemValue(metric, name, float(values[name]), *interval, len(own), std)
        )
    for first, second in itertools.combinations(systems, 2):
        interval = _interval(replicas[first] - replicas[second])
        value = float(values[first] - values[second])
        found.differences.append(Difference(metric, first, second, value, *interval))


def _interval(replicas: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(replicas, QUANTILES)
    return float(low), float(high)
