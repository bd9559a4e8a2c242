import pytest
import torch
from toy_data import labelled_sample

from mmvad.models.heads import HLNetHead
from mmvad.models.heads.graph_layers import distance_graph, score_graph, similarity_graph

D = 12


@pytest.fixture
def head():
    torch.manual_seed(0)
    head = HLNetHead(D).eval()
    for parameter in head.parameters():  # biases too, so that padding would show
        torch.nn.init.normal_(parameter, std=0.2)
    return head


def slow_logits(head, video):
    """Score one video (T, D) step by step, offline and online."""
    x = video
    for layer in (head.embed1, head.embed2):
        x = (x @ layer.weight[:, :, 0].t() + layer.bias).relu()
    hidden = x
    for layer in (head.approximator[0], head.approximator[2]):
        hidden = (hidden @ layer.weight[:, :, 0].t() + layer.bias).relu()
    kernel, bias = head.approximator_out.weight[0], head.approximator_out.bias  # (32, 5)
    online = []
    for t in range(len(video)):
        seen = [(4 - back, t - back) for back in range(5) if t - back >= 0]
        online.append(bias + sum(kernel[:, tap] @ hidden[at] for tap, at in seen))
    online = torch.cat(online)
    mask = torch.ones(1, len(video)).bool()
    branches = []
    for branch, graph in (
        (head.holistic, similarity_graph(video[None], mask)),
        (head.localised, distance_graph(mask)),
        (head.by_score, score_graph(online.sigmoid()[None], mask)),
    ):
        y = x[None]
        for layer in branch:
            y = layer(y, graph).relu()
        branches.append(y[0])
    joined = torch.cat(branches, dim=1)
    return joined @ head.classifier.weight[0] + head.classifier.bias, online


@pytest.mark.parametrize(('width', 'count'), [(1024, 769_155), (1152, 842_883)])
def test_published_widths_have_the_published_numbers_of_parameters(width, count):
    with torch.device('meta'):
        assert sum(p.numel() for p in HLNetHead(width).parameters()) == count


def test_video_is_scored_as_step_by_step(head):
    video = torch.rand(20, D)
    offline, online = head.segment_logits(video[None])
    expected, expected_online = slow_logits(head, video)
    torch.testing.assert_close(offline[0], expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(online[0], expected_online, atol=1e-4, rtol=1e-4)


def test_padding_changes_nothing(head):
    videos, lengths = [torch.rand(length, D) for length in (9, 20, 1)], (9, 20, 1)
    mask = torch.arange(20) < torch.tensor(lengths)[:, None]
    batch = torch.nn.utils.rnn.pad_sequence(videos, batch_first=True)
    offline, online = head.segment_logits(batch, mask)
    for index, video in enumerate(videos):
        alone, alone_online = head.segment_logits(video[None])
        torch.testing.assert_close(offline[index, : len(video)], alone[0], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(
            online[index, : len(video)], alone_online[0], atol=1e-5, rtol=1e-4
        )
        torch.testing.assert_close(
            head(batch, mask)[index], head(video[None])[0], rtol=1e-4, atol=1e-5
        )


def test_loss_and_gradient_do_not_depend_on_padding(head):
    bags, labels = [torch.rand(length, D) for length in (9, 17)], (0, 1)
    samples = [
        labelled_sample(label, bag_length=len(bag)) for label, bag in zip(labels, bags, strict=True)
    ]
    batch = torch.nn.utils.rnn.pad_sequence(bags, batch_first=True)
    gradients, losses = [], []
    for more in (0, 6):
        head.zero_grad()
        found = head.loss(torch.nn.functional.pad(batch, (0, 0, 0, more)), samples)
        sum(found.values()).backward()
        losses.append({name: value.item() for name, value in found.items()})
        gradients.append(head.embed1.weight.grad.clone())
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    torch.testing.assert_close(*gradients, atol=1e-6, rtol=1e-4)


def test_online_scores_do_not_see_what_comes(head):
    video = torch.rand(1, 12, D)
    other = torch.cat([video[:, :8], torch.rand(1, 4, D)], dim=1)
    (_, first), (_, second) = head.segment_logits(video), head.segment_logits(other)
    torch.testing.assert_close(first[:, :8], second[:, :8])
    assert not first[:, 8:].allclose(second[:, 8:])


def test_video_score_is_the_mean_of_its_crops(head):
    video = torch.rand(10, 3, D)
    crops = [head.segment_logits(video[None, :, crop])[0][0].sigmoid() for crop in range(3)]
    torch.testing.assert_close(head.segment_scores(video), sum(crops) / 3)


def test_unused_modules_get_no_gradient_and_all_others_one(head):
    samples = [labelled_sample(label) for label in (0, 1)]
    sum(head.loss(torch.rand(2, 30, D), samples).values()).backward()
    without = {name for name, parameter in head.named_parameters() if parameter.grad is None}
    assert without == {name for name, _ in head.named_parameters() if name.startswith('unused_')}


def test_what_is_no_bag_and_a_bag_size_are_refused(head):
    with pytest.raises(ValueError, match=r'expected bags of shape \(N, T, D\).*\(1, 2, 3, 12\)'):
        head.segment_logits(torch.zeros(1, 2, 3, D))
    with pytest.raises(ValueError, match='HLNetHead looks at whole videos: bag_size must be None'):
        HLNetHead(D, bag_size=4)
    with pytest.raises(ValueError, match=r'expected bags of 1 to 5 segments, got \[7\]'):
        head.loss(torch.zeros(1, 5, D), [labelled_sample(0, bag_length=7)])
