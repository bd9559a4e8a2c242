import numpy as np
from toy_videos import make_video

from mmvad.evaluation.functional.controls import shuffle_within

SCORES = np.arange(50) / 50


def test_shuffled_scores_are_the_same_scores_of_the_same_video():
    video = make_video('a', SCORES, 'B1', [(3, 9)])
    shuffled = shuffle_within(video, 0)
    assert (np.sort(shuffled.scores) == video.scores).all()
    assert (shuffled.scores != video.scores).any()
    assert (shuffled.name, shuffled.annotated_events) == ('a', ((3, 9),))


def test_the_order_depends_on_seed_and_name_alone():
    orders = [
        shuffle_within(make_video(name, SCORES), seed).scores.tolist()
        for name, seed in (('a', 0), ('a', 0), ('a', 1), ('b', 0), ('\udcff', 0))
    ]
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) == 4
