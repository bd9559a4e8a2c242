import numpy as np
import pytest

from mmvad.visualization.attention_map import attention_map, attention_maps
from mmvad.visualization.figures import figure_to_image


def image_of(weights):
    (image,) = attention_map(weights).axes[0].images
    return image


def test_attention_map_shows_even_shares_on_a_scale_from_0():
    weights = np.array([[0.1, 0.7, 0.2], [0.3, 0.3, 0.4]])
    image = image_of(weights)
    np.testing.assert_allclose(image.get_array(), 3 * weights)
    assert image.get_clim() == (0, 3)  # all that one of three segments can have


def colours(weights):
    image = image_of(weights)
    return image.cmap(image.norm(image.get_array()))[..., :3]  # (R, T, 3)


def test_a_nearly_even_map_has_nearly_one_colour_and_a_peak_stands_out():
    rng = np.random.default_rng(0)
    even = 1 + 0.2 * rng.uniform(-1, 1, (3, 32))  # 20 % around an even share
    even /= even.sum(axis=1, keepdims=True)
    assert np.ptp(colours(even), axis=(0, 1)).max() < 0.12
    peaked = np.full((3, 32), 0.1 / 31)
    peaked[:, 7] = 0.9
    shown = colours(peaked)
    assert np.ptp(np.delete(shown, 7, axis=1), axis=(0, 1)).max() == 0
    assert np.abs(shown[:, 7] - shown[:, 8]).max() > 0.7
    assert image_of(peaked).get_clim() == (0, pytest.approx(0.9 * 32))
    assert image_of(even).get_clim() == (0, 4)


def test_the_even_map_of_one_bag_has_the_colour_of_that_of_another():
    np.testing.assert_allclose(
        colours(np.full((1, 8), 1 / 8))[0, 0], colours(np.full((1, 32), 1 / 32))[0, 0]
    )


def test_maps_below_each_other_share_one_scale_of_even_shares():
    peaked = np.full((2, 32), 0.5 / 31)
    peaked[:, 3] = 0.5
    figure = attention_maps({'first': np.full((3, 32), 1 / 32), 'best': peaked})
    images = [axes.images[0] for axes in figure.axes[:2]]
    assert [image.get_clim() for image in images] == [(0, pytest.approx(16))] * 2
    assert images[0].get_array().max() == 1
    assert [axes.get_title(loc='left') for axes in figure.axes[:2]] == ['first', 'best']


def test_title_is_plain_text():
    figure = attention_map([[1.0]], title='$a_1$ %s')
    figure_to_image(figure)
    assert figure.axes[0].get_title(loc='left') == '$a_1$ %s'


@pytest.mark.parametrize('weights', [[0.5], [[]], np.zeros((1, 2, 3))])
def test_attention_of_another_shape_is_an_error(weights):
    with pytest.raises(ValueError, match=r'expected an attention map of shape \(R, T\), got'):
        attention_map(weights)


def test_negative_weights_are_errors():
    with pytest.raises(ValueError, match='attention weights must be finite and at least 0'):
        attention_map([[-0.1, 1.1]])
