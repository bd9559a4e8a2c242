import pytest
import torch
from mmaction.registry import MODELS
from toy_data import labelled_sample

from mmvad.models.heads.bags import bag_groups

WIDTH, CROPS = 6, 2
NECK = dict(type='BiLSTM', in_channels=WIDTH, hidden_channels=4)


def build(neck=None, head_type='SalientHead', bag_size=4):
    torch.manual_seed(0)
    head = dict(type=head_type, in_channels=8 if neck else WIDTH, bag_size=bag_size)
    return MODELS.build(dict(type='VideoAnomalyDetector', neck=neck, head=head)).eval()


def samples(*labels):
    return [labelled_sample(label) for label in labels]


@pytest.mark.parametrize('head_type', ['SalientHead', 'LastSegmentHead'])
@pytest.mark.parametrize('neck', [None, NECK])
@pytest.mark.parametrize('bag_size', [1, 4, 30, None])
@pytest.mark.parametrize('num_segments', [1, 4, 10])
def test_video_is_scored_as_its_bags_are_one_by_one(neck, head_type, bag_size, num_segments):
    model = build(neck, head_type, bag_size)
    video = torch.randn(num_segments, CROPS, WIDTH)
    expected = []
    for group in bag_groups(video, bag_size):
        for bag in group:  # (l, K, D)
            score = model(bag.transpose(0, 1), mode='tensor').sigmoid().mean()
            expected += [score] * len(bag)
    torch.testing.assert_close(model.segment_scores(video), torch.stack(expected))


def test_predict_adds_one_score_a_segment_to_each_video():
    model = build()
    videos = [torch.randn(num_segments, CROPS, WIDTH) for num_segments in (3, 9)]
    predicted = model(videos, samples(0, 1), mode='predict')
    for video, sample in zip(videos, predicted, strict=True):
        scores = sample.pred_segment_scores
        assert scores.dtype == torch.float32 and scores.shape == (len(video),)
        assert ((scores >= 0) & (scores <= 1)).all()
        torch.testing.assert_close(scores, model.segment_scores(video))


def test_predict_refuses_more_videos_than_samples():
    with pytest.raises(ValueError, match='argument 2 is shorter'):
        build()([torch.zeros(2, CROPS, WIDTH)] * 2, samples(0), mode='predict')


def test_loss_is_that_of_the_head_on_the_neck_s_output():
    model = build(NECK)
    bags = torch.randn(4, 5, WIDTH)
    expected = model.head.loss(model.neck(bags), samples(0, 1, 0, 1))
    assert model(bags, samples(0, 1, 0, 1), mode='loss') == expected


def test_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="mode must be 'loss', 'predict' or 'tensor', got 'train'"):
        build()(torch.zeros(1, 2, WIDTH), mode='train')


@pytest.mark.parametrize('neck', [None, NECK])
def test_a_few_steps_learn_to_tell_bags_apart(neck):
    model = build(neck).train()
    bags = torch.randn(32, 6, WIDTH)
    bags[16:, 2:4, :3] += 3
    optimizer = torch.optim.RAdam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(60):
        loss = model(bags, samples(*[0] * 16 + [1] * 16), mode='loss')['loss_cls']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize('neck', [None, NECK])
def test_attention_is_that_of_the_head_on_the_neck_s_output(neck):
    model = build(neck)
    bags = torch.randn(3, 5, WIDTH)
    logits, attention = model.score_with_attention(bags)
    assert model.has_attention
    assert logits.equal(model(bags, mode='tensor'))
    assert attention.equal(model.head.attention(bags if neck is None else model.neck(bags)))


def test_head_without_attention_says_so():
    model = build(NECK, 'LastSegmentHead')
    assert not model.has_attention
    with pytest.raises(ValueError, match='LastSegmentHead has no attention map'):
        model.score_with_attention(torch.zeros(1, 2, WIDTH))


def test_neck_sees_each_crop_of_a_video_for_itself():
    model = build(NECK)
    videos = torch.randn(3, CROPS, 5, WIDTH)
    found = model._neck(videos)
    assert found.shape == (3, CROPS, 5, 8)
    torch.testing.assert_close(found[2, 1], model.neck(videos[2, 1][None])[0])


def test_neck_is_not_given_padded_bags():
    padded = [labelled_sample(0, bag_length=3), labelled_sample(1, bag_length=5)]
    with pytest.raises(ValueError, match='BiLSTM takes bags of one length, got a batch of 5'):
        build(NECK)(torch.zeros(2, 5, WIDTH), padded, mode='loss')


def test_detector_says_what_it_needs_and_gives():
    assert build(bag_size=None).needs_whole_video and not build().needs_whole_video
    assert not build().scores_segments
    head = dict(type='HLNetHead', in_channels=WIDTH)
    whole = MODELS.build(dict(type='VideoAnomalyDetector', head=head))
    assert whole.needs_whole_video and whole.scores_segments


def test_scores_of_reordered_videos_are_given_in_the_order_of_time():
    head = dict(type='SultaniHead', in_channels=WIDTH)
    model = MODELS.build(dict(type='VideoAnomalyDetector', head=head)).eval()
    video, order = torch.randn(4, CROPS, WIDTH), [2, 0, 3, 1]
    (sample,) = model([video[order]], [labelled_sample(0, segment_order=order)], mode='predict')
    torch.testing.assert_close(sample.pred_segment_scores, model.segment_scores(video))


@pytest.mark.parametrize('gamma', [0.0, 1.0])
@pytest.mark.parametrize('neck', [None, NECK])
def test_bags_segments_and_attention_are_scored_in_one_pass(neck, gamma):
    model = build(neck)
    model.head.segment_ranking = gamma
    bags = torch.randn(3, 5, WIDTH)
    logits, of_segments, attention = model.score_bags(bags)
    expected, expected_attention = model.score_with_attention(bags)
    assert torch.equal(logits, expected) and torch.equal(attention, expected_attention)
    assert of_segments.shape == (3, 5)
    model.head.bag_size = None
    for bag, found in zip(bags, of_segments, strict=True):
        torch.testing.assert_close(found.sigmoid(), model.segment_scores(bag[:, None]))
    assert (len(of_segments.unique()) == 3) == (gamma == 0)


def test_ranked_values_are_those_of_the_neck_s_output():
    model = build(NECK)
    model.head.segment_ranking = 1.0
    model.head.bag_size = 4
    video = torch.randn(6, 2, WIDTH)
    encoded = torch.cat([model.encode_bag(video[:4]), model.encode_bag(video[4:])])  # (S, K, D')
    assert torch.equal(model.segment_scores(video), model.head.segment_scores(encoded))


def test_segments_of_a_head_that_does_not_rank_have_the_score_of_their_bag():
    model = build(NECK, 'LastSegmentHead')
    logits, of_segments, attention = model.score_bags(torch.randn(3, 5, WIDTH))
    assert model.segment_ranking == 0 and attention is None
    assert torch.equal(of_segments, logits[:, None].expand(3, 5))
