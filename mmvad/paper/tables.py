"""Tables 1 to 5: trains what has a config, and puts it beside the published numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmvad.config_files import find_config
from mmvad.evaluation.functional import frame_report
from mmvad.paper.published import ABLATION, COMPARISON, REORDER, PublishedRow, metric_of
from mmvad.paper.results import Result
from mmvad.paper.trainings import Place, Run, finish_runs, scores_of

SHUFFLE = {'train_dataloader.dataset.shuffle_segments': 0}  # the value is the seed of the order
WITHIN = 'AUC_macro_within'
FEATURES = {data: rows[-1].features for data, rows in ABLATION.items()}
COMPARED = {'ucf': 'table3', 'shanghaitech': 'table4', 'xd': 'table5'}


@dataclass(frozen=True)
class Table:
    """Rows of one table on one data set.

    Attributes:
        name: ``'table1'`` to ``'table5'``.
        title: What it compares.
        data: Data set.
        rows: The paper's rows, and ours where the paper has none.
    """

    name: str
    title: str
    data: str
    rows: Sequence[PublishedRow]


def find_table(name: str, data: str | None) -> Table:
    """Give the rows of a table.

    Args:
        name: ``'table1'`` to ``'table5'``.
        data: Data set; None takes that of the paper.

    Returns:
        The table. A data set that the paper does not use (``'ped2'``) has rows without published
        numbers.

    Raises:
        ValueError: There is no such table, or it is of another data set.

    Example:
        >>> find_table('table4', None).data, len(find_table('table1', 'ped2').rows)
        ('shanghaitech', 6)
    """
    if name == 'table1':
        data = data or 'ucf'
        rows = [_on(row, data) for row in REORDER]
        return Table(name, 'Table 1: segments in order and reordered', data, rows)
    if name == 'table2':
        data = data or 'ucf'
        title = 'Table 2: bidirectional LSTM (BL) and self-attention (SA)'
        return Table(name, title, data, ABLATION[data])
    own = {table: key for key, table in COMPARED.items()}
    if name not in own:
        raise ValueError(f'there is no table {name!r} that is trained')
    data = data or own[name]
    if data not in (own[name], 'ped2'):
        raise ValueError(f'{name} is about {own[name]}; {COMPARED[data]} is about {data}')
    return Table(name, f'Table {name[-1]}: compared systems', data, COMPARISON[data])


def runs_of(
    row: PublishedRow, seeds: Sequence[int], selections: Sequence[str]
) -> dict[str, list[Run]]:
    """Give the runs of a row by selection; none where there is no config."""
    if row.config is None:
        return {}
    options = SHUFFLE if row.reorder else {}
    return {
        selection: [Run(row.config, seed, selection, options) for seed in seeds]
        for selection in selections
    }


def make_table(
    table: Table,
    seeds: Sequence[int],
    selections: Sequence[str],
    place: Place,
    progress: Callable[[Run], None] = lambda run: None,
) -> tuple[list[Result], dict[Path, str]]:
    """Finish the runs of a table and give its rows.

    Args:
        table: Which.
        seeds: One training for each and for each selection.
        selections: How checkpoints are chosen.
        place: Where the runs lie.
        progress: Called with each finished run.

    Returns:
        The rows, where a run that failed is a note, and the reasons by `Run.folder`.

    Raises:
        ValueError: See `finish_runs`.
    """
    metric = metric_of(table.data)
    planned = [runs_of(row, seeds, selections) for row in table.rows]
    runs = [run for by_selection in planned for some in by_selection.values() for run in some]
    failed = finish_runs(runs, place, progress)
    results = []
    for row, by_selection in zip(table.rows, planned, strict=True):
        measured, within = {}, {}
        for selection, some in by_selection.items():
            finished = [run for run in some if run.folder not in failed]
            found = [measure(run, place, metric, WITHIN) for run in finished]
            measured[selection] = [values[0] for values in found]
            within[selection] = [values[1] for values in found]
        note = _note(by_selection, failed)
        results.append(Result(_labels(row, table), row.value, measured, within, note))
    return results, failed


def measure(run: Run, place: Place, *metrics: str) -> list[float]:
    """Compute frame-level metrics of a finished run, in percent; NaN where one is undefined."""
    values = frame_report(scores_of(run, place).videos).values
    return [100 * values.get(metric, np.nan) for metric in metrics]


def _labels(row: PublishedRow, table: Table) -> dict[str, str]:
    labels = {'system': row.system, 'features': row.features}
    if table.name == 'table1':
        labels['segments'] = 'reordered' if row.reorder else 'in order'
    return labels


def _note(by_selection: Mapping[str, Sequence[Run]], failed: Mapping[Path, str]) -> str:
    reasons = {
        failed[run.folder]: None
        for some in by_selection.values()
        for run in some
        if run.folder in failed
    }
    return '; '.join(reasons)


def _on(row: PublishedRow, data: str) -> PublishedRow:
    """Move a row of UCF-Crime to another data set, where it has no published number."""
    if data == 'ucf':
        return row
    config = row.config.replace('_ucf', f'_{data}')
    find_config(config)
    return PublishedRow(row.system, FEATURES[data], None, config, row.reorder)
