import numpy as np
import pytest
from predictions import random_videos

from mmvad.evaluation.functional import average_precision, roc_auc, video_report
from mmvad.evaluation.prediction import VideoPrediction


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
        VideoPrediction('a', [0.1], 0, 'Normal'),
        VideoPrediction('b', [0.9], 1, 'Abuse'),
    ]
    assert video_report(videos) == {'AUC': 1.0, 'AP': 1.0}


@pytest.mark.parametrize(('label', 'category'), [(0, 'Normal'), (1, 'Abuse')])
def test_one_class_is_an_error_that_names_it(label, category):
    kind = 'anomalous' if label else 'normal'
    videos = [VideoPrediction(name, [0.1], label, category) for name in 'ab']
    with pytest.raises(ValueError, match=f'all 2 videos are {kind}; hold out videos of both kinds'):
        video_report(videos)


def test_same_video_twice_is_an_error():
    with pytest.raises(ValueError, match="'a' was predicted more than once"):
        video_report([VideoPrediction('a', [0.1], 0, 'Normal')] * 2)
