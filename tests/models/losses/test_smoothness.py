import torch

from mmvad.models.losses.smoothness import temporal_smoothness

SCORES = torch.tensor([[0.0, 0.5, 0.25], [1.0, 1.0, 0.0]])


def test_neighbours_within_a_bag_are_compared():
    assert temporal_smoothness(SCORES).item() == 0.25 + 0.0625 + 0 + 1


def test_published_form_joins_the_bags():
    joined = temporal_smoothness(SCORES, end_to_end=True).item()
    assert joined == 0.25 + 0.0625 + 0.75**2 + 0 + 1


def test_one_segment_has_no_neighbour():
    assert temporal_smoothness(torch.ones(3, 1)).item() == 0
