"""Forest plot: differences with their intervals, one line each, against 0."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from mmvad.evaluation.functional.comparison import Difference
from mmvad.files import printable
from mmvad.visualization.figures import BLUE, new_figure

GREY = '#6B7280'


def forest_plot(differences: Sequence[Difference]) -> Figure:
    """Draw each metric in a panel of its own, each pair of systems on a line.

    A resolved difference is filled and coloured, one whose interval reaches 0 is hollow and grey.

    Args:
        differences: Of all metrics, the same pairs in each.

    Returns:
        The figure; `save_png` writes it.

    Raises:
        ValueError: There is no difference.

    Example:
        >>> figure = forest_plot([Difference('AUC', 'a', 'b', 0.02, -0.01, 0.05)])
        >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
        ['a − b']
    """
    if not differences:
        raise ValueError('there is no difference to draw; a comparison needs two systems')
    metrics = list(dict.fromkeys(difference.metric for difference in differences))
    pairs = list(dict.fromkeys((d.first, d.second) for d in differences))
    figure = new_figure(2 + 3 * len(metrics), 1.6 + 0.35 * len(pairs))
    panels = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
    for axes, metric in zip(panels, metrics, strict=True):
        axes.axvline(0, color=GREY, linewidth=1)
        for difference in differences:
            if difference.metric == metric:
                row = pairs.index((difference.first, difference.second))
                _draw_line(axes, difference, row)
        axes.set_title(metric, fontsize=10, loc='left')
        axes.set_xlabel('difference, 95 % interval', fontsize=9)
        axes.tick_params(labelsize=9)
        axes.locator_params(axis='x', nbins=5)
        axes.spines[['top', 'right', 'left']].set_visible(False)
        axes.tick_params(axis='y', length=0)
    names = [printable(f'{first} − {second}').replace('$', r'\$') for first, second in pairs]
    panels[0].set_yticks(range(len(pairs)), names)
    panels[0].set_ylim(len(pairs) - 0.5, -0.5)
    return figure


def _draw_line(axes, difference: Difference, row: int) -> None:
    colour = BLUE if difference.resolved else GREY
    axes.plot([difference.low, difference.high], [row, row], color=colour, linewidth=2)
    fill = colour if difference.resolved else 'white'
    axes.plot(difference.value, row, 'o', color=colour, markerfacecolor=fill, markersize=6)
