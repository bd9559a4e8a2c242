"""Heat map of the attention map A₂ of a bag (the paper's Figure 2)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mmvad.visualization.figures import new_figure


def attention_map(
    attention: np.ndarray | Sequence[Sequence[float]], title: str = '', peak: float | None = None
) -> Figure:
    """Draw the weight of each segment in each hop.

    Args:
        attention: A₂ (R, T), no weight below 0.
        title: Above the map; no markup is read in it.
        peak: Weight at the end of the colour scale, to compare maps; None takes the largest.

    Returns:
        The figure; `save_png` writes it, `figure_to_image` renders it.

    Raises:
        ValueError: The shape, a weight or the peak does not fit.

    Example:
        >>> figure = attention_map([[0.2, 0.8], [0.5, 0.5]])
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['hop', 'attention weight']
    """
    attention = np.asarray(attention, np.float64)
    if attention.ndim != 2 or not attention.size:
        raise ValueError(f'expected an attention map of shape (R, T), got {attention.shape}')
    if not (np.isfinite(attention) & (attention >= 0)).all():
        raise ValueError('attention weights must be finite and at least 0')
    if peak is not None and not peak > 0:
        raise ValueError(f'peak must be above 0, got {peak!r}')
    num_hops, num_segments = attention.shape
    figure = new_figure(8, min(1.4 + 0.35 * num_hops, 8))
    axes = figure.add_subplot()
    image = axes.imshow(
        attention,
        cmap='cividis',
        vmin=0,
        vmax=peak or attention.max() or 1,
        aspect='auto',
        interpolation='nearest',
        extent=(-0.5, num_segments - 0.5, num_hops + 0.5, 0.5),
    )
    axes.set_xlabel('segment')
    axes.set_ylabel('hop')
    axes.xaxis.set_major_locator(MaxNLocator(16, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(min(num_hops, 16), integer=True, min_n_ticks=1))
    axes.set_title(title, parse_math=False, fontsize=10, loc='left')
    bar = figure.colorbar(image, ax=axes, pad=0.02)
    bar.set_label('attention weight', fontsize=9)
    bar.ax.yaxis.set_major_locator(MaxNLocator(4))
    return figure
