"""Curves of a training: its loss, and what was validated."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mmvad.visualization.figures import BLUE, VERMILION, new_figure

SHOWN = 400  # points of the loss; more are averaged


def training_curves(
    losses: Sequence[float],
    metrics: Mapping[str, Sequence[float]],
    iterations_per_epoch: int = 1,
    title: str = '',
) -> Figure:
    """Draw the loss and one panel for each metric, over epochs.

    Args:
        losses: One for each iteration, at least one.
        metrics: Values by name, each in order and evenly spaced up to the last iteration; a metric
            without values gets no panel.
        iterations_per_epoch: What the axis counts.
        title: Above the first panel; no markup is read in it.

    Returns:
        The figure; `save_png` writes it.

    Raises:
        ValueError: There is no loss.

    Example:
        >>> figure = training_curves([0.9, 0.7, 0.6, 0.5], {'AUC': [0.6, 0.8]}, 2)
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['loss', 'AUC']
        >>> figure.axes[1].lines[0].get_xdata().tolist()
        [1.0, 2.0]
    """
    losses = np.asarray(losses, np.float64)
    if losses.ndim != 1 or not losses.size:
        raise ValueError(f'expected one loss for each iteration, got shape {losses.shape}')
    epochs = len(losses) / iterations_per_epoch
    panels = {name: values for name, values in metrics.items() if len(values)}
    figure = new_figure(8, 2.2 * (1 + len(panels)))
    axes = figure.subplots(1 + len(panels), sharex=True, squeeze=False)[:, 0]
    parts = np.array_split(losses, min(SHOWN, len(losses)))
    ends = np.cumsum([len(part) for part in parts]) / iterations_per_epoch
    axes[0].plot(ends, [part.mean() for part in parts], color=BLUE, linewidth=1.2)
    axes[0].set_ylabel('loss')
    axes[0].set_title(title, parse_math=False, fontsize=10, loc='left')
    for panel, (name, values) in zip(axes[1:], panels.items(), strict=True):
        places = np.arange(1, len(values) + 1) * epochs / len(values)
        panel.plot(places, values, color=VERMILION, linewidth=1.2, marker='o', markersize=3)
        panel.set_ylabel(name)
    axes[-1].set_xlabel('epoch')
    axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
