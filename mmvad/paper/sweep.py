"""Figures 4 and 5: the width d_a and the hops r of the attention, as heat map and as lines."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from mmvad.files import atomic_path
from mmvad.paper.published import metric_of
from mmvad.paper.tables import measure
from mmvad.paper.trainings import Place, Run, finish_runs
from mmvad.visualization.figures import VERMILION, new_figure, save_png

WIDTHS = (16, 32, 64, 128, 256, 512)  # d_a
HOPS = (1, 3, 5, 7, 9)  # r
BAG_SIZE = 32  # of both figures (paper, section 4.10)
CONFIGS = {
    'ucf': 'salient_ucf',
    'shanghaitech': 'salient_shanghaitech',
    'xd': 'salient_bilstm_xd',
    'ped2': 'salient_ped2',
}


@dataclass(frozen=True)
class Sweep:
    """A metric over d_a and r.

    Attributes:
        widths: The d_a.
        hops: The r.
        values: (widths, hops, seeds) percent; NaN where a run failed.
        failed: Reasons by run.
    """

    widths: Sequence[int]
    hops: Sequence[int]
    values: np.ndarray
    failed: Mapping[Path, str]

    @property
    def means(self) -> np.ndarray:
        """Mean over the seeds, (widths, hops); NaN where any is missing."""
        return self.values.mean(-1)


def sweep_run(config: str, width: int, hops: int, seed: int, selection: str) -> Run:
    """Give one run of the sweep.

    Example:
        >>> sweep_run('salient_ucf', 64, 3, 0, 'test').options['model.head.num_hops']
        3
    """
    head = {'attention_channels': width, 'num_hops': hops, 'bag_size': BAG_SIZE}
    options = {f'model.head.{name}': value for name, value in head.items()}
    return Run(config, seed, selection, options)


def sweep_runs(
    data: str, widths: Sequence[int], hops: Sequence[int], seeds: Sequence[int], selection: str
) -> list[Run]:
    """Give all runs of the sweep, widths first, seeds last."""
    config = CONFIGS[data]
    return [
        sweep_run(config, width, count, seed, selection)
        for width in widths
        for count in hops
        for seed in seeds
    ]


def run_sweep(
    data: str,
    widths: Sequence[int],
    hops: Sequence[int],
    seeds: Sequence[int],
    selection: str,
    place: Place,
    progress: Callable[[Run], None] = lambda run: None,
) -> Sweep:
    """Finish all runs of a sweep.

    Args:
        data: Data set.
        widths: The d_a.
        hops: The r.
        seeds: Of each pair.
        selection: How the checkpoints are chosen.
        place: Where the runs lie.
        progress: Called with each finished run.

    Returns:
        The sweep.

    Raises:
        ValueError: See `finish_runs`.
    """
    metric, runs = metric_of(data), sweep_runs(data, widths, hops, seeds, selection)
    failed = finish_runs(runs, place, progress)
    values = [np.nan if run.folder in failed else measure(run, place, metric)[0] for run in runs]
    values = np.reshape(values, (len(widths), len(hops), len(seeds)))
    return Sweep(tuple(widths), tuple(hops), values, failed)


def write_sweep(
    sweep: Sweep, metric: str, seeds: Sequence[int], folder: Path, name: str
) -> list[Path]:
    """Write a sweep as CSV with one line a run, as Markdown and as a picture.

    Args:
        sweep: What was run.
        metric: ``'AUC'`` or ``'AP'``.
        seeds: In the order of the sweep's last axis.
        folder: Where the files go.
        name: Their stem.

    Returns:
        The files.
    """
    paths = [folder / f'{name}.{suffix}' for suffix in ('csv', 'md', 'png')]
    with atomic_path(paths[0]) as draft, draft.open('w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['d_a', 'r', 'seed', metric])
        for (width, hop, seed), value in np.ndenumerate(sweep.values):
            shown = '' if np.isnan(value) else value
            writer.writerow([sweep.widths[width], sweep.hops[hop], seeds[seed], shown])
    with atomic_path(paths[1]) as draft:
        draft.write_text(sweep_table(sweep, metric) + '\n', encoding='utf-8')
    save_png(sweep_figure(sweep, metric), paths[2])
    return paths


def sweep_table(sweep: Sweep, metric: str) -> str:
    """Write the means as a Markdown table, one row a d_a.

    Example:
        >>> print(sweep_table(Sweep((64,), (1, 3), np.array([[[80.0], [81.0]]]), {}), 'AUC'))
        | AUC (%) | r = 1 | r = 3 |
        |---|---|---|
        | d_a = 64 | 80.00 | 81.00 |
    """
    header = [f'{metric} (%)', *(f'r = {count}' for count in sweep.hops)]
    lines = ['| ' + ' | '.join(header) + ' |', '|' + '---|' * len(header)]
    for width, row in zip(sweep.widths, sweep.means, strict=True):
        cells = ['failed' if np.isnan(value) else f'{value:.2f}' for value in row]
        lines.append('| ' + ' | '.join([f'd_a = {width}', *cells]) + ' |')
    return '\n'.join(lines)


def sweep_figure(sweep: Sweep, metric: str) -> Figure:
    """Draw the means as a heat map and as one line a d_a, the best of each d_a circled.

    Args:
        sweep: What was run.
        metric: Name of the number.

    Returns:
        The figure.
    """
    means = sweep.means
    figure = new_figure(11, 4)
    left, right = figure.subplots(1, 2)
    image = left.imshow(means, cmap='cividis', aspect='auto', origin='lower')
    left.set_xticks(range(len(sweep.hops)), sweep.hops)
    left.set_yticks(range(len(sweep.widths)), sweep.widths)
    left.set_xlabel('hops r')
    left.set_ylabel('attention width d_a')
    middle = np.nanmean([np.nanmin(means), np.nanmax(means)]) if np.isfinite(means).any() else 0
    for (row, column), value in np.ndenumerate(means):
        text = 'failed' if np.isnan(value) else f'{value:.1f}'
        colour = 'black' if value > middle else 'white'
        left.text(column, row, text, ha='center', va='center', color=colour, fontsize=9)
    figure.colorbar(image, ax=left, label=f'{metric} (%)')
    for index, width in enumerate(sweep.widths):
        (line,) = right.plot(sweep.hops, means[index], marker='o', ms=4, label=f'd_a = {width}')
        if np.isfinite(means[index]).any():
            best = int(np.nanargmax(means[index]))
            style = dict(s=90, facecolors='none', edgecolors=VERMILION, zorder=3)
            right.scatter(sweep.hops[best], means[index, best], **style)
        if sweep.values.shape[-1] > 1:
            spread = sweep.values[index].std(-1, ddof=1)
            shifted = np.array(sweep.hops) + 0.06 * (index - len(sweep.widths) / 2)
            style = dict(fmt='none', ecolor=line.get_color(), alpha=0.5, capsize=2)
            right.errorbar(shifted, means[index], spread, **style)  # bands would hide each other
    right.set_xlabel('hops r')
    right.set_ylabel(f'{metric} (%)')
    right.set_xticks(sweep.hops)
    right.grid(alpha=0.3)
    right.spines[['top', 'right']].set_visible(False)
    figure.legend(loc='outside right upper', fontsize=8, frameon=False)
    return figure
