import pytest
import torch

from mmvad.models.losses.classes import split_classes


def test_classes_are_told_by_their_labels_not_by_their_place():
    values = torch.arange(8.0).view(4, 2)
    anomalous, normal = split_classes(values, torch.tensor([1.0, 0.0, 0.0, 1.0]))
    assert anomalous.tolist() == [[0, 1], [6, 7]] and normal.tolist() == [[2, 3], [4, 5]]


@pytest.mark.parametrize(
    ('label', 'text'), [(0.0, '0 anomalous and 2'), (1.0, '2 anomalous and 0')]
)
def test_a_batch_of_one_class_is_refused(label, text):
    with pytest.raises(ValueError, match=f'the batch has {text} normal ones; BalancedSampler'):
        split_classes(torch.zeros(2, 3), torch.full((2,), label))
