"""Makes one table or figure of the paper: its runs, its files, what failed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from mmaction.registry import DATASETS

from mmvad.apis.detector import load_detector
from mmvad.evaluation.functional import frame_report
from mmvad.paper.attention import watch_attention, write_attention
from mmvad.paper.bag_sizes import RANKINGS, measure_bag_sizes
from mmvad.paper.cost import cost_table, measure_costs, write_costs
from mmvad.paper.drawings import choose_videos, write_bag_sizes, write_categories, write_curves
from mmvad.paper.published import PARAMETERS, metric_of
from mmvad.paper.results import markdown_table, write_results
from mmvad.paper.sweep import HOPS, WIDTHS, run_sweep, sweep_runs, sweep_table, write_sweep
from mmvad.paper.tables import find_table, make_table, runs_of
from mmvad.paper.trainings import (
    Place,
    Run,
    checkpoint_of,
    finish_runs,
    read_run_config,
    scores_of,
)

FIGURE_SYSTEMS = {
    'figure2': ('salient_ucf',),
    'figure3': ('salient_ucf', 'rtfm_ucf'),
    'figure6': ('salient_ucf', 'salient_ucf_da128_r7'),
    'figure7': ('salient_ucf_da128_r7',),
}
SWEEPS = {'figure4': 'ucf', 'figure5': 'xd'}
BAG_SIZES = tuple(range(1, 65))
CURVE_BAG_SIZE = 16  # of Figure 7 (paper, section 4.12)
PAPER_VIDEO = 'Burglary030_x264'  # of Figure 2


@dataclass(frozen=True)
class Request:
    """What is to be made.

    Attributes:
        target: ``'table1'`` to ``'table6'``, ``'figure2'`` to ``'figure7'``.
        out: Folder of its files.
        place: Where the runs lie and what they share.
        seeds: One training for each.
        selections: How checkpoints are chosen; figures take the first.
        data: Data set; None takes that of the paper.
        systems: Names of configs: rows of a table, systems of a figure; None takes the paper's.
        videos: Of Figures 2 and 7; None takes the paper's.
        widths: d_a of Figures 4 and 5; None takes `WIDTHS`.
        hops: r of Figures 4 and 5; None takes `HOPS`.
        bag_sizes: l of Figure 6; None takes `BAG_SIZES`.
        iterations: Of Figure 2.
    """

    target: str
    out: Path
    place: Place
    seeds: Sequence[int]
    selections: Sequence[str]
    data: str | None = None
    systems: Sequence[str] | None = None
    videos: Sequence[str] | None = None
    widths: Sequence[int] | None = None
    hops: Sequence[int] | None = None
    bag_sizes: Sequence[int] | None = None
    iterations: Sequence[int] = (50, 500)


@dataclass
class Made:
    """What came out.

    Attributes:
        files: What was written.
        text: What a terminal shows.
        failed: Reason by folder of the runs that failed.
    """

    files: list[Path] = field(default_factory=list)
    text: str = ''
    failed: Mapping[Path, str] = field(default_factory=dict)


Progress = Callable[[Run], None]


def plan(request: Request) -> list[Run]:
    """List the runs that a target needs; Figure 2 trains by itself, Table 6 does not train.

    Raises:
        ValueError: There is no such target, or it does not go with the data set or a system.
    """
    target = request.target
    if target in ('table6', 'figure2'):
        return []
    if target.startswith('table'):
        rows = _rows(request)
        some = [runs_of(row, request.seeds, request.selections).values() for row in rows]
        return [run for by_selection in some for runs in by_selection for run in runs]
    return [run for runs in _figure_runs(request).values() for run in runs]


def make(request: Request, progress: Progress = lambda run: None) -> Made:
    """Make a table or figure.

    Args:
        request: Which, and how.
        progress: Called with each finished run.

    Returns:
        Files and text.

    Raises:
        ValueError: See `plan`, `finish_runs`; or nothing could be run.
        FileNotFoundError: There is no config of a name.
    """
    request.out.mkdir(parents=True, exist_ok=True)
    makers = dict(table6=_costs, figure2=_attention, figure3=_categories)
    makers |= dict(figure4=_sweep, figure5=_sweep, figure6=_bag_sizes, figure7=_curves)
    return makers.get(request.target, _table)(request, progress)


def _rows(request: Request):
    """Give the rows of a table that are wanted."""
    rows = find_table(request.target, request.data).rows
    if request.systems is None:
        return rows
    configs = {row.config for row in rows}
    if unknown := [name for name in request.systems if name not in configs]:
        known = ', '.join(sorted(filter(None, configs)))
        raise ValueError(f'{request.target} has no system {unknown[0]!r}; it has {known}')
    return [row for row in rows if row.config is None or row.config in request.systems]


def _table(request: Request, progress: Progress) -> Made:
    table = find_table(request.target, request.data)
    table = type(table)(table.name, table.title, table.data, _rows(request))
    results, failed = make_table(table, request.seeds, request.selections, request.place, progress)
    metric = metric_of(table.data)
    name = request.target if request.data is None else f'{request.target}_{table.data}'
    files = write_results(results, metric, table.title, request.out, name)
    return Made(files, markdown_table(results, metric), failed)


def _costs(request: Request, progress: Progress) -> Made:
    costs = measure_costs(PARAMETERS)
    return Made(write_costs(costs, request.out), cost_table(costs))


def _attention(request: Request, progress: Progress) -> Made:
    config, place = _systems(request)[0], request.place
    maps = watch_attention(
        config,
        (request.videos or [PAPER_VIDEO])[0],
        request.iterations,
        request.seeds[0],
        request.selections[0],
        place.root / f'{config}-attention' / f'{request.selections[0]}-seed{request.seeds[0]}',
        place.data_root,
        place.options,
    )
    return Made(write_attention(maps, request.out), '\n'.join(maps))


def _categories(request: Request, progress: Progress) -> Made:
    by_system, failed = _finish_figure(request, progress)
    values = {}
    for system, runs in by_system.items():
        reports = [
            frame_report(scores_of(run, request.place).videos, per_category=True) for run in runs
        ]
        names = [name for name in reports[0].values if name.startswith('AUC/')]
        values[system] = {
            name.removeprefix('AUC/'): 100 * float(np.mean([one.values[name] for one in reports]))
            for name in names
        }
    if not any(values.values()):
        raise ValueError('figure3: the test videos have no categories')
    text = '\n'.join(
        f'{system}: ' + ', '.join(f'{name} {value:.1f}' for name, value in one.items())
        for system, one in values.items()
    )
    return Made(write_categories(values, request.out), text, failed)


def _sweep(request: Request, progress: Progress) -> Made:
    data = request.data or SWEEPS[request.target]
    widths, hops = request.widths or WIDTHS, request.hops or HOPS
    selection, metric = request.selections[0], metric_of(data)
    sweep = run_sweep(data, widths, hops, request.seeds, selection, request.place, progress)
    files = write_sweep(sweep, metric, request.seeds, request.out, request.target)
    return Made(files, sweep_table(sweep, metric), sweep.failed)


def _bag_sizes(request: Request, progress: Progress) -> Made:
    by_system, failed = _finish_figure(request, progress)
    metric = metric_of(request.data or 'ucf')
    sizes = request.bag_sizes or BAG_SIZES
    values = {}
    for system, runs in by_system.items():
        found = [_measure_sizes(run, request.place, sizes, metric) for run in runs]
        for ranking, table in zip(RANKINGS, 100 * np.stack(found, axis=-1), strict=True):
            values[system, ranking] = table  # (sizes, runs)
    lines = []
    for (system, ranking), table in values.items():
        best = int(np.argmax(table.mean(1)))
        lines.append(
            f'{system}, γ = {ranking:g}: best l {sizes[best]}, {metric} {table.mean(1)[best]:.2f} %'
        )
    return Made(write_bag_sizes(values, sizes, metric, request.out), '\n'.join(lines), failed)


def _measure_sizes(run: Run, place: Place, sizes: Sequence[int], metric: str) -> np.ndarray:
    cfg = read_run_config(run.config, {**place.options, **run.options}, place.data_root)
    detector = load_detector(cfg, checkpoint_of(run, place), device='cpu').model
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    return measure_bag_sizes(detector, dataset, sizes, metric, RANKINGS)  # (rankings, sizes)


def _curves(request: Request, progress: Progress) -> Made:
    by_system, failed = _finish_figure(request, progress)
    run = next(iter(by_system.values()))[0]
    videos = choose_videos(scores_of(run, request.place).videos, request.videos)
    text = '\n'.join(f'{video.name}: highest score {video.scores.max():.3f}' for video in videos)
    return Made(write_curves(videos, request.out), text, failed)


def _systems(request: Request) -> Sequence[str]:
    """Give the configs of a figure, those of the paper on another data set where one is named."""
    if request.systems is not None:
        return request.systems
    systems = FIGURE_SYSTEMS[request.target]
    if request.data in (None, 'ucf'):
        return systems
    plain = {system.split('_')[0] for system in systems}
    return [f'{system}_{request.data}' for system in sorted(plain, reverse=True)]


def _figure_runs(request: Request) -> dict[str, list[Run]]:
    if request.target in SWEEPS:
        widths, hops = request.widths or WIDTHS, request.hops or HOPS
        data, selection = request.data or SWEEPS[request.target], request.selections[0]
        return {data: sweep_runs(data, widths, hops, request.seeds, selection)}
    options = {'model.head.bag_size': CURVE_BAG_SIZE} if request.target == 'figure7' else {}
    seeds = request.seeds[:1] if request.target == 'figure7' else request.seeds
    return {
        system: [Run(system, seed, request.selections[0], options) for seed in seeds]
        for system in _systems(request)
    }


def _finish_figure(
    request: Request, progress: Progress
) -> tuple[dict[str, list[Run]], Mapping[Path, str]]:
    """Finish the runs of a figure; a system none of whose runs succeeded is left out."""
    planned = _figure_runs(request)
    failed = finish_runs(
        [run for runs in planned.values() for run in runs], request.place, progress
    )
    kept = {
        system: [run for run in runs if run.folder not in failed]
        for system, runs in planned.items()
    }
    kept = {system: runs for system, runs in kept.items() if runs}
    if not kept:
        raise ValueError(f'{request.target}: every run failed: {"; ".join(set(failed.values()))}')
    return kept, failed


def write_plan(request: Request) -> Path:
    """Write the runs of a target as JSON lines: config, options, seed, selection, folder."""
    path = request.out / f'{request.target}.runs.jsonl'
    lines = [
        json.dumps(dict(run.describe(), folder=str(request.place.folder(run))))
        for run in plan(request)
    ]
    request.out.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join([*lines, '']), encoding='utf-8')
    return path
