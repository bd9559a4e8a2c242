import pytest
import torch
import torch.nn.functional as F
from toy_data import labelled_sample

from mmvad.models.heads import LastSegmentHead
from mmvad.models.heads.bags import bag_groups


@pytest.fixture
def head():
    torch.manual_seed(0)
    return LastSegmentHead(in_channels=8, bag_size=4).eval()


def test_score_comes_from_the_last_segment_alone(head):
    features = torch.randn(3, 5, 8)
    expected = features[:, -1] @ head.fc.weight[0] + head.fc.bias
    torch.testing.assert_close(head(features), expected)


@pytest.mark.parametrize('bag_size', [1, 4, 20, None])
def test_segments_of_a_bag_share_the_score_of_its_last(head, bag_size):
    head.bag_size = bag_size
    video = torch.randn(10, 2, 8)
    expected = torch.cat(
        [
            head(bag.transpose(0, 1)).sigmoid().mean().expand(len(bag))
            for group in bag_groups(video, bag_size)
            for bag in group
        ]
    )
    torch.testing.assert_close(head.segment_scores(video), expected)


def test_dropout_acts_in_training_only(head):
    features = torch.ones(2, 3, 8)
    assert head(features).equal(head(features))
    torch.manual_seed(0)
    scores = torch.stack([head.train()(features) for _ in range(20)])
    assert scores.std() > 0


def test_weight_is_xavier_normal():
    torch.manual_seed(0)
    weight = LastSegmentHead(in_channels=4000).fc.weight
    assert weight.std().item() == pytest.approx((2 / 4001) ** 0.5, rel=0.05)
    assert weight.abs().max() > 3 * weight.std()  # not uniform


def test_loss_is_binary_cross_entropy(head):
    features = torch.randn(2, 5, 8)
    samples = [labelled_sample(label) for label in (0, 1)]
    expected = F.binary_cross_entropy(head(features).sigmoid(), torch.tensor([0.0, 1.0]))
    torch.testing.assert_close(head.loss(features, samples)['loss_cls'], expected)


def test_another_width_is_refused(head):
    with pytest.raises(ValueError, match='LastSegmentHead was built with in_channels=8, got'):
        head(torch.zeros(1, 2, 9))


def test_padded_bags_are_refused():
    samples = [labelled_sample(0, bag_length=2)]
    with pytest.raises(ValueError, match='LastSegmentHead takes bags of one length'):
        LastSegmentHead(6).loss(torch.zeros(1, 3, 6), samples)
