"""HL-Net: holistic, localised and score branch (Wu et al., ECCV 2020, section 4)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import Tensor, nn

from mmvad.models.heads.bags import (
    bag_mask,
    check_width,
    init_linear_xavier,
    refuse_bag_size,
    video_labels,
)
from mmvad.models.heads.graph_layers import (
    GraphConvolution,
    distance_graph,
    score_graph,
    similarity_graph,
)
from mmvad.models.losses.distillation_loss import top_mean

ONLINE_STEPS = 5  # segments up to the current one that the online score sees


@MODELS.register_module()
class HLNetHead(BaseHead):
    """Score segments by three graphs over the whole bag; an online branch sees the past only.

    Bags have any length: batches are padded with zeros, and a padded segment changes nothing. The
    released network also holds ``unused_…`` modules that its forward pass never calls; they are
    kept, so that its files load and its parameters count as published.

    Args:
        in_channels: D, width of a feature.
        dropout: After each layer in training.
        bag_size: None; the video is scored as a whole.
        loss_cls: Loss on logits, built from the registry; `DistillationLoss` by default.
        init_cfg: mmengine's initialisation, after Xavier-uniform weights and zero biases.

    Raises:
        ValueError: A bag size was given.

    Example:
        >>> sum(parameter.numel() for parameter in HLNetHead(in_channels=1024).parameters())
        769155
        >>> HLNetHead(in_channels=16)(torch.randn(4, 20, 16)).shape
        torch.Size([4])
    """

    scores_segments = True

    def __init__(
        self,
        in_channels: int,
        dropout: float = 0.6,
        bag_size: int | None = None,
        loss_cls: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            num_classes=1,
            in_channels=in_channels,
            loss_cls=loss_cls or dict(type='DistillationLoss'),
            init_cfg=init_cfg,
        )
        refuse_bag_size(self, bag_size, None, 'looks at whole videos')
        self.bag_size = None
        self.dropout = nn.Dropout(dropout)
        self.embed1 = nn.Conv1d(in_channels, 512, 1)
        self.embed2 = nn.Conv1d(512, 128, 1)
        self.approximator = nn.Sequential(
            nn.Conv1d(128, 64, 1), nn.ReLU(), nn.Conv1d(64, 32, 1), nn.ReLU()
        )
        self.approximator_out = nn.Conv1d(32, 1, ONLINE_STEPS)
        self.holistic = _branch()
        self.localised = _branch()
        self.by_score = _branch()
        self.classifier = nn.Linear(96, 1)
        self.unused_conv1 = nn.Conv1d(128, 32, 5, padding=2)
        self.unused_conv2 = nn.Conv1d(32, 32, 5, padding=2)
        self.unused_similarity = nn.ParameterList(torch.empty(in_channels, 32) for _ in range(2))
        self.unused_distance = nn.Parameter(torch.full((1,), 0.1))
        init_linear_xavier(self)
        for weight in self.unused_similarity:
            nn.init.xavier_uniform_(weight)

    def segment_logits(self, features: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Score segments offline and online.

        Args:
            features: (N, T, D).
            mask: (N, T) bool, True where a segment exists; None means everywhere.

        Returns:
            Offline and online logits, (N, T) each; meaningless where no segment exists.

        Raises:
            ValueError: The features are not (N, T, D) of the width this head was built for.
        """
        if features.ndim != 3:
            raise ValueError(
                f'expected bags of shape (N, T, D), got a tensor of shape {tuple(features.shape)}'
            )
        check_width(features, self.in_channels, self)
        if mask is None:
            mask = features.new_ones(features.shape[:2], dtype=torch.bool)
        x = self.dropout(self.embed1(features.transpose(1, 2)).relu())  # (N, 512, T)
        x = self.dropout(self.embed2(x).relu())  # (N, 128, T)
        past = F.pad(self.approximator(x), (ONLINE_STEPS - 1, 0))  # (N, 32, T + 4)
        online = self.approximator_out(past).squeeze(1)  # (N, T)
        # the biases of the convolutions reach padded segments, which must look like no segments
        x = x.transpose(1, 2) * mask[:, :, None]  # (N, T, 128)
        graphs = (
            (self.holistic, similarity_graph(features.float(), mask)),
            (self.localised, distance_graph(mask)),
            (self.by_score, score_graph(online.detach().float().sigmoid(), mask)),
        )
        branches = [self._run(branch, x, graph) for branch, graph in graphs]  # (N, T, 32) each
        return self.classifier(torch.cat(branches, dim=-1)).squeeze(-1), online

    def forward(self, features: Tensor, mask: Tensor | None = None) -> Tensor:
        """Score bags by their highest ⌊T/16⌋ + 1 segments, (N, T, D) -> logits (N,)."""
        offline, _ = self.segment_logits(features, mask)
        return top_mean(offline, offline.new_ones(offline.shape).bool() if mask is None else mask)

    def segment_scores(self, features: Tensor) -> Tensor:
        """Score a whole video, the mean over crops: (S, K, D) -> (S,) in [0, 1]."""
        # crop by crop: each of the three graphs has S × S values
        crops = [self.segment_logits(crop[None])[0] for crop in features.unbind(dim=1)]
        return torch.cat(crops).float().sigmoid().mean(dim=0)

    def loss(self, feats: Tensor, data_samples: Sequence[ActionDataSample]) -> dict[str, Tensor]:
        """Compute the loss of bags (N, T, D), padded where a sample has a ``bag_length``.

        Raises:
            ValueError: See `segment_logits`.
        """
        mask = bag_mask(data_samples, feats.shape[1], feats.device)
        if mask is None:
            mask = torch.ones(feats.shape[:2], dtype=torch.bool, device=feats.device)
        offline, online = self.segment_logits(feats, mask)
        return self.loss_cls(offline, online, mask, video_labels(data_samples, feats.device))

    def _run(self, branch: nn.ModuleList, x: Tensor, graph: Tensor) -> Tensor:
        """Run two graph convolutions, (N, T, 128) -> (N, T, 32)."""
        for layer in branch:
            x = self.dropout(layer(x, graph).relu())
        return x


def _branch() -> nn.ModuleList:
    return nn.ModuleList([GraphConvolution(128, 32), GraphConvolution(32, 32)])
