"""Feature magnitudes that tell anomalous from normal videos (RTFM, Tian et al., ICCV 2021)."""

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from mmvad.models.losses.classes import split_classes
from mmvad.models.losses.smoothness import temporal_smoothness


def magnitude_separation(anomalous: Tensor, normal: Tensor, margin: float = 100.0) -> Tensor:
    """Push the magnitude of anomalous features to a margin, that of normal ones to zero.

    Args:
        anomalous: Features of the k chosen segments of each crop of V videos, (V, K, k, D).
        normal: The same of V normal videos; pairs are in the order of the batch.
        margin: Magnitude that anomalous features are to have.

    Returns:
        Scalar: the mean over pairs and crops of (abs(margin − ‖mean_k a‖₂) + ‖mean_k n‖₂)².

    Raises:
        ValueError: There are not as many normal videos as anomalous ones.

    Example:
        >>> a, n = torch.tensor([[[[60.0, 80.0]]]]), torch.tensor([[[[0.0, 3.0]]]])
        >>> magnitude_separation(a, n).item()
        9.0
    """
    if anomalous.shape != normal.shape:
        raise ValueError(
            'RTFM pairs each anomalous video with a normal one; got features of shape '
            f'{tuple(anomalous.shape)} and {tuple(normal.shape)}; BalancedSampler draws as many '
            'of either'
        )
    distance = (margin - anomalous.mean(dim=2).norm(dim=-1)).abs()  # (V, K)
    return (distance + normal.mean(dim=2).norm(dim=-1)).square().mean()


@MODELS.register_module()
class MagnitudeLoss(nn.Module):
    """BCE of the video scores, separated magnitudes, smooth and sparse anomalous scores.

    Args:
        margin: Magnitude that anomalous features are to have.
        separation: Weight of `magnitude_separation`.
        smoothness: Weight of Σ (s_t − s_{t+1})² over the anomalous videos.
        sparsity: Weight of the L2 norm of all anomalous scores of the batch.
        smooth_end_to_end: Take the smoothness over the anomalous videos laid end to end, as
            published, instead of within each of them, as the paper's formula says.
    """

    def __init__(
        self,
        margin: float = 100.0,
        separation: float = 1e-4,
        smoothness: float = 8e-4,
        sparsity: float = 8e-3,
        smooth_end_to_end: bool = False,
    ) -> None:
        super().__init__()
        self.margin = margin
        self.separation = separation
        self.smoothness = smoothness
        self.sparsity = sparsity
        self.smooth_end_to_end = smooth_end_to_end

    def forward(
        self, video_scores: Tensor, segment_scores: Tensor, chosen: Tensor, targets: Tensor
    ) -> dict[str, Tensor]:
        """Compute the four terms in float32.

        Args:
            video_scores: (N,) in [0, 1].
            segment_scores: (N, T) in [0, 1].
            chosen: Features of the k chosen segments, (N, K, k, D).
            targets: (N,), 0 normal, 1 anomalous.

        Returns:
            Scalars ``loss_cls``, ``loss_magnitude``, ``loss_smoothness`` and ``loss_sparsity``.

        Raises:
            ValueError: The batch lacks a class, or has more videos of one than of the other.
        """
        anomalous, _ = split_classes(segment_scores.float(), targets)  # (A, T)
        with torch.autocast(video_scores.device.type, enabled=False):  # autocast refuses BCE
            loss_cls = F.binary_cross_entropy(video_scores.float(), targets)
        separation = magnitude_separation(*split_classes(chosen.float(), targets), self.margin)
        smoothness = temporal_smoothness(anomalous, self.smooth_end_to_end)
        return dict(
            loss_cls=loss_cls,
            loss_magnitude=self.separation * separation,
            loss_smoothness=self.smoothness * smoothness,
            loss_sparsity=self.sparsity * anomalous.norm(),
        )
