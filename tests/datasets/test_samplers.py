from collections import Counter
from itertools import chain
from types import SimpleNamespace

import numpy as np
import pytest
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.dataset import DefaultSampler

from mmvad.datasets import BalancedSampler


def labelled(num_normal, num_anomalous):
    """A data set whose classes are mixed."""
    labels = np.array([0] * num_normal + [1] * num_anomalous)
    np.random.default_rng(0).shuffle(labels)
    return Labelled(labels)


class Labelled(SimpleNamespace):
    def __init__(self, labels):
        super().__init__(labels=labels)

    def __len__(self):
        return len(self.labels)


def sampler(data, batch_size=8, seed=5, **options):
    return BalancedSampler(DefaultSampler(data, shuffle=True, seed=seed), batch_size, **options)


def test_every_batch_is_half_normal_half_anomalous():
    data = labelled(50, 70)
    batches = list(sampler(data))
    assert len(batches) > 0
    for batch in batches:
        assert data.labels[batch].tolist() == [0] * 4 + [1] * 4


def test_no_bag_comes_twice_in_an_epoch():
    counts = Counter(index for batch in sampler(labelled(50, 70)) for index in batch)
    assert set(counts.values()) == {1}


def test_ucf_crime_has_249_batches():
    batches = sampler(labelled(800 * 10, 810 * 10), batch_size=64)
    assert len(batches) == 249
    assert len(list(batches)) == 249


@pytest.mark.parametrize(
    ('num_smaller', 'expected'), [(4, 1), (5, 1), (8, 1), (9, 2), (12, 2), (13, 3)]
)
@pytest.mark.parametrize('swap', [False, True])
def test_epoch_ends_before_the_smaller_class_is_used_up(num_smaller, expected, swap):
    sizes = (100, num_smaller) if swap else (num_smaller, 100)
    batches = sampler(labelled(*sizes))
    assert len(batches) == len(list(batches)) == expected


def test_same_seed_and_epoch_give_the_same_batches():
    data = labelled(50, 70)
    assert list(sampler(data)) == list(sampler(data))
    assert list(sampler(data)) != list(sampler(data, seed=6))


def test_set_epoch_changes_the_order_and_repeats_it():
    batches = sampler(labelled(50, 70))
    first = list(batches)
    batches.set_epoch(1)
    second = list(batches)
    batches.set_epoch(0)
    assert second != first
    assert list(batches) == first


def test_classes_are_shuffled_independently():
    data = Labelled(np.array([0] * 50 + [1] * 50))
    batches = np.array(list(sampler(data)))
    assert (batches[:, :4] + 50 != batches[:, 4:]).any()


def test_replacement_draws_as_many_batches_as_asked():
    data = labelled(3, 2)
    batches = list(sampler(data, replacement=True, num_batches=40))
    assert len(batches) == 40
    for batch in batches:
        assert data.labels[batch].tolist() == [0] * 4 + [1] * 4
    assert set(np.concatenate(batches)) == set(range(5))


def batches_of_rank(data, rank, world_size, **options):
    return list(sampler(data, dist_info=lambda: (rank, world_size), **options))


@pytest.mark.parametrize('world_size', [2, 4])
def test_ranks_are_disjoint_and_equally_long(world_size):
    data = labelled(100, 130)
    ranks = [batches_of_rank(data, rank, world_size) for rank in range(world_size)]
    assert {len(batches) for batches in ranks} == {99 // (4 * world_size)}
    counts = Counter(index for batches in ranks for batch in batches for index in batch)
    assert set(counts.values()) == {1}
    for batch in chain.from_iterable(ranks):
        assert data.labels[batch].tolist() == [0] * 4 + [1] * 4


def test_two_ranks_of_half_a_batch_take_what_one_takes():
    data = labelled(100, 130)
    one = batches_of_rank(data, 0, 1, batch_size=8)
    two = [batches_of_rank(data, rank, 2, batch_size=4) for rank in range(2)]
    assert len(one) == len(two[0])
    for batch, first, second in zip(one, *two, strict=True):
        assert sorted(batch) == sorted(first + second)


def test_ranks_draw_differently_with_replacement(monkeypatch):
    data = labelled(50, 50)
    options = dict(replacement=True, num_batches=5)
    ranks = [batches_of_rank(data, rank, 2, **options) for rank in range(2)]
    assert ranks[0] != ranks[1]


def sample_in_process(rank, world_size, folder):
    dist.init_process_group(
        'gloo', init_method=f'file://{folder}/store', rank=rank, world_size=world_size
    )
    data = labelled(100, 130)
    default = DefaultSampler(data, shuffle=True)  # no seed: the ranks must agree on one
    np.save(f'{folder}/{rank}.npy', np.array(list(BalancedSampler(default, 8))))
    dist.destroy_process_group()


def test_two_real_processes_are_disjoint_and_equally_long(tmp_path):
    mp.start_processes(sample_in_process, (2, tmp_path), nprocs=2, start_method='fork')
    ranks = [np.load(tmp_path / f'{rank}.npy') for rank in range(2)]
    assert ranks[0].shape == ranks[1].shape == (12, 8)
    assert len(np.unique(ranks)) == 2 * 12 * 8


@pytest.mark.parametrize('batch_size', [0, 1, 7])
def test_odd_batch_size_is_refused(batch_size):
    message = f'batch_size must be even, half normal and half anomalous, got {batch_size}'
    with pytest.raises(ValueError, match=message):
        sampler(labelled(50, 70), batch_size)


@pytest.mark.parametrize(('sizes', 'name'), [((0, 9), 'normal'), ((9, 0), 'anomalous')])
def test_empty_class_is_refused(sizes, name):
    message = f'the training data has no {name} bag; weak supervision needs both'
    for options in ({}, dict(replacement=True, num_batches=3)):
        with pytest.raises(ValueError, match=message):
            sampler(labelled(*sizes), **options)


def test_class_smaller_than_half_a_batch_is_refused():
    message = r'takes 4 bags of each class \(8 on 1 ranks\), the smaller class has 3; lower batch'
    with pytest.raises(ValueError, match=message):
        sampler(labelled(3, 70))


def test_replacement_needs_the_number_of_batches():
    with pytest.raises(ValueError, match='replacement=True needs num_batches, the length of an ep'):
        sampler(labelled(50, 70), replacement=True)


@pytest.mark.parametrize('world_size', [1, 2])
def test_longer_epoch_shuffles_each_class_again_when_it_is_used_up(world_size):
    data = labelled(18, 70)
    ranks = [batches_of_rank(data, r, world_size, num_batches=6) for r in range(world_size)]
    drawn = np.array(ranks)  # (world, 6, 8)
    normal = drawn[..., :4].swapaxes(0, 1).reshape(6, -1)  # batches of all ranks, in order
    per_pass = 18 // (4 * world_size)
    for start in range(0, 6, per_pass):
        found = normal[start : start + per_pass]
        assert len(np.unique(found)) == found.size
    assert len(np.unique(drawn[..., 4:])) == drawn[..., 4:].size  # 70 last for the epoch
    assert not np.array_equal(normal[:per_pass], normal[per_pass : 2 * per_pass])


def test_shorter_epoch_is_the_beginning_of_the_whole_one():
    data = labelled(50, 70)
    assert list(sampler(data, num_batches=3)) == list(sampler(data))[:3]


def test_number_of_batches_does_not_hide_a_class_that_is_too_small():
    with pytest.raises(ValueError, match='the smaller class has 3; lower batch'):
        sampler(labelled(3, 70), num_batches=10)


def test_no_batches_are_refused():
    with pytest.raises(ValueError, match='num_batches must be at least 1, got 0'):
        sampler(labelled(50, 70), replacement=True, num_batches=0)


def test_the_next_epoch_is_not_the_next_seed_s_first():
    data = labelled(50, 70)
    second = sampler(data, seed=5)
    second.set_epoch(1)
    assert list(second) != list(sampler(data, seed=6))
