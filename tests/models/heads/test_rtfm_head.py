import pytest
import torch
from toy_data import labelled_sample

from mmvad.models.heads import RTFMHead
from mmvad.models.necks import MultiScaleTemporal

N, K, T, D = 4, 3, 20, 8


def make_head(**options):
    torch.manual_seed(0)
    return RTFMHead(D, hidden_channels=(6, 5), **options).double().eval()


def slow_scores(head, crops):
    """Score the segments of one video, (K, T, D) -> T numbers, crop by crop."""
    scores = []
    for t in range(crops.shape[1]):
        each = []
        for crop in crops[:, t]:
            x = crop
            for layer in (head.fc1, head.fc2):
                x = (layer.weight @ x + layer.bias).clamp(min=0)
            each.append((head.fc3.weight @ x + head.fc3.bias).sigmoid().item())
        scores.append(sum(each) / len(each))
    return scores


def test_published_width_has_the_published_number_of_parameters():
    with torch.device('meta'):
        modules = (MultiScaleTemporal(2048), RTFMHead(2048))
    assert sum(p.numel() for module in modules for p in module.parameters()) == 24_718_849


def test_video_is_judged_by_a_tenth_of_its_segments_with_the_largest_features():
    head = make_head()
    features = torch.randn(N, K, T, D, dtype=torch.float64)
    video_scores, scores, chosen = head.judge(features)
    for video, judged, found, kept in zip(features, video_scores, scores, chosen, strict=True):
        expected = slow_scores(head, video)
        assert found.tolist() == pytest.approx(expected, rel=1e-6)
        magnitudes = [sum(float(video[crop, t].norm()) for crop in range(K)) / K for t in range(T)]
        best = sorted(range(T), key=lambda t: -magnitudes[t])[: T // 10]
        assert judged.item() == pytest.approx(sum(expected[t] for t in best) / len(best), rel=1e-6)
        assert kept.equal(video[:, best])


def test_whole_video_has_the_mean_of_its_crops_scores():
    head = make_head()
    video = torch.randn(7, K, D, dtype=torch.float64)
    expected = slow_scores(head, video.transpose(0, 1))
    assert head.segment_scores(video).tolist() == pytest.approx(expected, rel=1e-6)


def test_short_videos_are_judged_by_one_segment():
    assert make_head().judge(torch.randn(2, K, 5, D).double())[2].shape == (2, K, 1, D)


def test_bag_of_one_crop_has_the_logit_of_its_video_score():
    head = make_head()
    bags = torch.randn(N, T, D, dtype=torch.float64)
    torch.testing.assert_close(head(bags).sigmoid(), head.judge(bags[:, None])[0])


def test_dropout_hides_segments_from_the_choice_in_training():
    head = make_head(dropout=0.9).train()
    magnitudes = torch.ones(1, 1, T, D).double() * torch.arange(1, T + 1)[:, None]
    chosen = {tuple(sorted(head._choose(magnitudes)[0].tolist())) for _ in range(20)}
    assert len(chosen) > 5
    assert head.eval()._choose(magnitudes).tolist() == [[T - 1, T - 2]]


def test_loss_has_the_terms_of_scores_and_features():
    head = make_head()
    features = torch.randn(N, K, T, D, dtype=torch.float64)
    samples = [labelled_sample(label) for label in (0, 1, 0, 1)]
    targets = torch.tensor([0.0, 1.0, 0.0, 1.0])
    expected = head.loss_cls(*head.judge(features), targets)
    assert head.loss(features, samples) == expected
    assert sorted(expected) == ['loss_cls', 'loss_magnitude', 'loss_smoothness', 'loss_sparsity']


def test_crops_apart_a_bag_size_and_padding_are_refused():
    head = make_head()
    with pytest.raises(ValueError, match=r'all crops of a video together.*\(2, 5, 8\); crops_toge'):
        head.loss(torch.zeros(2, 5, D).double(), [labelled_sample(0), labelled_sample(1)])
    with pytest.raises(ValueError, match='looks at whole videos: bag_size must be None, got 4'):
        RTFMHead(D, bag_size=4)
    padded = [labelled_sample(0, bag_length=4), labelled_sample(1, bag_length=5)]
    with pytest.raises(ValueError, match='got a batch of 5 segments with a bag of 4; pooled=True'):
        head.loss(torch.zeros(2, 1, 5, D).double(), padded)
