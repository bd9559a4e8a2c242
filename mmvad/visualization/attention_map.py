"""Heat map of the attention map A₂ of a bag (the paper's Figure 2)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mmvad.visualization.figures import new_figure

LEAST_TOP = 4  # even shares at the end of the colour scale, where a bag can have as much


def attention_map(
    attention: np.ndarray | Sequence[Sequence[float]], title: str = '', peak: float | None = None
) -> Figure:
    """Draw the weight of each segment in each hop, in multiples of an even share, 1/T.

    The colours begin at 0 and reach at least to four even shares (T of them, where T is smaller):
    a map that is nearly even has nearly one colour, and of a peaked one the peaks alone stand out.

    Args:
        attention: A₂ (R, T), no weight below 0.
        title: Above the map; no markup is read in it.
        peak: Weight at the end of the colour scale, to compare maps; None takes the largest, or
            four even shares where that is more.

    Returns:
        The figure; `save_png` writes it, `figure_to_image` renders it.

    Raises:
        ValueError: The shape, a weight or the peak does not fit.

    Example:
        >>> figure = attention_map([[0.2, 0.8], [0.5, 0.5]])
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['hop', 'attention, 1× is even']
    """
    attention = np.asarray(attention, np.float64)
    if attention.ndim != 2 or not attention.size:
        raise ValueError(f'expected an attention map of shape (R, T), got {attention.shape}')
    if not (np.isfinite(attention) & (attention >= 0)).all():
        raise ValueError('attention weights must be finite and at least 0')
    if peak is not None and not peak > 0:
        raise ValueError(f'peak must be above 0, got {peak!r}')
    num_hops, num_segments = attention.shape
    shares = attention * num_segments
    top = max(shares.max(), min(LEAST_TOP, num_segments)) if peak is None else peak * num_segments
    figure = new_figure(8, min(1.4 + 0.35 * num_hops, 8))
    axes = figure.add_subplot()
    image = axes.imshow(
        shares,
        cmap='cividis',
        vmin=0,
        vmax=top,
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
    bar.set_label('attention, 1× is even', fontsize=9)
    bar.ax.yaxis.set_major_locator(MaxNLocator(4))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f'{share:g}×'))
    return figure
