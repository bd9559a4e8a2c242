import math

import pytest
import torch

from mmvad.models.losses.distillation_loss import DistillationLoss, distillation, top_mean

LENGTHS = (15, 16, 33, 1)


def mask_of(lengths, total=40):
    return torch.arange(total) < torch.tensor(lengths)[:, None]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def slow_top_mean(row, length):
    count = length // 16 + 1
    return sum(sorted(row[:length], reverse=True)[:count]) / count


def test_top_segments_are_counted_by_the_true_length():
    logits = torch.randn(4, 40)
    found = top_mean(logits, mask_of(LENGTHS)).tolist()
    expected = [slow_top_mean(*pair) for pair in zip(logits.tolist(), LENGTHS, strict=True)]
    assert found == pytest.approx(expected, abs=1e-6)


def test_loss_is_that_of_the_slow_sums():
    offline, online = torch.randn(2, 4, 40)
    labels = [0, 1, 1, 0]
    found = DistillationLoss()(offline, online, mask_of(LENGTHS), torch.tensor(labels).float())
    for name, logits in (('loss_offline', offline), ('loss_online', online)):
        scores = [
            sigmoid(slow_top_mean(*pair)) for pair in zip(logits.tolist(), LENGTHS, strict=True)
        ]
        terms = [-math.log(s if label else 1 - s) for s, label in zip(scores, labels, strict=True)]
        assert found[name].item() == pytest.approx(sum(terms) / 4, rel=1e-4)
    bags = []
    for a, b, length in zip(offline.tolist(), online.tolist(), LENGTHS, strict=True):
        terms = [-sigmoid(a[t]) * math.log(sigmoid(b[t])) for t in range(length)]
        bags.append(sum(terms) / length)
    assert found['loss_distillation'].item() == pytest.approx(5 * sum(bags) / 4, rel=1e-4)


def test_only_the_online_branch_learns_from_the_distillation():
    offline, online = (torch.randn(2, 3, requires_grad=True) for _ in range(2))
    distillation(offline, online, mask_of((3, 2), 3)).backward()
    assert offline.grad is None
    assert online.grad[0].abs().min() > 0 and online.grad[1, 2] == 0
