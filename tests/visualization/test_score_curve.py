import matplotlib
import numpy as np
import pytest

from mmvad.clock import Clock
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, ScoreGap, failed_video
from mmvad.visualization.figures import BLUE, VERMILION, figure_to_image
from mmvad.visualization.score_curve import score_curve

# 32 frames at 16 a second, then 16 frames at 2 a second
VARIABLE = Clock(3, 48, segment_times=np.array([0, 1, 2, 10]))


def has_colour(image, colour):
    rgb = np.array(matplotlib.colors.to_rgb(colour)) * 255
    return bool((np.abs(image.astype(float) - rgb).max(-1) < 3).any())


def curve(axes):
    (line,) = [each for each in axes.lines if each.get_label() == 'score']
    assert line.get_drawstyle() == 'steps-post'
    return line.get_xdata().tolist(), line.get_ydata()


def intervals(axes, label):
    (bars,) = [each for each in axes.collections if each.get_label() == label]
    columns = [path.vertices[:, 0] for path in bars.get_paths()]
    return [(column.min(), column.max()) for column in columns]


def test_curve_is_a_step_a_segment_and_ends_with_the_video():
    axes = score_curve(ScoredVideo('a', [0.1, 0.9, 0.4], Clock(3, 40, fps=10))).axes[0]
    edges, heights = curve(axes)
    assert edges == [0, 1.6, 3.2, 4.0]
    np.testing.assert_allclose(heights, [0.1, 0.9, 0.4, 0.4])


def test_everything_lies_at_its_true_time_in_a_video_of_variable_rate():
    scored = ScoredVideo('a', [0.1, 0.1, 0.9], VARIABLE, annotated_events=[(24, 40)])
    axes = score_curve(scored.cut(EventRule(0.5))).axes[0]
    assert curve(axes)[0] == [0, 1, 2, 10]
    assert intervals(axes, 'event') == [(2, 10)]
    assert intervals(axes, 'ground truth') == [(1.5, 6)]


def test_events_ground_truth_and_threshold_are_drawn_and_named():
    scored = ScoredVideo('a', [0.1, 0.9, 0.4], Clock(3, 40, fps=10), annotated_events=[(20, 48)])
    figure = score_curve(scored.cut(EventRule(0.5)), threshold=0.5)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        'score',
        'threshold 0.5',
        'ground truth',
        'event',
    ]
    image = figure_to_image(figure)
    assert has_colour(image, BLUE) and has_colour(image, VERMILION)
    assert figure.axes[0].get_xlim() == (0, 4.0)  # ground truth in the padded tail is cut


def test_gaps_of_a_live_source_are_drawn_and_named():
    scored = ScoredVideo('a', [0.1, 0.9], Clock(2, fps=16), gaps=[ScoreGap(1, 3.0, 1, 'ended')])
    figure = score_curve(scored)
    assert intervals(figure.axes[0], 'gap in the source') == [(1, 1)]
    assert [text.get_text() for text in figure.legends[0].get_texts()][1] == 'gap in the source'


def test_axis_is_in_frames_where_the_rate_is_not_known():
    scored = ScoredVideo('a', [0.1, 0.9], annotated_events=[(16, 24)]).cut(EventRule())
    axes = score_curve(scored).axes[0]
    assert axes.get_xlabel() == 'frame' and axes.get_xlim() == (0, 32)
    assert intervals(axes, 'ground truth') == [(16, 24)]
    assert score_curve(ScoredVideo('a', [0.1], Clock(1, fps=25))).axes[0].get_xlabel() != 'frame'


def test_title_is_plain_text_without_passwords():
    figure = score_curve(ScoredVideo('a', [0.5]), title='$a_1$ rtsp://me:secret@gate')
    figure_to_image(figure)
    assert figure.axes[0].get_title(loc='left') == '$a_1$ rtsp://gate …'


def test_a_video_that_could_not_be_scored_has_no_curve():
    with pytest.raises(ValueError, match="video 'a' has no scores to draw: no video stream"):
        score_curve(failed_video('a', 'no video stream'))
