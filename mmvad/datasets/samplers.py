"""Balanced batches of normal and anomalous bags (Sultani et al.; paper, section 4.2)."""

from collections.abc import Callable, Iterator

import numpy as np
from mmaction.registry import DATA_SAMPLERS
from mmengine.dist import get_dist_info
from torch.utils.data import Sampler


@DATA_SAMPLERS.register_module()
class BalancedSampler(Sampler):
    """Batches that are exactly half normal and half anomalous, on every rank.

    A batch sampler: mmengine gives it the sampler and the batch size of the data loader. Of the
    sampler it uses the data set, the seed and the epoch, not the order. Both classes are shuffled
    independently and drawn without replacement; the epoch ends before the batch that would use up
    the smaller class, as in the recipe ((smaller class - 1) // half batch; 249 batches for
    UCF-Crime), unless that batch is the only one. With `num_batches` the epoch has that length, and
    each class is shuffled again whenever fewer of its bags are left than a batch takes.

    Args:
        sampler: mmengine's ``DefaultSampler``.
        batch_size: Bags in a batch of this rank; even.
        replacement: Draw with replacement, for data sets smaller than a batch.
        num_batches: Batches in an epoch; required with replacement. None ends the epoch with the
            smaller class.
        drop_last: Accepted because PyTorch's data loader passes it; no batch is incomplete.
        dist_info: Gives the rank of this process and how many there are.

    Raises:
        ValueError: The batch size is odd, a class is empty or too small, or the arguments
            contradict each other.
    """

    def __init__(
        self,
        sampler: Sampler,
        batch_size: int,
        replacement: bool = False,
        num_batches: int | None = None,
        drop_last: bool = True,
        dist_info: Callable[[], tuple[int, int]] = get_dist_info,
    ) -> None:
        if batch_size < 2 or batch_size % 2:
            raise ValueError(
                f'batch_size must be even, half normal and half anomalous, got {batch_size}'
            )
        if replacement and num_batches is None:
            raise ValueError('replacement=True needs num_batches, the length of an epoch')
        if num_batches is not None and num_batches < 1:
            raise ValueError(f'num_batches must be at least 1, got {num_batches}')
        self.sampler = sampler
        self.batch_size = batch_size
        self.replacement = replacement
        self.rank, self.world_size = dist_info()
        labels = sampler.dataset.labels
        self.classes = [np.flatnonzero(labels == label) for label in (0, 1)]
        for name, members in zip(('normal', 'anomalous'), self.classes, strict=True):
            if len(members) == 0:
                raise ValueError(
                    f'the training data has no {name} bag; weak supervision needs both'
                )
        needed = 1 if replacement else self._batches_without_replacement()  # or it refuses
        self.num_batches = num_batches or needed

    def _batches_without_replacement(self) -> int:
        smaller = min(map(len, self.classes))
        half = self.batch_size // 2 * self.world_size
        num_batches = (smaller - 1) // half or smaller // half
        if num_batches == 0:
            raise ValueError(
                f'a batch takes {half} bags of each class ({self.batch_size} on {self.world_size} '
                f'ranks), the smaller class has {smaller}; lower batch_size, or set '
                'replacement=True and num_batches'
            )
        return num_batches

    def __len__(self) -> int:
        return self.num_batches

    def __iter__(self) -> Iterator[list[int]]:
        """Yield this rank's batches of the epoch, normal bags first."""
        random = np.random.default_rng([self.sampler.seed, self.sampler.epoch])
        half = self.batch_size // 2
        shape = (self.num_batches, self.world_size, half)
        normal, anomalous = (self._draw(members, shape, random) for members in self.classes)
        for index in range(self.num_batches):
            yield np.concatenate([normal[index, self.rank], anomalous[index, self.rank]]).tolist()

    def _draw(
        self, members: np.ndarray, shape: tuple[int, int, int], random: np.random.Generator
    ) -> np.ndarray:
        """Draw for all ranks, so that every rank can take its own part of the same draw."""
        if self.replacement:
            return random.choice(members, shape)
        num_batches, *batch = shape
        whole = len(members) // np.prod(batch)  # batches of all ranks that one shuffle gives
        passes = -(-num_batches // whole)
        drawn = [random.permutation(members)[: whole * np.prod(batch)] for _ in range(passes)]
        return np.concatenate(drawn)[: np.prod(shape)].reshape(shape)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch, which determines the shuffle."""
        self.sampler.set_epoch(epoch)
