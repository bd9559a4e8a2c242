"""Metrics by name: a number each, or the reason why there is none."""

from collections.abc import Callable
from dataclasses import dataclass, field

from mmvad.evaluation.functional.classes import missing_class
from mmvad.evaluation.functional.runs import FrameRuns


@dataclass(frozen=True)
class MetricTable:
    """Collects metrics and the reasons of those that are undefined.

    Attributes:
        values: Number by name.
        undefined: Reason by name; no name is in both.

    Example:
        >>> table = MetricTable()
        >>> table.put('AUC', 0.5)
        >>> table.put('recall', None, 'no event is annotated')
        >>> table.lines()
        ['AUC: 0.5', 'recall: undefined, because no event is annotated']
    """

    values: dict[str, float] = field(default_factory=dict)
    undefined: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: float | None, reason: str = '') -> None:
        """Enter a number, or where it is None the reason."""
        if value is None:
            self.undefined[name] = reason
        else:
            self.values[name] = float(value)

    def rank(self, metrics: dict[str, Callable], runs: FrameRuns) -> None:
        """Enter ranking metrics of some runs, or why these do not define them.

        Args:
            metrics: Function of labels, scores and weights by name.
            runs: Of a part of the videos.
        """
        reason = missing_class(runs.labels, runs.lengths)
        for name, metric in metrics.items():
            self.put(name, None if reason else metric(*runs.ranking), reason)

    def merge(self, other: 'MetricTable') -> None:
        """Enter all of another table."""
        self.values.update(other.values)
        self.undefined.update(other.undefined)

    def lines(self) -> list[str]:
        """Write each metric to the last digit, then those that are undefined."""
        found = [f'{name}: {value!r}' for name, value in self.values.items()]
        missing = [f'{n}: undefined, because {reason}' for n, reason in self.undefined.items()]
        return found + missing
