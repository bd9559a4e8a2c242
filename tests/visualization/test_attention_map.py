import numpy as np
import pytest

from mmvad.visualization.attention_map import attention_map
from mmvad.visualization.figures import figure_to_image


def test_attention_map_shows_the_weights_on_a_scale_from_0():
    weights = np.array([[0.1, 0.7, 0.2], [0.3, 0.3, 0.4]])
    (image,) = attention_map(weights).axes[0].images
    assert (image.get_array() == weights).all()
    assert image.get_clim() == (0, 0.7)
    assert attention_map(weights, peak=1).axes[0].images[0].get_clim() == (0, 1)


def test_title_is_plain_text():
    figure = attention_map([[1.0]], title='$a_1$ %s')
    figure_to_image(figure)
    assert figure.axes[0].get_title(loc='left') == '$a_1$ %s'


@pytest.mark.parametrize('weights', [[0.5], [[]], np.zeros((1, 2, 3))])
def test_attention_of_another_shape_is_an_error(weights):
    with pytest.raises(ValueError, match=r'expected an attention map of shape \(R, T\), got'):
        attention_map(weights)


def test_negative_weights_and_peaks_are_errors():
    with pytest.raises(ValueError, match='attention weights must be finite and at least 0'):
        attention_map([[-0.1, 1.1]])
    with pytest.raises(ValueError, match='peak must be above 0, got 0'):
        attention_map([[0.5]], peak=0)
