import math

import numpy as np
import pytest
import torch
from toy_videos import make_video, random_videos

from mmvad.evaluation.functional import video_loss
from mmvad.scores.scored_video import ScoredVideo


def test_loss_is_pytorch_s_cross_entropy_of_the_highest_scores():
    videos = random_videos(num_videos=20)
    scores = torch.tensor([float(video.scores.max()) for video in videos], dtype=torch.float64)
    labels = torch.tensor([float(video.label) for video in videos], dtype=torch.float64)
    expected = torch.nn.functional.binary_cross_entropy(scores, labels).item()
    assert video_loss(videos) == pytest.approx(expected, rel=1e-12)


def test_videos_that_are_ranked_alike_differ_in_loss():
    near = [make_video('a', [0.1, 0.2]), make_video('b', [0.8, 0.1], 'Abuse')]
    far = [make_video('a', [0.1, 0.4]), make_video('b', [0.5, 0.1], 'Abuse')]
    assert video_loss(near) == pytest.approx(-(math.log(0.8) + math.log(0.8)) / 2)
    assert video_loss(near) < video_loss(far)


def test_a_certain_score_of_the_wrong_class_costs_a_finite_amount():
    certain = [make_video('a', [1.0]), make_video('b', [1.0], 'Abuse')]
    assert video_loss(certain) == 50.0
    assert np.isfinite(video_loss([make_video('c', [0.0], 'Abuse')]))


def test_a_video_without_a_label_and_no_video_are_errors():
    with pytest.raises(ValueError, match="video 'a' has no label; --annotations gives it"):
        video_loss([ScoredVideo('a', [0.5])])
    with pytest.raises(ValueError, match='expected at least one video, got none'):
        video_loss([])
