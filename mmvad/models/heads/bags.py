"""What heads share: bags, labels, masks of padded bags, checks of what they are given."""

from collections.abc import Callable, Sequence

import torch
from mmaction.structures import ActionDataSample
from torch import Tensor, nn

from mmvad.timeline import bag_lengths


def bag_groups(features: Tensor, bag_size: int | None) -> list[Tensor]:
    """Cut a video into bags of equal length, then the short last one; no copy is made.

    Args:
        features: (S, K, D).
        bag_size: l, segments in a bag; None takes the whole video.

    Returns:
        One or two views (m, l, K, D), in the order of the video.

    Example:
        >>> [tuple(group.shape) for group in bag_groups(torch.zeros(7, 2, 5), 3)]
        [(2, 3, 2, 5), (1, 1, 2, 5)]
    """
    lengths = bag_lengths(len(features), bag_size)
    num_full = sum(length == lengths[0] for length in lengths)
    full = lengths[0] * num_full
    groups = [features[:full].unflatten(0, (num_full, lengths[0]))]  # (m, l, K, D)
    if full < len(features):
        groups.append(features[full:].unsqueeze(0))  # (1, rest, K, D)
    return groups


def score_segments_by_bag(
    features: Tensor, bag_size: int | None, bag_logits: Callable[[Tensor], Tensor]
) -> Tensor:
    """Score bags, and give each bag's score to its segments (paper, section 3.2), or rank them.

    Args:
        features: (S, K, D).
        bag_size: l, segments in a bag; None takes the whole video.
        bag_logits: (m, l, K, D) -> (m, K), one for all segments of a bag, or (m, l, K).

    Returns:
        (S,) float32: the mean over crops of the sigmoid scores.

    Example:
        >>> scores = score_segments_by_bag(torch.zeros(5, 2, 1), 3, lambda x: x.sum((1, 3)))
        >>> scores.tolist()
        [0.5, 0.5, 0.5, 0.5, 0.5]
    """
    scores = []
    for group in bag_groups(features, bag_size):
        group_scores = bag_logits(group).float().sigmoid().mean(dim=-1)  # (m,) or (m, l)
        if group_scores.ndim == 1:
            group_scores = group_scores.repeat_interleave(group.shape[1])  # (m * l,)
        scores.append(group_scores.flatten())  # (m * l,)
    return torch.cat(scores)


def video_labels(data_samples: Sequence[ActionDataSample], device: torch.device) -> Tensor:
    """Stack the video-level labels of a batch as targets.

    Args:
        data_samples: N samples with ``gt_label`` of shape (1,).
        device: Where the targets go.

    Returns:
        (N,) float32, 0 normal, 1 anomalous.

    Raises:
        ValueError: A label is neither 0 nor 1.
    """
    labels = torch.cat([sample.gt_label for sample in data_samples])  # (N,)
    if labels.shape[0] != len(data_samples) or ((labels != 0) & (labels != 1)).any():
        raise ValueError(
            f'expected one label per video, 0 (normal) or 1 (anomalous), got {labels.tolist()}'
        )
    return labels.to(device, torch.float32, non_blocking=True)


def bag_mask(
    data_samples: Sequence[ActionDataSample], num_segments: int, device: torch.device
) -> Tensor | None:
    """Say which segments of a batch exist, where its bags were padded to one length.

    Args:
        data_samples: N samples; those of padded bags have ``bag_length``.
        num_segments: T of the batch.
        device: Where the mask goes.

    Returns:
        (N, T) bool, True where a segment exists; None where nothing was padded.

    Raises:
        ValueError: A bag is empty or longer than the batch.
    """
    lengths = [sample.get('bag_length', num_segments) for sample in data_samples]
    if not all(1 <= length <= num_segments for length in lengths):
        raise ValueError(f'expected bags of 1 to {num_segments} segments, got {lengths}')
    if min(lengths) == num_segments:
        return None
    found = torch.tensor(lengths, device=device)
    return torch.arange(num_segments, device=device) < found[:, None]  # (N, T)


def refuse_padding(
    data_samples: Sequence[ActionDataSample], num_segments: int, owner: object
) -> None:
    """Refuse padded bags where a module would take the padding for segments.

    Args:
        data_samples: N samples.
        num_segments: T of the batch.
        owner: Module that the error names.

    Raises:
        ValueError: A bag is shorter than the batch.
    """
    lengths = [sample.get('bag_length', num_segments) for sample in data_samples]
    if min(lengths) < num_segments:
        raise ValueError(
            f'{type(owner).__name__} takes bags of one length, got a batch of {num_segments} '
            f'segments with a bag of {min(lengths)}; pooled=True in the training data set gives '
            'all bags num_segments'
        )


def refuse_bag_size(owner: object, bag_size: int | None, only: int | None, reason: str) -> None:
    """Refuse a bag size where the head knows but one.

    Args:
        owner: Head that the error names.
        bag_size: What was asked for.
        only: What the head does.
        reason: Why, a clause.

    Raises:
        ValueError: They differ.
    """
    if bag_size != only:
        raise ValueError(
            f'{type(owner).__name__} {reason}: bag_size must be {only}, got {bag_size}'
        )


def init_linear_xavier(
    module: nn.Module, init: Callable[[Tensor], Tensor] = nn.init.xavier_uniform_
) -> None:
    """Give the linear and convolution layers below a module Xavier weights and zero biases.

    Args:
        module: Changed in place.
        init: Of the weights.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv1d):
            init(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def check_width(features: Tensor, in_channels: int, owner: object) -> None:
    """Refuse features of a width that the head was not built for.

    Args:
        features: (..., D).
        in_channels: Width expected.
        owner: Module that the error names.

    Raises:
        ValueError: The widths differ.
    """
    if features.shape[-1] != in_channels:
        raise ValueError(
            f'{type(owner).__name__} was built with in_channels={in_channels}, '
            f'got features of width {features.shape[-1]}, shape {tuple(features.shape)}'
        )
