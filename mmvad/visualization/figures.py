"""What all pictures share: figures without pyplot's global state, colours, PNG files, images."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from mmvad.clock import format_seconds
from mmvad.files import atomic_path

# Okabe and Ito's palette: distinct in all common forms of colour blindness
BLUE, ORANGE, VERMILION, GREEN = '#0072B2', '#E69F00', '#D55E00', '#009E73'
COLOURS = (BLUE, VERMILION, GREEN, ORANGE)  # of systems side by side
TIME_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)


def new_figure(width: float, height: float) -> Figure:
    """Make a figure that renders with Agg, independent of pyplot.

    Args:
        width: Inches.
        height: Inches.

    Returns:
        The figure, laid out when it is drawn.

    Example:
        >>> new_figure(4, 3).get_size_inches().tolist()
        [4.0, 3.0]
    """
    figure = Figure(figsize=(width, height), dpi=100, layout='constrained')
    FigureCanvasAgg(figure)
    return figure


def save_png(figure: Figure, path: str | Path, dpi: int = 150) -> None:
    """Write a figure as PNG, complete or not at all.

    Args:
        figure: What to draw.
        path: PNG file; its folder is created if missing.
        dpi: Pixels per inch.
    """
    with atomic_path(path) as draft:
        figure.savefig(draft, format='png', dpi=dpi)


def figure_to_image(figure: Figure) -> np.ndarray:
    """Render a figure in the form that the visualizer backends take.

    Args:
        figure: What to draw.

    Returns:
        (H, W, 3) uint8, RGB, 100 pixels per inch.

    Example:
        >>> figure_to_image(new_figure(4, 3)).shape
        (300, 400, 3)
    """
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()


def label_time_axis(axes: Axes, in_seconds: bool) -> None:
    """Label the horizontal axis with times or with frames.

    Args:
        axes: With their limits set.
        in_seconds: Whether x is in seconds; otherwise it is in frames.
    """
    if not in_seconds:
        axes.set_xlabel('frame')
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        return
    axes.set_xlabel('time (min:s)')
    low, high = axes.get_xlim()
    step = next((step for step in TIME_STEPS if (high - low) / step <= 8), None)
    axes.xaxis.set_major_locator(MultipleLocator(step) if step else MaxNLocator(8))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: format_seconds(seconds)))
