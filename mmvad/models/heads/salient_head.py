"""Salient-attention head (Watanabe et al., "Real-world Video Anomaly Detection", section 3)."""

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
    score_segments_by_bag,
    video_labels,
)
from mmvad.models.heads.segment_attention import SegmentAttention

VECTOR_ROWS = 16  # a CPU multiplies by whole vectors of rows faster than by an odd number of them


@MODELS.register_module()
class SalientHead(BaseHead):
    """Attend over the segments of a bag and score it with two linear layers.

    M = Fᵀ A₂ᵀ (D, R), flattened D-major; score = sigmoid(FC2(FC1(vec M))), FC1 with the identity as
    activation. In `VideoAnomalyDetector` it takes bags of features (N, T, D). As ``cls_head`` of
    MMAction2's ``Recognizer2D`` and ``Recognizer3D`` it takes the backbone's maps of several clips
    per video, pools each map over space and time, and attends over the clips.

    The published inference gives all segments of a bag one score. But FC1 has no activation, so a
    bag's logit is a sum over its segments, S = Σ_t Σ_r A₂[r, t] v[t, r] + b, and the head knows
    what each of them says by itself, e_t = Σ_r v[t, r]. `segment_ranking`, γ, ranks them inside of
    their bag, without training: sigmoid(S + γ (e_t − mean of e over the bag)).

    Args:
        in_channels: D, width of a feature.
        attention_channels: d_a.
        num_hops: r.
        hidden_channels: Width of FC1.
        dropout: Applied to the attention weights in training.
        bag_size: l, segments that are scored together in test; None takes the whole video.
        segment_ranking: γ, at least 0, of the test only; 0 is the published inference. A recognizer
            scores whole videos: there it has no meaning, and `predict` refuses any other value.
        num_crops: Crops per clip in the recognizer's *test* pipeline (3 for ``ThreeCrop``, 10 for
            ``TenCrop``); the score is the mean over crops.
        loss_cls: Loss on logits, built from the registry; BCE by default.
        init_cfg: mmengine's initialisation; None keeps PyTorch's defaults.

    Raises:
        ValueError: A count is not positive, or γ is negative or not finite.

    Example:
        >>> head = SalientHead(in_channels=2048)
        >>> sum(parameter.numel() for parameter in head.parameters())
        328004
        >>> head(torch.randn(4, 32, 2048)).shape
        torch.Size([4])
    """

    def __init__(
        self,
        in_channels: int,
        attention_channels: int = 64,
        num_hops: int = 3,
        hidden_channels: int = 32,
        dropout: float = 0.3,
        bag_size: int | None = 32,
        segment_ranking: float = 0.0,
        num_crops: int = 1,
        loss_cls: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        counts = dict(
            in_channels=in_channels,
            attention_channels=attention_channels,
            num_hops=num_hops,
            hidden_channels=hidden_channels,
            num_crops=num_crops,
            bag_size=1 if bag_size is None else bag_size,
        )
        for name, count in counts.items():
            if count < 1:
                raise ValueError(f'SalientHead: {name} must be at least 1, got {count}')
        if not 0 <= segment_ranking < float('inf'):
            raise ValueError(
                f'SalientHead: segment_ranking must be at least 0 and finite, got {segment_ranking}'
            )
        super().__init__(
            num_classes=1,
            in_channels=in_channels,
            loss_cls=loss_cls or dict(type='BCELossWithLogits'),
            init_cfg=init_cfg,
        )
        self.bag_size = bag_size
        self.segment_ranking = segment_ranking
        self.num_crops = num_crops
        self.num_hops = num_hops
        self.attention = SegmentAttention(in_channels, attention_channels, num_hops, dropout)
        self.fc1 = nn.Linear(in_channels * num_hops, hidden_channels)
        self.fc2 = nn.Linear(hidden_channels, 1)

    def forward(
        self, features: Tensor, mask: Tensor | None = None, return_attention: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Score bags.

        Args:
            features: (N, T, D), any T.
            mask: (N, T) bool, True where a segment exists.
            return_attention: Return the attention map A₂ too.

        Returns:
            Logits (N,), and on request A₂ (N, R, T).

        Raises:
            ValueError: The features are not (N, T, D) of the width this head was built for.
        """
        if features.ndim != 3:
            raise ValueError(
                f'expected bags of shape (N, T, D), got a tensor of shape {tuple(features.shape)}'
            )
        check_width(features, self.in_channels, self)
        attention = self.attention(features, mask)  # (N, R, T)
        # Fᵀ A₂ᵀ, as (A₂ F)ᵀ: that order of the product is many times faster on a CPU
        salient = torch.bmm(attention, features).transpose(1, 2)  # (N, D, R)
        logits = self.fc2(self.fc1(salient.flatten(1))).squeeze(-1)  # (N,)
        return (logits, attention) if return_attention else logits

    def project_segments(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Reduce each segment to what its bag's score needs, in one matrix product.

        FC1 has no activation, so FC2 ∘ FC1 is one linear map W (D, R) of M, and the bag's logit is
        Σ_t Σ_r A₂[r, t] (F W)[t, r] + b: attention may be applied after the projection, and a video
        is read once.

        Args:
            features: (..., D).

        Returns:
            Attention logits and values, (..., R) each.
        """
        check_width(features, self.in_channels, self)
        classifier = self._fold_classifier()
        width = self.attention.hidden.out_features
        rows = [self.attention.hidden.weight, classifier.t()]  # (d_a + R, D)
        missing = -(width + self.num_hops) % VECTOR_ROWS
        weight = F.pad(torch.cat(rows), (0, 0, 0, missing))  # (d_a + R + missing, D)
        projected = F.linear(features, weight)
        hidden = torch.tanh(projected[..., :width] + self.attention.hidden.bias)
        return self.attention.hops(hidden), projected[..., width : width + self.num_hops]

    def attend_values(self, attention_logits: Tensor, values: Tensor, dim: int) -> Tensor:
        """Turn the projected segments of bags into the bags' logits.

        Args:
            attention_logits: (..., R), segments along `dim`.
            values: Same shape.
            dim: The segments' dimension.

        Returns:
            Logits, without `dim` and the hops.
        """
        dim %= values.ndim
        bias = self.fc2.weight @ self.fc1.bias + self.fc2.bias  # (1,)
        return (attention_logits.softmax(dim) * values).sum((dim, values.ndim - 1)) + bias

    def attend_and_rank(self, attention_logits: Tensor, values: Tensor, dim: int) -> Tensor:
        """Turn the projected segments of bags into what the test scores.

        Args and shapes are those of `attend_values`; where γ is not 0, `dim` stays.
        """
        logits = self.attend_values(attention_logits, values, dim)
        ranking = self.segment_ranking
        return self.rank_segments(logits, values, dim, ranking) if ranking else logits

    def rank_segments(self, bag_logits: Tensor, values: Tensor, dim: int, ranking: float) -> Tensor:
        """Give the segments of bags logits of their own, S + γ (e_t − mean over the bag of e).

        Args:
            bag_logits: S (...), as `attend_values` gives it.
            values: v (..., R), segments along `dim`.
            dim: The segments' dimension.
            ranking: γ.

        Returns:
            Logits with `dim`, without the hops.
        """
        dim %= values.ndim
        alone = values.float().sum(-1)  # e
        ranks = alone - alone.mean(dim, keepdim=True)
        return bag_logits.unsqueeze(dim) + ranking * ranks

    def segment_logits(self, features: Tensor, bag_logits: Tensor) -> Tensor:
        """Give the segments of bags logits of their own, from features and what `forward` gave.

        Args:
            features: (N, T, D).
            bag_logits: (N,).

        Returns:
            (N, T).
        """
        values = features @ self._fold_classifier()  # (N, T, R)
        return self.rank_segments(bag_logits, values, 1, self.segment_ranking)

    def segment_scores(self, features: Tensor) -> Tensor:
        """Score a video bag by bag.

        Args:
            features: (S, K, D).

        Returns:
            (S,) scores in [0, 1], the mean over crops of the sigmoid scores of each segment's bag
            or, with `segment_ranking`, of each segment.
        """

        def bag_logits(bags: Tensor) -> Tensor:  # (m, l, K, D) -> (m, K) or (m, l, K)
            return self.attend_and_rank(*self.project_segments(bags), dim=1)

        return score_segments_by_bag(features, self.bag_size, bag_logits)

    def loss(
        self,
        feats: Tensor,
        data_samples: Sequence[ActionDataSample],
        num_segs: int | None = None,
        fcn_test: bool = False,
        loss_aux: dict | None = None,
    ) -> dict[str, Tensor]:
        """Binary cross entropy between bag scores and video labels.

        Args:
            feats: Bags (N, T, D), padded where a sample has a ``bag_length``, or maps
                (N · clips, C[, T'][, H, W]).
            data_samples: N samples with ``gt_label`` 0 or 1.
            num_segs: Passed by recognizers; the clips are counted from `data_samples`.
            fcn_test: Passed by recognizers; must be False.
            loss_aux: The neck's losses; the recognizer adds them itself.

        Returns:
            ``{'loss_cls': scalar}``.
        """
        bags = feats if feats.ndim == 3 else self._bags_of_clips(feats, len(data_samples), fcn_test)
        targets = video_labels(data_samples, bags.device)  # (N,)
        mask = bag_mask(data_samples, bags.shape[1], bags.device)
        return dict(loss_cls=self.loss_cls(self(bags, mask).float(), targets))

    def predict(
        self,
        feats: Tensor,
        data_samples: Sequence[ActionDataSample],
        num_segs: int | None = None,
        fcn_test: bool = False,
        loss_aux: dict | None = None,
    ) -> Sequence[ActionDataSample]:
        """Score the clips of each video as one bag, as ``cls_head`` of a recognizer.

        Args:
            feats: Maps (N · crops · clips, C[, T'][, H, W]), crop-major as from ``FormatShape``.
            data_samples: N samples.
            num_segs: Passed by recognizers; the clips are counted from `data_samples`.
            fcn_test: Passed by recognizers; must be False.
            loss_aux: Passed by recognizers; not used.

        Returns:
            The samples, with ``pred_score`` (normal, anomalous) and ``pred_label``.

        Raises:
            ValueError: `segment_ranking` is not 0, or the maps do not fit.
        """
        if self.segment_ranking:
            raise ValueError(
                f'segment_ranking={self.segment_ranking} ranks the segments of a bag; a recognizer '
                'gives each video one score: leave it at 0'
            )
        num_views = len(data_samples) * self.num_crops
        logits = self(self._bags_of_clips(feats, num_views, fcn_test))  # (N * K,)
        scores = logits.float().sigmoid().view(-1, self.num_crops).mean(1)  # (N,)
        for sample, score in zip(data_samples, scores, strict=True):
            sample.set_pred_score(torch.stack([1 - score, score]))
            sample.set_pred_label((score >= 0.5).long())
        return data_samples

    def _fold_classifier(self) -> Tensor:
        """Fold FC2 ∘ FC1 into W (D, R)."""
        return (self.fc2.weight @ self.fc1.weight).view(self.in_channels, -1)

    def _bags_of_clips(self, maps: Tensor, num_bags: int, fcn_test: bool) -> Tensor:
        """Pool the maps of all clips and group them into bags (num_bags, clips, C)."""
        if fcn_test:
            raise ValueError('SalientHead attends over clips; remove fcn_test from test_cfg')
        if not isinstance(maps, Tensor) or maps.ndim not in (2, 4, 5):
            found = tuple(maps.shape) if isinstance(maps, Tensor) else type(maps).__name__
            raise ValueError(
                'expected one map per clip, (clips, C), (clips, C, H, W) or (clips, C, T, H, W), '
                f'got {found}'
            )
        if len(maps) % num_bags:
            raise ValueError(
                f'{len(maps)} clips do not divide into {num_bags} bags; '
                f'is num_crops={self.num_crops} what the pipeline makes?'
            )
        pooled = maps if maps.ndim == 2 else maps.flatten(2).mean(-1)  # (num_bags * clips, C)
        return pooled.unflatten(0, (num_bags, -1))  # (num_bags, clips, C)
