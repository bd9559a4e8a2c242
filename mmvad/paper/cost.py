"""Table 6: parameters, operations and time of a bag, counted from the built models."""

import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from mmaction.registry import MODELS
from mmengine.config import Config
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mmvad.config_files import load_config
from mmvad.files import atomic_path
from mmvad.paper.published import PublishedRow
from mmvad.visualization.figures import BLUE, new_figure, save_png

NUM_SEGMENTS = 32  # T
ROUNDS = 30


@dataclass(frozen=True)
class Cost:
    """What a system costs.

    Attributes:
        row: Its row of Table 6, with the published number of parameters.
        parameters: Trainable parameters of the built model.
        flops: Floating point operations of matrix products, convolutions and attention for one bag
            of 32 segments; a multiplication and an addition are two. Element-wise work is left out.
        milliseconds: Median time of one bag.
    """

    row: PublishedRow
    parameters: int
    flops: int
    milliseconds: float


def measure_costs(
    rows: Sequence[PublishedRow], clock: Callable[[], float] = time.perf_counter
) -> list[Cost]:
    """Build the model of each row, count and time it.

    The models take turns in each round, so that a busy machine slows all of them alike.

    Args:
        rows: Each with a config.
        clock: Gives seconds.

    Returns:
        One cost a row.
    """
    models, bags = [], []
    for row in rows:
        cfg = load_config(row.config)
        models.append(MODELS.build(cfg.model).eval())
        bags.append(torch.randn(1, NUM_SEGMENTS, width_of(cfg)))
    times = np.empty((ROUNDS, len(rows)))
    with torch.inference_mode():
        for model, bag in zip(models, bags, strict=True):
            run_bag(model, bag)  # the first pass allocates
        for round_times in times:
            for index, (model, bag) in enumerate(zip(models, bags, strict=True)):
                start = clock()
                run_bag(model, bag)
                round_times[index] = clock() - start
    medians = 1e3 * np.median(times, axis=0)
    return [
        Cost(row, count_parameters(model), count_flops(model, bag), float(median))
        for row, model, bag, median in zip(rows, models, bags, medians, strict=True)
    ]


def width_of(cfg: Config) -> int:
    """Give D, the width of the features that the model of a config takes."""
    return (cfg.model.get('neck') or cfg.model.head).in_channels


def run_bag(model: nn.Module, bag: torch.Tensor) -> torch.Tensor:
    """Score the segments of one video of one crop, (1, T, D) -> (T,)."""
    return model.segment_scores(bag.transpose(0, 1))  # (T, 1, D)


def count_parameters(model: nn.Module) -> int:
    """Count trainable parameters.

    Example:
        >>> count_parameters(nn.Linear(3, 2))
        8
    """
    return sum(one.numel() for one in model.parameters() if one.requires_grad)


def count_flops(model: nn.Module, bag: torch.Tensor) -> int:
    """Count the operations of one bag, see `Cost`.

    Args:
        model: With ``segment_scores``.
        bag: (1, T, D).

    Returns:
        Operations. oneDNN's fused kernels (LSTM) are switched off meanwhile, as they hide theirs.
    """
    with torch.no_grad(), torch.backends.mkldnn.flags(enabled=False):
        with FlopCounterMode(display=False) as counter:
            run_bag(model, bag)
    return counter.get_total_flops()


def cost_table(costs: Sequence[Cost]) -> str:
    """Write costs as a Markdown table.

    Example:
        >>> row = PublishedRow('A', 'I3D RGB', 8)
        >>> print(cost_table([Cost(row, 8, 2_000_000, 0.25)]))
        | system | features | published parameters | parameters | MFLOPs a bag | ms a bag |
        |---|---|---|---|---|---|
        | A | I3D RGB | 8 | 8 | 2.0 | 0.250 |
    """
    header = [
        'system',
        'features',
        'published parameters',
        'parameters',
        'MFLOPs a bag',
        'ms a bag',
    ]
    lines = ['| ' + ' | '.join(header) + ' |', '|' + '---|' * len(header)]
    for cost in costs:
        cells = (
            cost.row.system,
            cost.row.features,
            f'{cost.row.value:,}',
            f'{cost.parameters:,}',
            f'{cost.flops / 1e6:.1f}',
            f'{cost.milliseconds:.3f}',
        )
        lines.append('| ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines)


def write_costs(costs: Sequence[Cost], folder: Path) -> list[Path]:
    """Write Table 6 as CSV, Markdown and a picture.

    Args:
        costs: One a row.
        folder: Where the files go.

    Returns:
        The files.
    """
    paths = [folder / f'table6.{suffix}' for suffix in ('csv', 'md', 'png')]
    with atomic_path(paths[0]) as draft, draft.open('w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        names = ('system', 'features', 'published_parameters', 'parameters', 'flops')
        writer.writerow([*names, 'milliseconds'])
        for cost in costs:
            counted = (cost.row.value, cost.parameters, cost.flops, cost.milliseconds)
            writer.writerow([cost.row.system, cost.row.features, *counted])
    with atomic_path(paths[1]) as draft:
        title = f'# Table 6: cost of a bag of {NUM_SEGMENTS} segments, one crop'
        draft.write_text(f'{title}\n\n{cost_table(costs)}\n', encoding='utf-8')
    save_png(costs_figure(costs), paths[2])
    return paths


def costs_figure(costs: Sequence[Cost]) -> Figure:
    """Draw parameters, operations and time as dots on logarithmic axes, one panel each.

    Args:
        costs: One a row.

    Returns:
        The figure.
    """
    figure = new_figure(10, 1.2 + 0.35 * len(costs))
    panels = figure.subplots(1, 3, sharey=True)
    columns = (
        ('parameters', '{:,.0f}', [cost.parameters for cost in costs]),
        ('MFLOPs a bag', '{:,.1f}', [cost.flops / 1e6 for cost in costs]),
        ('ms a bag', '{:,.2f}', [cost.milliseconds for cost in costs]),
    )
    for axes, (name, form, values) in zip(panels, columns, strict=True):
        axes.scatter(values, range(len(costs)), color=BLUE, s=40, zorder=2)
        for row, value in enumerate(values):
            style = dict(xytext=(0, 6), textcoords='offset points', ha='center', fontsize=8)
            axes.annotate(form.format(value), (value, row), **style)
        axes.set_xscale('log')
        axes.margins(x=0.2, y=0.15)
        axes.grid(axis='x', alpha=0.3)
        axes.set_xlabel(name)
        axes.spines[['top', 'right']].set_visible(False)
    panels[0].set_yticks(range(len(costs)), [cost.row.system for cost in costs])
    panels[0].invert_yaxis()
    return figure
