"""The classifier of Table 2's "BL" row: the recurrent neck's last output, one linear layer."""

from collections.abc import Sequence

from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import Tensor, nn

from mmvad.models.heads.bags import (
    check_width,
    refuse_padding,
    score_segments_by_bag,
    video_labels,
)


@MODELS.register_module()
class LastSegmentHead(BaseHead):
    """Score a bag from its last segment, which knows the others through a recurrent neck.

    Args:
        in_channels: D, width of the neck's output.
        dropout: Applied to that output in training.
        bag_size: l, segments that share one score in test; None scores the whole video as one bag.
        loss_cls: Loss on logits, built from the registry; BCE by default.
        init_cfg: mmengine's initialisation, after the Xavier-normal weight of the linear layer.

    Example:
        >>> import torch
        >>> LastSegmentHead(in_channels=512)(torch.randn(4, 32, 512)).shape
        torch.Size([4])
    """

    def __init__(
        self,
        in_channels: int,
        dropout: float = 0.5,
        bag_size: int | None = 32,
        loss_cls: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            num_classes=1,
            in_channels=in_channels,
            loss_cls=loss_cls or dict(type='BCELossWithLogits'),
            init_cfg=init_cfg,
        )
        self.bag_size = bag_size
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(in_channels, 1)
        nn.init.xavier_normal_(self.fc.weight)

    def forward(self, features: Tensor) -> Tensor:
        """Score bags: (N, T, D) -> logits (N,)."""
        check_width(features, self.in_channels, self)
        return self.fc(self.dropout(features[:, -1])).squeeze(-1)

    def segment_scores(self, features: Tensor) -> Tensor:
        """Score a video bag by bag: (S, K, D) -> (S,) in [0, 1]."""

        def bag_logits(bags: Tensor) -> Tensor:  # (m, l, K, D) -> (m, K)
            last = bags[:, -1]  # (m, K, D)
            return self(last.flatten(0, 1).unsqueeze(1)).view(last.shape[:2])

        return score_segments_by_bag(features, self.bag_size, bag_logits)

    def loss(self, feats: Tensor, data_samples: Sequence[ActionDataSample]) -> dict[str, Tensor]:
        """Binary cross entropy between the scores of bags (N, T, D) and video labels.

        Raises:
            ValueError: Bags are padded.
        """
        refuse_padding(data_samples, feats.shape[1], self)
        targets = video_labels(data_samples, feats.device)  # (N,)
        return dict(loss_cls=self.loss_cls(self(feats).float(), targets))
