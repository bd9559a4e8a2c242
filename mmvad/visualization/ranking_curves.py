"""ROC and precision-recall curves of one or several detectors."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from mmvad.files import printable
from mmvad.visualization.figures import COLOURS, new_figure

STYLES = ('-', '--', ':', '-.')  # the second four detectors have another style


def roc_figure(curves: Mapping[str, np.ndarray]) -> Figure:
    """Draw ROC curves; the diagonal is chance.

    Args:
        curves: (P, 3) of `roc_points` by the text of the legend.

    Returns:
        The figure; `save_png` writes it.

    Raises:
        ValueError: There is no curve, or one has another shape.

    Example:
        >>> points = np.array([[np.inf, 0, 0], [0.5, 0.2, 0.9], [0.1, 1, 1]])
        >>> roc_figure({'a': points}).axes[0].get_xlabel()
        'false-positive rate'
    """
    figure = _draw(curves, 1, 2, 'default')
    axes = figure.axes[0]
    axes.plot([0, 1], [0, 1], color='#6B7280', linestyle=':', linewidth=1)
    axes.set_xlabel('false-positive rate')
    axes.set_ylabel('recall')
    return figure


def pr_figure(curves: Mapping[str, np.ndarray]) -> Figure:
    """Draw precision-recall curves, stepwise as AP counts them.

    Args:
        curves: (P, 3) of `pr_points` by the text of the legend.

    Returns:
        The figure; `save_png` writes it.

    Raises:
        ValueError: There is no curve, or one has another shape.

    Example:
        >>> points = np.array([[np.inf, 0, 1], [0.5, 0.8, 0.9], [0.1, 1, 0.2]])
        >>> pr_figure({'a': points}).axes[0].get_ylabel()
        'precision'
    """
    figure = _draw(curves, 1, 2, 'steps-pre')
    figure.axes[0].set_xlabel('recall')
    figure.axes[0].set_ylabel('precision')
    return figure


def _draw(curves: Mapping[str, np.ndarray], x: int, y: int, steps: str) -> Figure:
    if not curves:
        raise ValueError('there is no curve to draw')
    figure = new_figure(5, 5)
    axes = figure.add_subplot()
    for number, (name, points) in enumerate(curves.items()):
        if np.ndim(points) != 2 or np.shape(points)[1] != 3:
            raise ValueError(f'expected points of shape (P, 3) of {name!r}, got {np.shape(points)}')
        style = STYLES[number // len(COLOURS) % len(STYLES)]
        axes.plot(
            points[:, x],
            points[:, y],
            drawstyle=steps,
            color=COLOURS[number % len(COLOURS)],
            linestyle=style,
            linewidth=1.5,
            label=printable(name).replace('$', r'\$'),
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.005)
    axes.set_aspect('equal')
    axes.spines[['top', 'right']].set_visible(False)
    axes.legend(frameon=False, fontsize=9, loc='best')
    return figure
