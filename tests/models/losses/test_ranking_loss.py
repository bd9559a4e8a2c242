import itertools

import pytest
import torch

from mmvad.models.losses.ranking_loss import RankingLoss, hinge_ranking


def slow_loss(scores, labels):
    """Sultani et al.'s loss, number by number."""
    anomalous = [row for row, label in zip(scores, labels, strict=True) if label]
    normal = [row for row, label in zip(scores, labels, strict=True) if not label]
    pairs = list(itertools.product(anomalous, normal))
    ranking = sum(max(0.0, 1 - max(a) + max(n)) for a, n in pairs) / len(pairs)
    smooth = sum((row[t] - row[t + 1]) ** 2 for row in anomalous for t in range(len(row) - 1))
    return ranking + 8e-5 * smooth + 8e-5 * sum(map(sum, anomalous))


def test_worked_example():
    scores = torch.tensor([[0.2, 0.9], [0.1, 0.4], [0.5, 0.3]])
    found = RankingLoss(smoothness=1, sparsity=1)(scores, torch.tensor([1.0, 0.0, 0.0]))
    assert found['loss_ranking'].item() == pytest.approx((0.5 + 0.6) / 2)
    assert found['loss_smoothness'].item() == pytest.approx(0.49)
    assert found['loss_sparsity'].item() == pytest.approx(1.1)


@pytest.mark.parametrize('labels', [[0, 0, 1, 1], [1, 0, 1, 0, 1]])
def test_terms_are_those_of_the_slow_loss(labels):
    scores = torch.rand(len(labels), 7, dtype=torch.float64)
    found = RankingLoss()(scores, torch.tensor(labels, dtype=torch.float64))
    assert sum(found.values()).item() == pytest.approx(slow_loss(scores.tolist(), labels))


def test_a_margin_of_one_costs_nothing():
    assert hinge_ranking(torch.ones(2, 3), torch.zeros(4, 3)).item() == 0
