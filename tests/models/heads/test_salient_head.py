import pytest
import torch
import torch.nn.functional as F
from torch import nn
from toy_data import labelled_sample

from mmvad.models.heads import SalientHead
from mmvad.models.heads.bags import bag_groups

WIDTH, CROPS = 12, 3


@pytest.fixture
def head():
    torch.manual_seed(0)
    return SalientHead(
        WIDTH, attention_channels=5, num_hops=2, hidden_channels=4, bag_size=4
    ).eval()


def bags(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def samples(*labels):
    return [labelled_sample(label) for label in labels]


def test_every_linear_layer_has_a_bias():
    linear = [module for module in SalientHead(8).modules() if isinstance(module, nn.Linear)]
    assert len(linear) == 4
    assert all(module.bias is not None for module in linear)


def test_score_is_the_paper_s_formula_flattened_channel_first(head):
    features = bags(6, 7, WIDTH)
    logits, attention = head(features, return_attention=True)
    salient = torch.einsum('ntd,nrt->ndr', features, attention)
    weight = head.fc1.weight.view(4, WIDTH, 2)  # index of the input is d * R + r
    hidden = torch.einsum('ndr,hdr->nh', salient, weight) + head.fc1.bias
    torch.testing.assert_close(logits, hidden @ head.fc2.weight[0] + head.fc2.bias)


def test_hops_first_flattening_would_differ(head):
    features = bags(6, 7, WIDTH)
    logits, attention = head(features, return_attention=True)
    hops_first = torch.einsum('nrt,ntd->nrd', attention, features).flatten(1)
    assert not head.fc2(head.fc1(hops_first)).squeeze(-1).allclose(logits)


def test_permuting_segments_leaves_the_score_unchanged(head):
    features = bags(6, 9, WIDTH)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(3))
    logits, attention = head(features, return_attention=True)
    permuted_logits, permuted_attention = head(features[:, order], return_attention=True)
    torch.testing.assert_close(permuted_logits, logits)
    torch.testing.assert_close(permuted_attention, attention[:, :, order])


def test_attention_of_a_bag_is_returned_on_request_only(head):
    logits, attention = head(bags(6, 9, WIDTH), return_attention=True)
    assert logits.shape == (6,) and attention.shape == (6, 2, 9)
    assert head(bags(6, 9, WIDTH)).equal(logits)


@pytest.mark.parametrize('lengths', [(9, 4, 1), (2, 9, 9)])
def test_mask_equals_cutting_the_padding_off(head, lengths):
    features = bags(3, 9, WIDTH)
    mask = torch.arange(9) < torch.tensor(lengths)[:, None]
    expected = torch.cat(
        [head(bag[None, :length]) for bag, length in zip(features, lengths, strict=True)]
    )
    torch.testing.assert_close(head(features, mask), expected)


@pytest.mark.parametrize('bag_size', [1, 4, 5, 11, 50, None])
@pytest.mark.parametrize('num_segments', [1, 4, 11])
def test_folded_projection_equals_the_paper_s_form(head, bag_size, num_segments):
    head.bag_size = bag_size
    video = bags(num_segments, CROPS, WIDTH)
    expected = []
    for group in bag_groups(video, bag_size):  # (m, l, K, D)
        logits = head(group.transpose(1, 2).flatten(0, 1)).view(-1, CROPS)  # (m, K)
        expected.append(logits.sigmoid().mean(1).repeat_interleave(group.shape[1]))
    scores = head.segment_scores(video)
    assert scores.shape == (num_segments,)
    torch.testing.assert_close(scores, torch.cat(expected))


@pytest.mark.parametrize('bag_size', [2, 4])
def test_folded_projection_survives_half_precision_within_its_step(head, bag_size):
    head.bag_size = bag_size
    video = bags(11, CROPS, WIDTH)
    with torch.autocast('cpu', torch.bfloat16):
        rounded = head.segment_scores(video)
    assert rounded.dtype == torch.float32
    torch.testing.assert_close(rounded, head.segment_scores(video), atol=0.02, rtol=0)


def test_scores_of_crops_are_averaged_after_the_sigmoid(head):
    head.bag_size = None
    video = 20 * bags(5, CROPS, WIDTH)
    logits = head(video.transpose(0, 1))
    score = head.segment_scores(video)[0]
    torch.testing.assert_close(score, logits.sigmoid().mean())
    assert not score.isclose(logits.mean().sigmoid())


def test_dropout_acts_on_attention_weights_only(head):
    features = bags(64, 7, WIDTH)
    _, expected = head(features, return_attention=True)
    logits, attention = head.train()(features, return_attention=True)
    dropped = attention == 0
    assert 0.2 < dropped.float().mean() < 0.4
    torch.testing.assert_close(attention[~dropped], expected[~dropped] / 0.7)
    salient = torch.einsum('ntd,nrt->ndr', features, attention)
    torch.testing.assert_close(logits, head.fc2(head.fc1(salient.flatten(1))).squeeze(-1))


def test_loss_is_binary_cross_entropy_of_the_sigmoid(head):
    features = bags(4, 7, WIDTH)
    labels = torch.tensor([0.0, 1.0, 1.0, 0.0])
    score = head(features).sigmoid()
    expected = -(labels * score.log() + (1 - labels) * (1 - score).log()).mean()
    losses = head.loss(features, samples(0, 1, 1, 0))
    assert list(losses) == ['loss_cls']
    torch.testing.assert_close(losses['loss_cls'], expected)


def test_loss_of_half_precision_features_is_float32(head):
    with torch.autocast('cpu', torch.bfloat16):
        losses = head.loss(bags(4, 7, WIDTH), samples(0, 1, 1, 0))
    assert losses['loss_cls'].dtype == torch.float32


def test_every_parameter_gets_a_gradient(head):
    head.train().loss(bags(8, 7, WIDTH), samples(*[0, 1] * 4))['loss_cls'].backward()
    without = [name for name, value in head.named_parameters() if value.grad.abs().max() == 0]
    assert without == []


@pytest.mark.parametrize('label', [2, -1])
def test_labels_other_than_0_and_1_are_refused(head, label):
    with pytest.raises(ValueError, match='expected one label per video, 0'):
        head.loss(bags(2, 7, WIDTH), samples(0, label))


def test_another_width_is_refused(head):
    message = f'SalientHead was built with in_channels={WIDTH}, got features of width 5'
    with pytest.raises(ValueError, match=message):
        head(bags(2, 7, 5))
    with pytest.raises(ValueError, match=message):
        head.segment_scores(bags(7, CROPS, 5))


def test_a_tensor_that_is_no_bag_is_refused(head):
    with pytest.raises(ValueError, match=r'expected bags of shape \(N, T, D\), got .*\(7, 12\)'):
        head(bags(7, WIDTH))


@pytest.mark.parametrize(
    'name',
    ['in_channels', 'attention_channels', 'num_hops', 'hidden_channels', 'num_crops', 'bag_size'],
)
def test_counts_below_one_are_refused(name):
    with pytest.raises(ValueError, match=f'SalientHead: {name} must be at least 1, got 0'):
        SalientHead(**{'in_channels': 8, name: 0})


# as cls_head of a recognizer: maps of clips


@pytest.mark.parametrize('shape', [(), (2, 3), (2, 3, 4)])
def test_maps_are_pooled_over_space_and_time_and_clips_form_the_bag(head, shape):
    maps = bags(2 * 5, WIDTH, *shape)
    pooled = maps.reshape(10, WIDTH, -1).mean(-1)
    expected = F.binary_cross_entropy_with_logits(
        head(pooled.view(2, 5, WIDTH)), torch.tensor([1.0, 0.0])
    )
    torch.testing.assert_close(head.loss(maps, samples(1, 0))['loss_cls'], expected)


@pytest.mark.parametrize('num_crops', [1, 3])
def test_prediction_averages_crop_major_views(head, num_crops):
    head.num_crops = num_crops
    maps = bags(2 * num_crops * 5, WIDTH, 3, 3)  # video, crop, clip
    clips = maps.flatten(2).mean(-1).view(2, num_crops, 5, WIDTH)
    scores = head(clips.flatten(0, 1)).sigmoid().view(2, num_crops).mean(1)
    predicted = head.predict(maps, samples(0, 1))
    for sample, score in zip(predicted, scores, strict=True):
        torch.testing.assert_close(sample.pred_score, torch.stack([1 - score, score]))
        assert int(sample.pred_label) == int(score >= 0.5)


def test_fcn_test_is_refused(head):
    maps = bags(5, WIDTH, 3, 3)
    with pytest.raises(ValueError, match='SalientHead attends over clips; remove fcn_test'):
        head.predict(maps, samples(0), fcn_test=True)
    with pytest.raises(ValueError, match='SalientHead attends over clips; remove fcn_test'):
        head.loss(maps, samples(0), fcn_test=True)


def test_views_that_do_not_divide_are_refused(head):
    head.num_crops = 3
    with pytest.raises(ValueError, match='8 clips do not divide into 3 bags; is num_crops=3 what'):
        head.predict(bags(8, WIDTH, 2, 2), samples(0))


def test_what_is_no_map_is_refused(head):
    with pytest.raises(ValueError, match=r'expected one map per clip, .* got tuple'):
        head.predict((bags(8, WIDTH, 2, 2),), samples(0))
    with pytest.raises(ValueError, match=r'expected one map per clip, .* got \(8, 12, 2\)'):
        head.predict(bags(8, WIDTH, 2), samples(0))


def test_score_of_exactly_one_half_is_anomalous(head):
    for parameter in head.fc2.parameters():
        parameter.data.zero_()
    (sample,) = head.predict(bags(8, WIDTH, 2, 2), samples(0))
    assert (sample.pred_score.tolist(), int(sample.pred_label)) == ([0.5, 0.5], 1)


def test_loss_of_padded_bags_is_that_of_the_bags():
    torch.manual_seed(0)
    head = SalientHead(6).eval()
    bags = [torch.randn(length, 6) for length in (5, 3)]
    samples = [labelled_sample(label, bag_length=len(bag)) for label, bag in enumerate(bags)]
    batch = torch.nn.utils.rnn.pad_sequence(bags, batch_first=True)
    logits = torch.cat([head(bag[None]) for bag in bags])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, torch.tensor([0.0, 1.0])
    )
    torch.testing.assert_close(head.loss(batch, samples)['loss_cls'], expected)


def published_scores(head, video):
    """Score as before there was `segment_ranking`: one sigmoid a bag and crop, repeated."""
    scores = []
    for group in bag_groups(video, head.bag_size):  # (m, l, K, D)
        logits = head.attend_values(*head.project_segments(group), dim=1)  # (m, K)
        scores.append(logits.float().sigmoid().mean(dim=1).repeat_interleave(group.shape[1]))
    return torch.cat(scores)


def ranked_by_forward(head, video, gamma):
    """Rank with nothing but `forward`: e_t + b is the logit of a bag of segment t alone."""
    own = torch.stack([head(segment[:, None]) for segment in video])  # (S, K)
    scores = []
    for start in range(0, len(video), head.bag_size or len(video)):
        bag = slice(start, start + (head.bag_size or len(video)))
        logits = head(video[bag].transpose(0, 1)) + gamma * (own[bag] - own[bag].mean(0))  # (l, K)
        scores.append(logits.sigmoid().mean(1))
    return torch.cat(scores)


@pytest.mark.parametrize('bag_size', [1, 3, 4, None])
def test_without_ranking_scores_are_the_published_ones_bit_by_bit(head, bag_size):
    head.bag_size = bag_size
    assert head.segment_ranking == 0
    video = 5 * bags(11, CROPS, WIDTH)
    assert torch.equal(head.segment_scores(video), published_scores(head, video))


@pytest.mark.parametrize('bag_size', [1, 3, 4, None])
@pytest.mark.parametrize('gamma', [0.25, 1.0, 2.0])
def test_ranked_scores_are_those_of_the_formula(head, bag_size, gamma):
    head.bag_size, head.segment_ranking = bag_size, gamma
    video = 5 * bags(11, CROPS, WIDTH)
    scores = head.segment_scores(video)
    torch.testing.assert_close(scores, ranked_by_forward(head, video, gamma))
    assert len(scores.unique()) == 11


def test_ranking_bags_of_one_segment_changes_nothing(head):
    head.bag_size = 1
    video = 5 * bags(7, CROPS, WIDTH)
    expected = head.segment_scores(video)
    head.segment_ranking = 1.0
    assert torch.equal(head.segment_scores(video), expected)


def test_permuting_a_bag_permutes_its_ranked_scores(head):
    head.bag_size, head.segment_ranking = None, 1.0
    video = 5 * bags(9, CROPS, WIDTH)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(3))
    permuted = head.segment_scores(video[order])
    torch.testing.assert_close(permuted, head.segment_scores(video)[order])


def test_ranks_of_a_bag_have_the_mean_of_its_logit(head):
    head.segment_ranking = 1.0
    features = bags(6, 7, WIDTH)
    logits = head(features)
    ranked = head.segment_logits(features, logits)
    assert ranked.shape == (6, 7)
    torch.testing.assert_close(ranked.mean(1), logits)


def test_training_and_the_score_of_a_bag_know_no_ranking(head):
    features = bags(6, 7, WIDTH)
    expected = head(features), head.loss(features, samples(*[0, 1] * 3))['loss_cls']
    head.segment_ranking = 1.0
    assert torch.equal(head(features), expected[0])
    assert torch.equal(head.loss(features, samples(*[0, 1] * 3))['loss_cls'], expected[1])


@pytest.mark.parametrize('gamma', [-0.5, float('nan'), float('inf')])
def test_a_ranking_that_is_negative_or_no_number_is_refused(gamma):
    with pytest.raises(ValueError, match='segment_ranking must be at least 0 and finite, got'):
        SalientHead(WIDTH, segment_ranking=gamma)


def test_a_recognizer_refuses_to_rank(head):
    head.segment_ranking = 1.0
    with pytest.raises(ValueError, match='a recognizer gives each video one score: leave it at 0'):
        head.predict(torch.randn(4, WIDTH), samples(0, 1))
