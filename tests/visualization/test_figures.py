import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.image import imread

from mmvad.visualization.figures import (
    figure_to_image,
    label_time_axis,
    new_figure,
    save_png,
)


def test_png_appears_whole_in_a_new_folder(tmp_path):
    save_png(new_figure(10, 3), tmp_path / 'made' / 'curve.png')
    assert imread(tmp_path / 'made' / 'curve.png').shape == (450, 1500, 4)
    assert [path.name for path in (tmp_path / 'made').iterdir()] == ['curve.png']


def test_figures_leave_pyplot_alone():
    new_figure(4, 3)
    assert plt.get_fignums() == []


def test_image_is_rgb():
    image = figure_to_image(new_figure(4, 3))
    assert (image.shape, image.dtype) == ((300, 400, 3), np.uint8)


@pytest.mark.parametrize('seconds', [1, 70, 4000, 20_000])
def test_time_axis_has_a_handful_of_ticks(seconds):
    figure = new_figure(10, 3)
    axes = figure.add_subplot()
    axes.set_xlim(0, seconds)
    label_time_axis(axes, in_seconds=True)
    figure.canvas.draw()
    assert 2 <= sum(0 <= tick <= seconds for tick in axes.get_xticks()) <= 11


def test_frames_are_whole_numbers_on_their_axis():
    figure = new_figure(10, 3)
    axes = figure.add_subplot()
    axes.set_xlim(0, 3)
    label_time_axis(axes, in_seconds=False)
    figure.canvas.draw()
    assert axes.get_xlabel() == 'frame'
    assert all(tick == round(tick) for tick in axes.get_xticks())
