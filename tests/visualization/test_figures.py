import matplotlib
import numpy as np
import pytest
from matplotlib.image import imread

from mmvad.visualization.attention_map import attention_map
from mmvad.visualization.figures import figure_to_image, format_seconds, new_figure, save_png
from mmvad.visualization.score_curve import score_curve

EVENTS = [dict(start_frame=16, end_frame=40)]


def has_colour(image, colour):
    rgb = np.array(matplotlib.colors.to_rgb(colour)) * 255
    return bool((np.abs(image.astype(float) - rgb).max(-1) < 3).any())


def test_png_appears_whole_in_a_new_folder(tmp_path):
    save_png(score_curve([0.1, 0.9]), tmp_path / 'made' / 'curve.png')
    assert imread(tmp_path / 'made' / 'curve.png').shape == (450, 1500, 4)
    assert [path.name for path in (tmp_path / 'made').iterdir()] == ['curve.png']


def test_figures_leave_pyplot_alone():
    import matplotlib.pyplot as plt

    score_curve([0.1, 0.9])
    attention_map([[0.5, 0.5]])
    assert plt.get_fignums() == []


def test_curve_is_a_step_a_segment_and_ends_with_the_video():
    figure = score_curve([0.1, 0.9, 0.4], fps=10, num_frames=40)
    (curve,) = [artist for artist in figure.axes[0].patches if artist.get_label() == 'score']
    values, edges, _ = curve.get_data()
    assert edges.tolist() == [0, 1.6, 3.2, 4.0]
    np.testing.assert_allclose(values, [0.1, 0.9, 0.4])


def test_events_ground_truth_and_threshold_are_drawn_and_named():
    figure = score_curve(
        [0.1, 0.9, 0.4], 10, 40, threshold=0.5, events=EVENTS, ground_truth=[(20, 48)]
    )
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        'score',
        'threshold 0.5',
        'ground truth',
        'event',
    ]
    image = figure_to_image(figure)
    assert has_colour(image, '#0072B2')
    assert has_colour(image, '#D55E00')
    assert figure.axes[0].get_xlim() == (
        0,
        4.0,
    )  # ground truth in the padded tail does not widen it


def test_axis_is_in_frames_where_the_rate_is_not_known():
    assert score_curve([0.1, 0.9]).axes[0].get_xlabel() == 'frame'
    assert score_curve([0.1, 0.9], fps=25).axes[0].get_xlabel() == 'time (min:s)'


def test_titles_are_plain_text():
    for figure in (score_curve([0.5], title='$a_1$ %s'), attention_map([[1.0]], title='$a_1$ %s')):
        figure_to_image(figure)
        assert figure.axes[0].get_title(loc='left') == '$a_1$ %s'


@pytest.mark.parametrize('seconds', [1, 70, 4000, 20_000])
def test_time_axis_has_a_handful_of_ticks(seconds):
    figure = score_curve(np.zeros(seconds), fps=16)
    figure.canvas.draw()
    low, high = figure.axes[0].get_xlim()
    assert 2 <= sum(low <= tick <= high for tick in figure.axes[0].get_xticks()) <= 11


def test_times_are_rounded_before_they_are_cut_into_parts():
    assert [format_seconds(t) for t in (9.97, 59.96, 3599.99)] == ['0:10', '1:00', '1:00:00']


def test_attention_map_shows_the_weights_on_a_scale_from_0():
    weights = np.array([[0.1, 0.7, 0.2], [0.3, 0.3, 0.4]])
    (image,) = attention_map(weights).axes[0].images
    assert (image.get_array() == weights).all()
    assert image.get_clim() == (0, 0.7)
    assert attention_map(weights, peak=1).axes[0].images[0].get_clim() == (0, 1)


def test_image_is_rgb():
    image = figure_to_image(new_figure(4, 3))
    assert (image.shape, image.dtype) == ((300, 400, 3), np.uint8)


@pytest.mark.parametrize('weights', [[0.5], [[]], np.zeros((1, 2, 3))])
def test_attention_of_another_shape_is_an_error(weights):
    with pytest.raises(ValueError, match=r'expected an attention map of shape \(R, T\), got'):
        attention_map(weights)


def test_negative_weights_and_peaks_are_errors():
    with pytest.raises(ValueError, match='attention weights must be finite and at least 0'):
        attention_map([[-0.1, 1.1]])
    with pytest.raises(ValueError, match='peak must be above 0, got 0'):
        attention_map([[0.5]], peak=0)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(scores=[1.5]), r'scores must lie in \[0, 1\]'),
        (dict(scores=[0.5], fps=0), 'fps must be a positive number'),
        (dict(scores=[0.5, 0.5], num_frames=3), '2 segments of 16 frames do not fit 3 frames'),
    ],
)
def test_scores_that_do_not_fit_are_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        score_curve(**arguments)
