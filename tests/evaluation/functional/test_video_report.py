import numpy as np
import pytest
from toy_videos import make_video, random_videos

from mmvad.evaluation.functional import average_precision, roc_auc, video_report
from mmvad.scores.scored_video import ScoredVideo


def test_video_ranks_by_its_highest_segment_score():
    videos = random_videos(num_videos=15)
    labels = np.array([video.label for video in videos])
    highest = np.array([max(video.scores) for video in videos])
    assert video_report(videos) == {
        'AUC': roc_auc(labels, highest),
        'AP': average_precision(labels, highest),
    }


def test_events_are_not_needed():
    videos = [
        make_video('a', [0.1]),
        make_video('b', [0.9], 'Abuse'),
    ]
    assert video_report(videos) == {'AUC': 1.0, 'AP': 1.0}


@pytest.mark.parametrize(('category', 'kind'), [('Normal', 'normal'), ('Abuse', 'anomalous')])
def test_one_class_is_an_error_that_names_it(category, kind):
    videos = [make_video(name, [0.1], category) for name in 'ab']
    with pytest.raises(ValueError, match=f'all 2 videos are {kind}; hold out videos of both kinds'):
        video_report(videos)


def test_same_video_twice_is_an_error():
    with pytest.raises(ValueError, match="'a' was scored more than once"):
        video_report([make_video('a', [0.1])] * 2)


def test_a_video_without_a_label_is_refused():
    videos = [make_video('a', [0.1]), ScoredVideo('b', [0.9])]
    with pytest.raises(ValueError, match="video 'b' has no label; --annotations gives it"):
        video_report(videos)
