import numpy as np
import pytest

from mmvad.clock import Clock
from mmvad.review.annotator import BACKGROUND, EVENT, SCORE, Annotator
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, failed_video


def score(*scores, **known):
    clock = Clock(len(scores), **known) if known else None
    return ScoredVideo('a', scores, clock).cut(EventRule(0.5))


def black(width, height):
    return np.zeros((height, width, 3), np.uint8)


def has_border(drawn, width=64, height=48):
    return (drawn[0, :width] == EVENT).all() and (drawn[:height, width - 1] == EVENT).all()


def test_the_border_stands_around_the_segments_of_an_event():
    annotator = Annotator(64, 48, score(0.1, 0.9, 0.2), 0.5)
    drawn = [annotator.draw(black(64, 48), frame, 0.0) for frame in (15, 16, 31, 32)]
    assert [has_border(each) for each in drawn] == [False, True, True, False]


def test_the_bar_is_as_long_as_the_score():
    annotator = Annotator(200, 100, score(0.25, 0.75), threshold=0.5)
    row = 100 + 7
    drawn = [annotator.draw(black(200, 100), frame, 0.0)[row, 104:197] for frame in (0, 16)]
    assert 20 <= (drawn[0] == SCORE).all(-1).sum() <= 26
    assert 66 <= (drawn[1] == EVENT).all(-1).sum() <= 72


def test_a_score_at_the_threshold_has_the_colour_of_an_event():
    for value, is_event in ((0.7, True), (0.69, False)):
        drawn = Annotator(96, 64, ScoredVideo('a', [value]), 0.7).draw(black(96, 64), 0, 0.0)
        assert (drawn[64:78] == EVENT).all(-1).any() == is_event  # the row of the bar


def test_frames_behind_the_last_segment_have_no_score():
    annotator = Annotator(64, 48, ScoredVideo('a', [0.9]), threshold=0.5)
    with_score, without = (annotator.draw(black(64, 48), frame, 0.1) for frame in (3, 17))
    assert (with_score[48:62, 36:60] == EVENT).all(-1).any()
    assert not (without[48:62, 36:60] == EVENT).all(-1).any()


@pytest.mark.parametrize(('width', 'height'), [(64, 48), (63, 47), (64, 47)])
def test_canvases_have_even_sides_and_keep_the_picture(width, height):
    annotator = Annotator(width, height, ScoredVideo('a', [0.1, 0.9, 0.2]), 0.5)
    picture = np.full((height, width, 3), 200, np.uint8)
    drawn = annotator.draw(picture, 0, 0.0)
    assert drawn.shape == (annotator.height, annotator.width, 3)
    assert annotator.width % 2 == annotator.height % 2 == 0
    assert (drawn[:height, :width] == 200).all()
    assert (drawn[:height, width:] == BACKGROUND).all()


def test_a_long_video_fits_into_the_curve_below():
    scores = np.zeros(50_000, np.float32)
    scores[30_000] = 1.0
    scored = ScoredVideo('a', scores).cut(EventRule(0.5))
    drawn = Annotator(100, 80, scored, 0.5).draw(black(100, 80), 0, 0.0)
    assert np.flatnonzero((drawn[80 + 14 + 4] == EVENT).all(-1)).tolist() == [60]


def test_curve_and_place_follow_the_time_of_a_video_of_variable_rate():
    # the second segment lasts nine times as long as the first one
    scored = score(0.1, 0.9, num_frames=32, segment_times=[0, 1, 10])
    drawn = Annotator(100, 80, scored, 0.5).draw(black(100, 80), 8, 0.5)
    curve = (drawn[80 + 14 + 10] == EVENT).all(-1)
    assert np.flatnonzero(curve).tolist() == list(range(10, 100))
    assert np.flatnonzero((drawn[80 + 14 + 20] == 225).all(-1))[0] == 5  # half a second of ten


def test_a_video_that_could_not_be_scored_is_an_error():
    with pytest.raises(ValueError, match="video 'a' has no scores to draw: unreadable"):
        Annotator(64, 48, failed_video('a', 'unreadable'), 0.5)
