"""A table of the paper with what was measured beside what was published: text, CSV, picture."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from mmvad.files import atomic_path
from mmvad.visualization.figures import BLUE, GREEN, ORANGE, VERMILION, new_figure, save_png

COLOURS = {'held_out': BLUE, 'test': ORANGE, 'last': GREEN}
MISSING = '–'


@dataclass(frozen=True)
class Result:
    """One row of a table.

    Attributes:
        labels: Cells that name the row, by column.
        published: The paper's number, percent; None where it gives none.
        measured: By selection, one number a seed, percent.
        within: The same of macro within AUC; NaN where the test videos do not define it.
        note: Why something is missing; empty otherwise.
    """

    labels: Mapping[str, str]
    published: float | None = None
    measured: Mapping[str, Sequence[float]] = field(default_factory=dict)
    within: Mapping[str, Sequence[float]] = field(default_factory=dict)
    note: str = ''


def describe_seeds(values: Sequence[float]) -> str:
    """Write the mean over seeds, with the standard deviation where there are several.

    Example:
        >>> describe_seeds([80.0, 82.0]), describe_seeds([80.0]), describe_seeds([])
        ('81.00 ± 1.41 (2)', '80.00', '–')
    """
    if not len(values) or np.isnan(values).any():
        return MISSING
    if len(values) == 1:
        return f'{values[0]:.2f}'
    return f'{np.mean(values):.2f} ± {np.std(values, ddof=1):.2f} ({len(values)})'


def markdown_table(results: Sequence[Result], metric: str) -> str:
    """Write rows as a Markdown table; published numbers are marked by their column.

    Args:
        results: At least one row, all with the same labels.
        metric: Name of the number, ``'AUC'`` or ``'AP'``.

    Returns:
        The table, and the notes below it.

    Example:
        >>> row = Result({'system': 'A'}, 81.39, {'test': [80.0]}, {'test': [65.0]})
        >>> print(markdown_table([row], 'AUC'))
        | system | published AUC | test AUC | test macro within |
        |---|---|---|---|
        | A | 81.39 | 80.00 | 65.00 |
    """
    selections = _selections(results)
    header = [*results[0].labels, f'published {metric}']
    for one in selections:
        header += [f'{one} {metric}', f'{one} macro within']
    lines = [header, ['---'] * len(header)]
    for result in results:
        published = MISSING if result.published is None else f'{result.published:.2f}'
        cells = []
        for one in selections:
            cells += [
                describe_seeds(part.get(one, ())) for part in (result.measured, result.within)
            ]
        lines.append([*result.labels.values(), published, *cells])
    text = ['| ' + ' | '.join(line) + ' |' for line in lines]
    text[1] = text[1].replace(' ', '')
    notes = [f'{", ".join(row.labels.values())}: {row.note}' for row in results if row.note]
    return '\n'.join([*text, *(['', *notes] if notes else [])])


def write_results(
    results: Sequence[Result], metric: str, title: str, folder: Path, name: str
) -> list[Path]:
    """Write a table as CSV with one line a seed, as Markdown and as a picture.

    Args:
        results: Rows.
        metric: ``'AUC'`` or ``'AP'``.
        title: What the table is.
        folder: Where the three files go.
        name: Their stem.

    Returns:
        The files.
    """
    paths = [folder / f'{name}.{suffix}' for suffix in ('csv', 'md', 'png')]
    with atomic_path(paths[0]) as draft, draft.open('w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        names = ('published', 'selection', 'run', metric, 'macro_within', 'note')
        writer.writerow([*results[0].labels, *names])
        for result in results:
            published = '' if result.published is None else result.published
            start = [*result.labels.values(), published]
            for selection, values in result.measured.items():
                within = [
                    '' if np.isnan(value) else value for value in result.within.get(selection, ())
                ] or [''] * len(values)
                for index, pair in enumerate(zip(values, within, strict=True)):
                    writer.writerow([*start, selection, index, *pair, result.note])
            if not any(len(values) for values in result.measured.values()):
                writer.writerow([*start, '', '', '', '', result.note])
    with atomic_path(paths[1]) as draft:
        draft.write_text(f'# {title}\n\n{markdown_table(results, metric)}\n', encoding='utf-8')
    save_png(results_figure(results, metric, title), paths[2])
    return paths


def results_figure(results: Sequence[Result], metric: str, title: str) -> Figure:
    """Draw published numbers as diamonds and measured ones as dots, one row of dots a system.

    Args:
        results: Rows.
        metric: Label of the axis.
        title: Above the picture.

    Returns:
        The figure; each seed is a small dot, the mean a large one.

    Example:
        >>> row = Result({'system': 'A'}, 81.39, {'test': [80.0]})
        >>> results_figure([row], 'AUC', 'Table').axes[0].get_xlabel()
        'AUC (%)'
    """
    selections = _selections(results)
    figure = new_figure(8, 1.4 + 0.32 * len(results))
    axes = figure.add_subplot()
    offsets = np.linspace(-0.2, 0.2, len(selections)) if len(selections) > 1 else [0.0]
    for row, result in enumerate(results):
        if result.published is not None:
            style = dict(marker='D', s=34, facecolor='white', edgecolor=VERMILION, zorder=3)
            axes.scatter(result.published, row, **style)
        for offset, selection in zip(offsets, selections, strict=True):
            values = list(result.measured.get(selection, ()))
            style = dict(color=COLOURS[selection])
            axes.scatter(values, [row + offset] * len(values), s=9, alpha=0.6, **style)
            if values:
                axes.scatter(np.mean(values), row + offset, s=40, zorder=2, **style)
    names = [
        ', '.join(label for label in row.labels.values() if label != MISSING) for row in results
    ]
    axes.set_yticks(range(len(results)), names)
    axes.invert_yaxis()
    axes.set_xlabel(f'{metric} (%)')
    axes.set_title(title, parse_math=False, fontsize=10, loc='left')
    axes.grid(axis='x', alpha=0.3)
    axes.spines[['top', 'right']].set_visible(False)
    handles = [axes.scatter([], [], marker='D', facecolor='white', edgecolor=VERMILION)]
    handles += [axes.scatter([], [], color=COLOURS[selection]) for selection in selections]
    names = ['published', *(f'measured, {selection}' for selection in selections)]
    figure.legend(handles, names, loc='outside lower right', ncols=4, frameon=False, fontsize=8)
    return figure


def _selections(results: Sequence[Result]) -> list[str]:
    found = {selection for result in results for selection in result.measured}
    return [selection for selection in COLOURS if selection in found]
