"""Writes and draws what `segment_ranking.py` found: the template to report a result, filled in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from detector_runs import frame_measures
from ranking_grid import Setting, name_of

from mmvad.evaluation.functional.comparison import Difference
from mmvad.evaluation.functional.runs import FrameRuns

MEASURES = ('AUC', 'AP', 'within')


@dataclass
class Evidence:
    """What was found on one feature set.

    Attributes:
        dataset: Name of the feature set.
        config: Of the detector.
        weights: Where they come from.
        settings: All l and γ.
        grids: Frames of the test videos by setting, of each seed.
        criterion: Mean AUC over held-out videos by setting; empty where none were held out.
        chosen: By the criterion; of all settings.
        chosen_published: Of those with γ = 0.
        best_published: γ = 0 at the l that is best on the *test* videos, as papers choose it.
        differences: Chosen minus published by the latter's setting.
    """

    dataset: str
    config: str
    weights: str
    settings: Sequence[Setting]
    grids: list[dict[Setting, FrameRuns]]
    criterion: dict[Setting, float] = field(default_factory=dict)
    chosen: Setting = (None, 0.0)
    chosen_published: Setting = (None, 0.0)
    best_published: Setting = (None, 0.0)
    differences: dict[Setting, list[Difference]] = field(default_factory=dict)

    @cached_property
    def measures(self) -> dict[Setting, list[dict[str, float]]]:
        """Measures of each seed by setting."""
        return {
            setting: [frame_measures(grid[setting]) for grid in self.grids]
            for setting in self.settings
        }

    def values(self, setting: Setting, measure: str) -> list[float]:
        """Give a measure of each seed."""
        return [found[measure] for found in self.measures[setting]]

    def mean(self, setting: Setting, measure: str) -> float:
        """Give the mean of a measure over the seeds."""
        return float(np.mean(self.values(setting, measure)))


def write_report(evidence: Evidence) -> str:
    """Write the result in Markdown: what was scored, the claim, then the full grid, as such."""
    first = next(iter(evidence.grids[0].values()))
    lines = [
        f'## Segment ranking on {evidence.dataset}',
        '',
        f'* Config: `{evidence.config}`; weights: {evidence.weights}.',
        f'* Test: {first.num_videos} videos, {int(first.lengths.sum())} frames (16 a segment), '
        f'{int(first.positives.sum())} of them anomalous.',
        '* Features (network, frame rate, crops, source): …',
        '',
        '### Claim',
        '',
        _describe_choice(evidence),
        '',
        '| setting | AUC | AP | macro within |',
        '|---|---|---|---|',
    ]
    rows = (evidence.chosen, evidence.chosen_published, evidence.best_published)
    lines += [_row(evidence, setting) for setting in dict.fromkeys(rows)]
    lines += [
        '',
        f'Chosen ({name_of(evidence.chosen)}) minus published, 95 % interval of the paired',
    ]
    lines += ['bootstrap over videos:', '', '| published at | AUC | AP | macro within |']
    lines += ['|---|---|---|---|']
    for setting, differences in evidence.differences.items():
        found = {difference.metric: _interval(difference) for difference in differences}
        cells = [found.get(name, '–') for name in ('AUC', 'AP', 'AUC_macro_within')]
        lines.append(f'| {name_of(setting)} | {" | ".join(cells)} |')
    lines += ['', '### Full grid on the test videos', '', 'To look at, not to choose from.']
    lines += [_grid(evidence, measure) for measure in MEASURES]
    return '\n'.join(lines) + '\n'


def _describe_choice(evidence: Evidence) -> str:
    best = f'best l of γ = 0 *on the test videos*: {name_of(evidence.best_published)}'
    if not evidence.criterion:
        return (
            f'Given weights: nothing was held out. γ = 1 and γ = 0 at the l of the config; {best}.'
        )
    ties = sum(value == max(evidence.criterion.values()) for value in evidence.criterion.values())
    return (
        f'Chosen on held-out training videos by their AUC: {name_of(evidence.chosen)} '
        f'(AUC {max(evidence.criterion.values()):.3f}, reached by {ties} of '
        f'{len(evidence.criterion)} settings), and with γ = 0 only '
        f'{name_of(evidence.chosen_published)}; {best}.'
    )


def _row(evidence: Evidence, setting: Setting) -> str:
    cells = []
    for measure in MEASURES:
        values = evidence.values(setting, measure)
        cells.append(f'{np.mean(values):.4f} ± {np.std(values):.4f}')
    return f'| {name_of(setting)} | {" | ".join(cells)} |'


def _interval(difference: Difference) -> str:
    mark = ', resolved' if difference.resolved else ''
    return f'{difference.value:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]{mark}'


def _grid(evidence: Evidence, measure: str) -> str:
    sizes = list(dict.fromkeys(size for size, _ in evidence.settings))
    gammas = list(dict.fromkeys(gamma for _, gamma in evidence.settings))
    names = ' | '.join('video' if size is None else str(size) for size in sizes)
    lines = ['', f'| {measure}, l = | {names} |', '|---' * (len(sizes) + 1) + '|']
    for gamma in gammas:
        cells = ' | '.join(f'{evidence.mean((size, gamma), measure):.3f}' for size in sizes)
        lines.append(f'| γ = {gamma:g} | {cells} |')
    return '\n'.join(lines)


def draw_evidence(evidence: Evidence, path: Path) -> None:
    """Draw AUC and macro within over l, a line for each γ, and the deviation over the seeds."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sizes = list(dict.fromkeys(size for size, _ in evidence.settings))
    gammas = list(dict.fromkeys(gamma for _, gamma in evidence.settings))
    figure = Figure(figsize=(9, 3.4), layout='constrained')
    FigureCanvasAgg(figure)
    for axes, measure in zip(figure.subplots(1, 2), ('AUC', 'within'), strict=True):
        for index, gamma in enumerate(gammas):
            values = [evidence.values((size, gamma), measure) for size in sizes]
            mean, spread = np.mean(values, axis=1), np.std(values, axis=1)
            color = 'black' if gamma == 0 else f'C{index - 1}'
            axes.plot(range(len(sizes)), mean, color=color, marker='o', label=f'γ = {gamma:g}')
            axes.fill_between(
                range(len(sizes)), mean - spread, mean + spread, color=color, alpha=0.12, lw=0
            )
        axes.set_xticks(range(len(sizes)), ['video' if size is None else size for size in sizes])
        axes.set_xlabel('bag size l')
        axes.set_ylabel('frame AUC' if measure == 'AUC' else 'macro within')
        axes.grid(alpha=0.3)
    axes.legend(fontsize='small')
    figure.suptitle(f'{evidence.dataset}: mean and deviation of {len(evidence.grids)} seeds')
    figure.savefig(path, dpi=110)
