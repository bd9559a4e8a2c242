"""The detector shell: features of videos in, losses or segment scores out."""

from collections.abc import Sequence

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.model import BaseModel
from torch import Tensor

from mmvad.models.heads.bags import bag_groups, refuse_padding
from mmvad.models.heads.segment_attention import SegmentAttention


@MODELS.register_module()
class VideoAnomalyDetector(BaseModel):
    """A neck, if any, and a head over the features of videos.

    Args:
        head: Config of the head, for instance ``dict(type='SalientHead', in_channels=2048)``.
        neck: Config of the neck; it acts on bags (N, T, D), each crop of a video for itself.
        data_preprocessor: Config; `FeaturePreprocessor` by default.
        init_cfg: mmengine's initialisation.
    """

    def __init__(
        self,
        head: dict,
        neck: dict | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        preprocessor = MODELS.build(data_preprocessor or dict(type='FeaturePreprocessor'))
        super().__init__(preprocessor, init_cfg)
        self.neck = None if neck is None else MODELS.build(neck)
        self.head = MODELS.build(head)

    def forward(
        self,
        inputs: Tensor | Sequence[Tensor],
        data_samples: Sequence[ActionDataSample] | None = None,
        mode: str = 'tensor',
    ) -> Tensor | dict[str, Tensor] | list[ActionDataSample]:
        """Run one of mmengine's three modes.

        Args:
            inputs: Bags (N, T, D), or all crops of videos together (N, K, T, D), for ``'loss'`` and
                ``'tensor'``; a list of N videos (S, K, D) for ``'predict'``.
            data_samples: N samples. Scores of a video with a ``segment_order`` are given back in
                the order of time.
            mode: ``'loss'``, ``'predict'`` or ``'tensor'``.

        Returns:
            Losses, samples with ``pred_segment_scores`` (S,), or logits (N,).

        Raises:
            ValueError: The mode is unknown, or bags for a neck are padded.
        """
        if mode == 'loss':
            if self.neck is not None:
                refuse_padding(data_samples, inputs.shape[-2], self.neck)
            return self.head.loss(self._neck(inputs), data_samples)
        if mode == 'predict':
            for video, sample in zip(inputs, data_samples, strict=True):
                scores = self.segment_scores(video)
                if (order := sample.get('segment_order')) is not None:
                    scores = scores[torch.as_tensor(order, device=scores.device).argsort()]
                sample.set_field(scores, 'pred_segment_scores', dtype=torch.Tensor)
            return list(data_samples)
        if mode == 'tensor':
            return self.head(self._neck(inputs))
        raise ValueError(f"mode must be 'loss', 'predict' or 'tensor', got {mode!r}")

    def segment_scores(self, features: Tensor) -> Tensor:
        """Score the segments of one video.

        Args:
            features: (S, K, D).

        Returns:
            (S,) float32 in [0, 1].
        """
        if self.neck is not None:
            groups = bag_groups(features, self.head.bag_size)
            features = torch.cat([self._neck_bags(bags) for bags in groups])  # (S, K, D')
        return self.head.segment_scores(features)

    @property
    def segment_ranking(self) -> float:
        """γ, see `SalientHead`; 0 for heads that do not rank the segments of a bag."""
        return getattr(self.head, 'segment_ranking', 0.0)

    @property
    def has_attention(self) -> bool:
        """Whether the head weighs segments by an attention map."""
        return isinstance(getattr(self.head, 'attention', None), SegmentAttention)

    @property
    def needs_whole_video(self) -> bool:
        """Whether a segment's score needs its whole video, so that no stream has scores."""
        return self.head.bag_size is None

    @property
    def scores_segments(self) -> bool:
        """Whether the segments of a bag have scores of their own, not one in common."""
        return getattr(self.head, 'scores_segments', False)

    def score_with_attention(self, bags: Tensor) -> tuple[Tensor, Tensor]:
        """Score bags and show what the head attended to.

        Args:
            bags: (N, T, D).

        Returns:
            Logits (N,) and the attention map A₂ (N, R, T).

        Raises:
            ValueError: The head has no attention.
        """
        if not self.has_attention:
            raise ValueError(f'{type(self.head).__name__} has no attention map')
        return self.head(self._neck(bags), return_attention=True)

    def score_bags(self, bags: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Score bags and their segments in one pass of neck and head.

        Args:
            bags: (N, T, D).

        Returns:
            Logits (N,), those of the segments (N, T), which all have that of their bag where the
            head neither scores nor ranks them, and A₂ (N, R, T), None for a head without attention.
        """
        bags = self._neck(bags)
        if self.has_attention:
            logits, attention = self.head(bags, return_attention=True)
        else:
            logits, attention = self.head(bags), None
        if self.scores_segments and not self.needs_whole_video:
            return logits, self.head.segment_logits(bags), attention
        if self.segment_ranking:
            return logits, self.head.segment_logits(bags, logits), attention
        return logits, logits[:, None].expand(bags.shape[:2]), attention

    def encode_bag(self, bag: Tensor) -> Tensor:
        """Run the neck, if any, over one bag, (l, K, D) -> (l, K, D')."""
        return bag if self.neck is None else self._neck_bags(bag[None])

    def _neck(self, bags: Tensor) -> Tensor:
        """Run the neck, if any, (N, T, D) -> (N, T, D'), or (N, K, T, D) -> (N, K, T, D')."""
        if self.neck is None:
            return bags
        if bags.ndim == 3:
            return self.neck(bags)
        return self.neck(bags.flatten(0, 1)).unflatten(0, bags.shape[:2])

    def _neck_bags(self, bags: Tensor) -> Tensor:
        """Run the neck on each crop of each bag, (m, l, K, D) -> (m · l, K, D')."""
        num_bags, length, num_crops, width = bags.shape
        sequences = bags.transpose(1, 2).reshape(-1, length, width)  # (m * K, l, D)
        out = self.neck(sequences).unflatten(0, (num_bags, num_crops))  # (m, K, l, D')
        return out.transpose(1, 2).flatten(0, 1)  # (m * l, K, D')
