"""Parts a batch into its anomalous and its normal bags."""

from torch import Tensor


def split_classes(values: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Part a batch by its labels, wherever in the batch they stand.

    Args:
        values: (N, ...).
        targets: (N,), 0 normal, 1 anomalous.

    Returns:
        The anomalous rows (A, ...) and the normal ones (M, ...), each in the order of the batch.

    Raises:
        ValueError: The batch lacks a class.

    Example:
        >>> import torch
        >>> split_classes(torch.tensor([1, 2, 3]), torch.tensor([0, 1, 0]))
        (tensor([2]), tensor([1, 3]))
    """
    is_anomalous = targets > 0.5
    anomalous, normal = values[is_anomalous], values[~is_anomalous]
    if not len(anomalous) or not len(normal):
        raise ValueError(
            f'the loss compares anomalous with normal bags; the batch has {len(anomalous)} '
            f'anomalous and {len(normal)} normal ones; BalancedSampler draws both'
        )
    return anomalous, normal
