import itertools
import math

import numpy as np
import pytest
import torch
from toy_data import labelled_sample

from mmvad.models.heads import SultaniHead
from mmvad.timeline import pooling_edges


def make_head(**options):
    torch.manual_seed(0)
    return SultaniHead(6, hidden_channels=(5, 4), **options).double().eval()


def slow_score(head, feature, relu=False, normalize=False):
    """Score one segment, number by number."""
    x = feature.tolist()
    if normalize:
        length = math.sqrt(sum(value**2 for value in x))
        x = [value / length for value in x]
    for number, layer in enumerate((head.fc1, head.fc2, head.fc3)):
        rows = zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
        x = [sum(w * v for w, v in zip(row, x, strict=True)) + bias for row, bias in rows]
        if number == 0 or (number == 1 and relu):
            x = [max(0.0, value) for value in x]
    return 1 / (1 + math.exp(-x[0]))


@pytest.mark.parametrize('relu', [False, True])
@pytest.mark.parametrize('normalize', [False, True])
def test_video_is_scored_segment_by_segment(relu, normalize):
    head = make_head(second_relu=relu, normalize=normalize)
    video = 3 * torch.randn(4, 2, 6, dtype=torch.float64)
    expected = [np.mean([slow_score(head, f, relu, normalize) for f in crops]) for crops in video]
    assert head.segment_scores(video).tolist() == pytest.approx(expected, rel=1e-6)


def test_original_widths_have_the_published_number_of_parameters():
    assert sum(p.numel() for p in SultaniHead(4096).parameters()) == 2_114_113


@pytest.mark.parametrize('num_segments', [3, 5, 13])
def test_pooled_test_video_spreads_each_score_over_its_share(num_segments):
    head = make_head(test_segments=5)
    assert head.bag_size is None
    video = torch.randn(num_segments, 2, 6, dtype=torch.float64)
    edges, expected = pooling_edges(num_segments, 5), [None] * num_segments
    for start, end in itertools.pairwise(edges):
        pooled = video[start : max(end, start + 1)].mean(0)
        score = np.mean([slow_score(head, crop) for crop in pooled])
        for segment in range(start, max(end, start + 1)):
            expected[segment] = score
    assert head.segment_scores(video).tolist() == pytest.approx(expected, rel=1e-6)


def test_bag_has_the_score_of_its_highest_segment():
    head = make_head()
    bags = torch.randn(3, 7, 6, dtype=torch.float64)
    expected = [max(slow_score(head, segment) for segment in bag) for bag in bags]
    assert head(bags).sigmoid().tolist() == pytest.approx(expected)


def test_loss_takes_the_segments_of_both_classes():
    head = make_head()
    bags = torch.randn(4, 3, 6, dtype=torch.float64)
    samples = [labelled_sample(label) for label in (1, 0, 0, 1)]
    scores = head.segment_logits(bags).sigmoid()
    expected = head.loss_cls(scores, torch.tensor([1.0, 0.0, 0.0, 1.0]))
    found = head.loss(bags, samples)
    assert sorted(found) == ['loss_ranking', 'loss_smoothness', 'loss_sparsity']
    for name, value in found.items():
        assert value.item() == pytest.approx(expected[name].item(), rel=1e-6)


@pytest.mark.parametrize('init', ['xavier_normal', 'xavier_uniform'])
def test_weights_start_as_asked(init):
    weight = SultaniHead(600, weight_init=init).fc1.weight
    deviation = math.sqrt(2 / (600 + 512))
    assert weight.std().item() == pytest.approx(deviation, rel=0.02)
    assert (weight.abs().max() <= deviation * math.sqrt(3)) == (init == 'xavier_uniform')


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(bag_size=9), 'scores segments one by one: bag_size must be 1, got 9'),
        (dict(bag_size=1, test_segments=32), 'bag_size must be None, got 1'),
        (dict(test_segments=0), 'test_segments must be at least 1, got 0'),
        (dict(weight_init='normal'), "must be 'xavier_normal' or 'xavier_uniform', got 'normal'"),
    ],
)
def test_unfit_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        SultaniHead(6, **options)


def test_padded_bags_are_refused():
    samples = [labelled_sample(0, bag_length=3), labelled_sample(1, bag_length=2)]
    with pytest.raises(ValueError, match='SultaniHead takes bags of one length, got a batch of 3'):
        make_head().loss(torch.zeros(2, 3, 6).double(), samples)
