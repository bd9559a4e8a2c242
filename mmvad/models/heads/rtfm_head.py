"""Robust temporal feature magnitude (RTFM, Tian et al., ICCV 2021, section 3)."""

from collections.abc import Sequence

import torch
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


@MODELS.register_module()
class RTFMHead(BaseHead):
    """Score segments; a video is judged by the k of them with the largest features.

    It stands behind `MultiScaleTemporal`. All crops of a video come together: scores and magnitudes
    are means over them, and the chosen segments are the same in all. k is a tenth of T, at least 1.

    Args:
        in_channels: D, width of the neck's output.
        hidden_channels: Widths of the hidden layers.
        dropout: Before each linear layer in training, and of segments from the choice.
        bag_size: None; the video is scored as a whole.
        loss_cls: Loss on scores and features, built from the registry; `MagnitudeLoss` by default.
        init_cfg: mmengine's initialisation, after Xavier-uniform weights and zero biases.

    Raises:
        ValueError: A bag size was given.

    Example:
        >>> head = RTFMHead(in_channels=16)
        >>> head(torch.randn(4, 10, 32, 16)).shape
        torch.Size([4])
        >>> head.segment_scores(torch.randn(7, 10, 16)).shape
        torch.Size([7])
    """

    scores_segments = True

    def __init__(
        self,
        in_channels: int,
        hidden_channels: Sequence[int] = (512, 128),
        dropout: float = 0.7,
        bag_size: int | None = None,
        loss_cls: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            num_classes=1,
            in_channels=in_channels,
            loss_cls=loss_cls or dict(type='MagnitudeLoss'),
            init_cfg=init_cfg,
        )
        refuse_bag_size(self, bag_size, None, 'looks at whole videos')
        self.bag_size = None
        first, second = hidden_channels
        self.dropout = nn.Dropout(dropout)
        self.fc1 = nn.Linear(in_channels, first)
        self.fc2 = nn.Linear(first, second)
        self.fc3 = nn.Linear(second, 1)
        init_linear_xavier(self)

    def crop_scores(self, features: Tensor) -> Tensor:
        """Score the segments of each crop, (..., D) -> (...) float32 in [0, 1]."""
        hidden = self.dropout(self.fc1(features).relu())
        hidden = self.dropout(self.fc2(hidden).relu())
        return self.fc3(hidden).squeeze(-1).float().sigmoid()

    def judge(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Score videos and their segments.

        Args:
            features: (N, K, T, D).

        Returns:
            Video scores (N,), segment scores (N, T), and the features of the k chosen segments
            (N, K, k, D).

        Raises:
            ValueError: The features are not (N, K, T, D) of the width this head was built for.
        """
        if features.ndim != 4:
            raise ValueError(
                'RTFMHead takes all crops of a video together, (N, K, T, D); got a tensor of shape '
                f'{tuple(features.shape)}; crops_together=True in the training data set gives them'
            )
        check_width(features, self.in_channels, self)
        features = self.dropout(features)
        scores = self.crop_scores(features).mean(dim=1)  # (N, T)
        chosen = self._choose(features)  # (N, k)
        video_scores = scores.gather(1, chosen).mean(dim=1)  # (N,)
        videos = torch.arange(len(features), device=features.device)[:, None]  # (N, 1)
        kept = features.transpose(1, 2)[videos, chosen]  # (N, k, K, D)
        return video_scores, scores, kept.transpose(1, 2)  # (N, K, k, D)

    def forward(self, features: Tensor) -> Tensor:
        """Score videos, (N, K, T, D) or, of one crop, (N, T, D) -> logits (N,)."""
        crops = features.unsqueeze(1) if features.ndim == 3 else features
        return self.judge(crops)[0].logit()

    def segment_scores(self, features: Tensor) -> Tensor:
        """Score a whole video, the mean over crops: (S, K, D) -> (S,) in [0, 1]."""
        check_width(features, self.in_channels, self)
        return self.crop_scores(self.dropout(features)).mean(dim=1)

    def loss(self, feats: Tensor, data_samples: Sequence[ActionDataSample]) -> dict[str, Tensor]:
        """Compute the loss of videos (N, K, T, D).

        Raises:
            ValueError: See `judge`; or videos are padded, or the classes are not of one size.
        """
        refuse_padding(data_samples, feats.shape[-2], self)
        return self.loss_cls(*self.judge(feats), video_labels(data_samples, feats.device))

    def _choose(self, features: Tensor) -> Tensor:
        """Choose the k segments of largest magnitude, (N, K, T, D) -> (N, k)."""
        magnitudes = features.detach().float().norm(dim=-1).mean(dim=1)  # (N, T)
        hidden = self.dropout(torch.ones_like(magnitudes))  # zero where a segment is hidden
        return (magnitudes * hidden).topk(max(1, magnitudes.shape[1] // 10), dim=1).indices
