import pytest
from matplotlib.colors import to_hex

from mmvad.evaluation.functional.comparison import Difference
from mmvad.visualization.figures import BLUE, figure_to_image
from mmvad.visualization.forest_plot import GREY, forest_plot

DIFFERENCES = [
    Difference(metric, *pair, value, value - 0.02, value + 0.02)
    for metric, values in (('AUC', (0.01, 0.05)), ('AP', (-0.1, 0.0)))
    for pair, value in zip((('a', 'b'), ('a', '$c')), values, strict=True)
]


def test_every_metric_has_a_panel_with_a_line_for_each_pair():
    panels = forest_plot(DIFFERENCES).axes
    assert [axes.get_title(loc='left') for axes in panels] == ['AUC', 'AP']
    names = [label.get_text() for label in panels[0].get_yticklabels()]
    assert names == ['a − b', r'a − \$c']
    zero, *lines = panels[0].lines
    assert list(zero.get_xdata()) == [0, 0]
    assert lines[0].get_xydata().tolist() == [[0.01 - 0.02, 0], [0.01 + 0.02, 0]]
    assert lines[1].get_xydata().tolist() == [[0.01, 0]]
    assert lines[2].get_xydata().tolist() == [[0.05 - 0.02, 1], [0.05 + 0.02, 1]]


def test_only_a_resolved_difference_is_coloured_and_filled():
    _, open_line, open_dot, line, dot = forest_plot(DIFFERENCES).axes[0].lines
    assert (open_line.get_color(), open_dot.get_markerfacecolor()) == (GREY, 'white')
    assert (line.get_color(), to_hex(dot.get_markerfacecolor())) == (BLUE, BLUE.lower())


def test_the_first_pair_is_on_top_and_it_can_be_drawn():
    figure = forest_plot(DIFFERENCES)
    bottom, top = figure.axes[0].get_ylim()
    assert bottom > top
    figure_to_image(figure)


def test_no_difference_is_an_error():
    with pytest.raises(ValueError, match='a comparison needs two systems'):
        forest_plot([])
