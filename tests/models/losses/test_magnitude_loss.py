import itertools
import math

import pytest
import torch

from mmvad.models.losses.magnitude_loss import MagnitudeLoss, magnitude_separation


def norm(vector):
    return math.sqrt(sum(value**2 for value in vector))


def slow_separation(anomalous, normal):
    """The separation number by number, over videos and crops."""
    terms = []
    for a_crops, n_crops in zip(anomalous, normal, strict=True):
        for a, n in zip(a_crops, n_crops, strict=True):
            a_mean = [sum(column) / len(a) for column in zip(*a, strict=True)]
            n_mean = [sum(column) / len(n) for column in zip(*n, strict=True)]
            terms.append((abs(100 - norm(a_mean)) + norm(n_mean)) ** 2)
    return sum(terms) / len(terms)


def test_separation_is_the_slow_one():
    a, n = 60 * torch.rand(3, 2, 3, 5, dtype=torch.float64), torch.rand(3, 2, 3, 5)
    expected = slow_separation(a.tolist(), n.double().tolist())
    assert magnitude_separation(a, n.double()).item() == pytest.approx(expected)


def test_each_term_has_its_weight():
    video_scores = torch.tensor([0.25, 0.5, 0.75, 0.5])
    scores = torch.rand(4, 6)
    chosen = 50 * torch.rand(4, 2, 3, 5)
    found = MagnitudeLoss()(video_scores, scores, chosen, torch.tensor([0.0, 0.0, 1.0, 1.0]))
    bce = -sum(map(math.log, (0.75, 0.5, 0.75, 0.5))) / 4
    assert found['loss_cls'].item() == pytest.approx(bce)
    separation = slow_separation(chosen[2:].tolist(), chosen[:2].tolist())
    assert found['loss_magnitude'].item() == pytest.approx(1e-4 * separation, rel=1e-5)
    rows = scores[2:].tolist()
    smooth = sum((row[t] - row[t + 1]) ** 2 for row in rows for t in range(5))
    assert found['loss_smoothness'].item() == pytest.approx(8e-4 * smooth, rel=1e-5)
    assert found['loss_sparsity'].item() == pytest.approx(
        8e-3 * norm(itertools.chain(*rows)), rel=1e-5
    )


def test_published_smoothness_joins_the_anomalous_videos():
    scores = torch.tensor([[0.0, 0.0], [1.0, 1.0], [9.0, 9.0], [0.5, 0.5]])
    targets = torch.tensor([1.0, 0.0, 0.0, 1.0])
    arguments = (torch.full((4,), 0.5), scores, torch.zeros(4, 1, 1, 2), targets)
    within, published = (
        MagnitudeLoss(smooth_end_to_end=joined)(*arguments)['loss_smoothness'].item()
        for joined in (False, True)
    )
    assert within == 0 and published == pytest.approx(8e-4 * 0.25)


def test_unequal_classes_are_refused():
    with pytest.raises(ValueError, match=r'pairs each anomalous video.*\(1, 2, 3, 4\) and \(2, 2,'):
        magnitude_separation(torch.zeros(1, 2, 3, 4), torch.zeros(2, 2, 3, 4))


def test_half_precision_context_does_not_refuse_the_scores():
    with torch.autocast('cpu', torch.bfloat16):
        found = MagnitudeLoss()(
            torch.tensor([0.5, 0.5]),
            torch.rand(2, 4),
            torch.rand(2, 1, 1, 4),
            torch.tensor([0.0, 1.0]),
        )
    assert found['loss_cls'].item() == pytest.approx(math.log(2))
