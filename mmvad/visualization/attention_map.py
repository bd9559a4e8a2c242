"""Heat maps of the attention map A₂ of a bag (the paper's Figure 2)."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mmvad.visualization.figures import new_figure

LEAST_TOP = 4  # even shares at the end of the colour scale, where a bag can have as much


def attention_map(attention: np.ndarray | Sequence[Sequence[float]], title: str = '') -> Figure:
    """Draw the weight of each segment in each hop, in multiples of an even share, 1/T.

    The colours begin at 0 and reach at least to four even shares (T of them, where T is smaller):
    a map that is nearly even has nearly one colour, and of a peaked one the peaks alone stand out.

    Args:
        attention: A₂ (R, T), no weight below 0.
        title: Above the map; no markup is read in it.

    Returns:
        The figure; `save_png` writes it, `figure_to_image` renders it.

    Raises:
        ValueError: The shape or a weight does not fit.

    Example:
        >>> figure = attention_map([[0.2, 0.8], [0.5, 0.5]])
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['hop', 'attention, 1× is even']
    """
    return attention_maps({title: attention})


def attention_maps(maps: Mapping[str, np.ndarray | Sequence[Sequence[float]]]) -> Figure:
    """Draw several maps below each other, as `attention_map` does, on one colour scale.

    Args:
        maps: A₂ (R, T) by title, one or more.

    Returns:
        The figure.

    Raises:
        ValueError: A shape or a weight does not fit.

    Example:
        >>> maps = {'iteration 50': np.full((3, 32), 1 / 32), 'best': np.eye(3, 32)}
        >>> attention_maps(maps).axes[0].get_title(loc='left')
        'iteration 50'
    """
    shares = {title: _even_shares(attention) for title, attention in maps.items()}
    top = max(max(one.max(), min(LEAST_TOP, one.shape[1])) for one in shares.values())
    heights = [1.05 + 0.35 * len(one) for one in shares.values()]
    figure = new_figure(8, min(0.35 + sum(heights), 8 * len(shares)))
    panels = figure.subplots(len(shares), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (title, one) in zip(panels, shares.items(), strict=True):
        num_hops, num_segments = one.shape
        image = axes.imshow(
            one,
            cmap='cividis',
            vmin=0,
            vmax=top,
            aspect='auto',
            interpolation='nearest',
            extent=(-0.5, num_segments - 0.5, num_hops + 0.5, 0.5),
        )
        axes.set_ylabel('hop')
        axes.xaxis.set_major_locator(MaxNLocator(16, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(min(num_hops, 16), integer=True, min_n_ticks=1))
        axes.set_title(title, parse_math=False, fontsize=10, loc='left')
    panels[-1].set_xlabel('segment')
    bar = figure.colorbar(image, ax=list(panels), pad=0.02)
    bar.set_label('attention, 1× is even', fontsize=9)
    bar.ax.yaxis.set_major_locator(MaxNLocator(4))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f'{share:g}×'))
    return figure


def _even_shares(attention: np.ndarray | Sequence[Sequence[float]]) -> np.ndarray:
    """Check a map; give its weights in multiples of 1/T."""
    attention = np.asarray(attention, np.float64)
    if attention.ndim != 2 or not attention.size:
        raise ValueError(f'expected an attention map of shape (R, T), got {attention.shape}')
    if not (np.isfinite(attention) & (attention >= 0)).all():
        raise ValueError('attention weights must be finite and at least 0')
    return attention * attention.shape[1]
