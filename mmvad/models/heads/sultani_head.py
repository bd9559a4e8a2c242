"""Deep ranking of segments (Sultani, Chen and Shah, CVPR 2018)."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import Tensor, nn

from mmvad.models.heads.bags import (
    check_width,
    init_linear_xavier,
    refuse_bag_size,
    refuse_padding,
    video_labels,
)
from mmvad.timeline import pooling_edges, runs_of_segments


@MODELS.register_module()
class SultaniHead(BaseHead):
    """Score each segment on its own; a bag's score is the highest of its segments.

    Linear(D, 512), ReLU, dropout, Linear(512, 32), dropout, Linear(32, 1), sigmoid.

    Args:
        in_channels: D, width of a feature.
        hidden_channels: Widths of the hidden layers.
        dropout: After each hidden layer in training.
        second_relu: A ReLU after the second hidden layer too, as some re-implementations have.
        normalize: Divide each feature by its L2 norm first, as the released C3D features are.
        weight_init: Of the linear layers, ``'xavier_normal'`` or ``'xavier_uniform'``; their biases
            are zero.
        test_segments: Pool a test video to so many segments and spread their scores over its own,
            as the original does (32); None scores each segment of the video.
        bag_size: 1, or None with `test_segments`: segments are scored one by one.
        loss_cls: Loss on segment scores, built from the registry; `RankingLoss` by default.
        init_cfg: mmengine's initialisation, after `weight_init`.

    Raises:
        ValueError: A setting is unknown or out of range.

    Example:
        >>> head = SultaniHead(in_channels=4096)
        >>> sum(parameter.numel() for parameter in head.parameters())
        2114113
        >>> head(torch.randn(4, 32, 4096)).shape
        torch.Size([4])
    """

    scores_segments = True

    def __init__(
        self,
        in_channels: int,
        hidden_channels: Sequence[int] = (512, 32),
        dropout: float = 0.6,
        second_relu: bool = False,
        normalize: bool = False,
        weight_init: str = 'xavier_normal',
        test_segments: int | None = None,
        bag_size: int | None = None,
        loss_cls: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            num_classes=1,
            in_channels=in_channels,
            loss_cls=loss_cls or dict(type='RankingLoss'),
            init_cfg=init_cfg,
        )
        if weight_init not in ('xavier_normal', 'xavier_uniform'):
            raise ValueError(
                f"SultaniHead: weight_init must be 'xavier_normal' or 'xavier_uniform', "
                f'got {weight_init!r}'
            )
        if test_segments is not None and test_segments < 1:
            raise ValueError(f'SultaniHead: test_segments must be at least 1, got {test_segments}')
        self.test_segments = test_segments
        self.bag_size = 1 if test_segments is None else None
        if bag_size is not None:
            refuse_bag_size(self, bag_size, self.bag_size, 'scores segments one by one')
        self.normalize = normalize
        self.second_relu = second_relu
        first, second = hidden_channels
        self.dropout = nn.Dropout(dropout)
        self.fc1 = nn.Linear(in_channels, first)
        self.fc2 = nn.Linear(first, second)
        self.fc3 = nn.Linear(second, 1)
        init_linear_xavier(self, getattr(nn.init, f'{weight_init}_'))

    def segment_logits(self, features: Tensor) -> Tensor:
        """Score segments, (..., D) -> logits (...).

        Raises:
            ValueError: The features have a width that this head was not built for.
        """
        check_width(features, self.in_channels, self)
        if self.normalize:
            features = F.normalize(features, dim=-1)
        hidden = self.dropout(self.fc1(features).relu())
        hidden = self.fc2(hidden)
        hidden = self.dropout(hidden.relu() if self.second_relu else hidden)
        return self.fc3(hidden).squeeze(-1)

    def forward(self, features: Tensor) -> Tensor:
        """Score bags by their highest segment, (N, T, D) -> logits (N,)."""
        return self.segment_logits(features).amax(dim=1)

    def segment_scores(self, features: Tensor) -> Tensor:
        """Score a video segment by segment, the mean over crops: (S, K, D) -> (S,) in [0, 1]."""
        if self.test_segments is None:
            return self.segment_logits(features).float().sigmoid().mean(dim=1)
        edges = pooling_edges(len(features), self.test_segments)
        scores = self.segment_logits(_mean_runs(features, edges)).float().sigmoid().mean(dim=1)
        runs = torch.from_numpy(runs_of_segments(len(features), self.test_segments))  # (S,)
        return scores[runs.to(scores.device)]

    def loss(self, feats: Tensor, data_samples: Sequence[ActionDataSample]) -> dict[str, Tensor]:
        """Rank the segment scores of bags (N, T, D) by the video labels.

        Raises:
            ValueError: Bags are padded, or the batch lacks a class.
        """
        refuse_padding(data_samples, feats.shape[1], self)
        scores = self.segment_logits(feats).float().sigmoid()  # (N, T)
        return self.loss_cls(scores, video_labels(data_samples, feats.device))


def _mean_runs(features: Tensor, edges: np.ndarray) -> Tensor:
    """Pool a video as training bags are, (S, K, D) -> (T, K, D)."""
    runs = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    return torch.stack([features[start : max(end, start + 1)].mean(dim=0) for start, end in runs])
