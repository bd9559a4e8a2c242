import numpy as np
import pytest

from mmvad.visualization.training_curves import SHOWN, training_curves


def test_loss_and_metrics_share_an_axis_in_epochs():
    figure = training_curves(np.arange(8.0), {'AUC': [0.5, 0.7], 'AP': []}, 4, 'a $run')
    loss, metric = figure.axes
    assert loss.lines[0].get_xdata()[-1] == metric.lines[0].get_xdata()[-1] == 2
    assert loss.lines[0].get_ydata().tolist() == list(range(8))
    assert (metric.get_ylabel(), metric.get_xlabel()) == ('AUC', 'epoch')
    assert loss.get_title(loc='left') == 'a $run'


def test_a_long_training_is_averaged():
    (axes,) = training_curves(np.arange(2.0 * SHOWN), {}).axes
    assert axes.lines[0].get_ydata()[:2].tolist() == [0.5, 2.5]
    assert axes.lines[0].get_xdata()[-1] == 2 * SHOWN


@pytest.mark.parametrize('losses', [[], [[1.0]]])
def test_without_a_loss_there_is_nothing_to_draw(losses):
    with pytest.raises(ValueError, match='expected one loss for each iteration, got shape'):
        training_curves(losses, {})
