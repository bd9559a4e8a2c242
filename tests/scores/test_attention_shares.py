import numpy as np
import pytest
import torch

from mmvad.models.detectors import VideoAnomalyDetector
from mmvad.models.stream_scorers import build_scorer
from mmvad.scores.attention_shares import attention_shares, segments_in_bags


@pytest.mark.parametrize('scoring', ['bags', 'sliding'])
def test_even_attention_is_one_in_every_bag_that_the_scorers_make(scoring):
    detector = VideoAnomalyDetector(dict(type='SalientHead', in_channels=4, bag_size=3)).eval()
    scorer = build_scorer(detector, scoring)
    parts = []
    for length in (5, 0, 7):  # runs between two gaps, one of them empty
        parts.append(scorer.push(torch.ones(length, 1, 4)).attention)  # alike: no one stands out
        parts.append(scorer.flush().attention)
    attention = torch.cat(parts, dim=1).numpy()
    shares = attention_shares(attention, dict(bag_size=3, scoring=scoring), breaks=[5, 5])
    assert shares.shape == (3, 12)
    np.testing.assert_allclose(shares, 1, rtol=1e-6)


def test_a_whole_video_is_one_bag_where_there_is_no_bag_size():
    assert segments_in_bags(4, None).tolist() == [4] * 4
    shares = attention_shares(np.full((2, 4), 0.25), dict(bag_size=None, scoring='bags'))
    assert (shares == 1).all()


@pytest.mark.parametrize('made_by', [{}, dict(bag_size='28'), dict(bag_size=0)])
def test_the_mean_weight_is_the_share_where_the_bag_size_is_not_known(made_by):
    shares = attention_shares(np.array([[0.1, 0.3], [0.2, 0.2]]), made_by)
    np.testing.assert_allclose(shares, [[0.5, 1.5], [1, 1]])
    assert (attention_shares(np.zeros((1, 2)), made_by) == 0).all()
