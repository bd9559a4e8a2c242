import numpy as np
import pytest

from mmvad.visualization.figures import figure_to_image
from mmvad.visualization.ranking_curves import pr_figure, roc_figure

ROC = np.array([[np.inf, 0, 0], [0.5, 0.2, 0.9], [0.1, 1, 1]])
PR = np.array([[np.inf, 0, 1], [0.5, 0.8, 0.9], [0.1, 1, 0.2]])


def test_roc_curve_runs_over_the_points_beside_the_diagonal():
    curve, diagonal = roc_figure({'a': ROC}).axes[0].lines
    assert (curve.get_xydata() == ROC[:, 1:]).all()
    assert diagonal.get_xydata().tolist() == [[0, 0], [1, 1]]


def test_precision_holds_over_the_recall_won_before_it():
    (curve,) = pr_figure({'a': PR}).axes[0].lines
    assert (curve.get_xydata() == PR[:, 1:]).all()
    assert curve.get_drawstyle() == 'steps-pre'


def test_detectors_differ_in_colour_or_style_and_stand_in_the_legend():
    figure = roc_figure({f'${n}_{{': ROC for n in range(9)})
    lines = figure.axes[0].lines[:-1]
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 9
    figure_to_image(figure)  # a name is no formula
    texts = figure.axes[0].get_legend().get_texts()
    assert texts[0].get_text() == r'\$0_{'


@pytest.mark.parametrize('draw', [roc_figure, pr_figure])
def test_no_curve_or_one_of_another_shape_is_an_error(draw):
    with pytest.raises(ValueError, match='there is no curve to draw'):
        draw({})
    with pytest.raises(ValueError, match=r"points of shape \(P, 3\) of 'a', got \(4, 2\)"):
        draw({'a': np.zeros((4, 2))})
