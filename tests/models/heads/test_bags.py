import pytest
import torch
from toy_data import labelled_sample

from mmvad.models.heads.bags import (
    bag_groups,
    bag_mask,
    check_width,
    init_linear_xavier,
    refuse_bag_size,
    refuse_padding,
    score_segments_by_bag,
    video_labels,
)


def sample(label):
    return labelled_sample(label)


@pytest.mark.parametrize(
    ('bag_size', 'shapes'),
    [
        (3, [(2, 3), (1, 1)]),
        (7, [(1, 7)]),
        (9, [(1, 7)]),
        (1, [(7, 1)]),
        (None, [(1, 7)]),
    ],
)
def test_groups_are_full_bags_then_the_short_one(bag_size, shapes):
    video = torch.arange(7.0).view(7, 1, 1).expand(7, 2, 4)
    groups = bag_groups(video, bag_size)
    assert [tuple(group.shape[:2]) for group in groups] == shapes
    assert torch.cat([group.flatten(0, 1) for group in groups]).equal(video)


def test_groups_are_views():
    video = torch.zeros(7, 2, 4)
    assert {group.untyped_storage().data_ptr() for group in bag_groups(video, 3)} == {
        video.untyped_storage().data_ptr()
    }


def test_score_is_the_mean_over_crops_of_sigmoid_scores():
    video = torch.tensor([[[0.0], [2.0]], [[1.0], [-4.0]], [[3.0], [0.5]]])  # (3, 2, 1)
    scores = score_segments_by_bag(video, 2, lambda bags: bags.sum((1, 3)))
    first = (torch.tensor([1.0, -2.0]).sigmoid()).mean()
    last = (torch.tensor([3.0, 0.5]).sigmoid()).mean()
    torch.testing.assert_close(scores, torch.stack([first, first, last]))


def test_half_precision_logits_give_float32_scores():
    scores = score_segments_by_bag(torch.zeros(3, 1, 1), 2, lambda bags: bags.sum((1, 3)).half())
    assert scores.dtype == torch.float32


def test_labels_become_float_targets():
    targets = video_labels([sample(0), sample(1)], torch.device('cpu'))
    assert targets.dtype == torch.float32
    assert targets.tolist() == [0, 1]


@pytest.mark.parametrize('labels', [[0, 2], [-1, 1], [[0, 1], 1]])
def test_other_labels_are_refused(labels):
    message = r'expected one label per video, 0 \(normal\) or 1 \(anomalous\), got \['
    with pytest.raises(ValueError, match=message):
        video_labels([sample(label) for label in labels], torch.device('cpu'))


def test_check_width_names_the_module_and_both_widths():
    with pytest.raises(
        ValueError, match=r'Linear was built with in_channels=8, got features of width 4, shape \(2'
    ):
        check_width(torch.zeros(2, 3, 4), 8, torch.nn.Linear(1, 1))


def test_mask_tells_padding_where_there_is_some():
    padded = [labelled_sample(0, bag_length=length) for length in (3, 1)]
    assert bag_mask(padded, 3, torch.device('cpu')).tolist() == [[True] * 3, [True, False, False]]
    assert bag_mask([labelled_sample(0)] * 2, 3, torch.device('cpu')) is None
    with pytest.raises(ValueError, match=r'expected bags of 1 to 2 segments, got \[3, 1\]'):
        bag_mask(padded, 2, torch.device('cpu'))


def test_padded_bags_are_refused_by_name():
    refuse_padding([labelled_sample(0, bag_length=3)], 3, torch.nn.Identity())
    message = 'Identity takes bags of one length, got a batch of 3 segments with a bag of 2'
    with pytest.raises(ValueError, match=message):
        refuse_padding([labelled_sample(0, bag_length=2)], 3, torch.nn.Identity())


def test_a_bag_size_that_a_head_does_not_know_is_refused():
    refuse_bag_size(torch.nn.Identity(), 1, 1, 'is alone')
    with pytest.raises(ValueError, match='Identity is alone: bag_size must be 1, got None'):
        refuse_bag_size(torch.nn.Identity(), None, 1, 'is alone')


def test_xavier_weights_come_with_zero_biases():
    layers = torch.nn.Sequential(torch.nn.Linear(300, 200), torch.nn.Conv1d(4, 4, 3, bias=False))
    init_linear_xavier(layers)
    assert not layers[0].bias.any()
    assert layers[0].weight.abs().max().item() == pytest.approx((6 / 500) ** 0.5, rel=0.01)
