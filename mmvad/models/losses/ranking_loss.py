"""Ranking of the highest scores of anomalous and normal bags (Sultani et al., section 3.2)."""

from mmaction.registry import MODELS
from torch import Tensor, nn

from mmvad.models.losses.classes import split_classes
from mmvad.models.losses.smoothness import temporal_smoothness


def hinge_ranking(anomalous: Tensor, normal: Tensor) -> Tensor:
    """Rank the highest score of each anomalous bag above that of each normal one.

    Args:
        anomalous: Segment scores (A, T).
        normal: Segment scores (M, T).

    Returns:
        Scalar: the mean over the A · M pairs of max(0, 1 − max s_a + max s_n).

    Example:
        >>> import torch
        >>> found = hinge_ranking(torch.tensor([[0.25, 0.75]]), torch.tensor([[0.5, 0.0]]))
        >>> found.item()
        0.75
    """
    highest, normal_highest = anomalous.amax(dim=1), normal.amax(dim=1)  # (A,), (M,)
    return (1 - highest[:, None] + normal_highest[None]).clamp(min=0).mean()


@MODELS.register_module()
class RankingLoss(nn.Module):
    """Hinge ranking with smooth and sparse scores of the anomalous bags.

    Args:
        smoothness: Weight of Σ (s_t − s_{t+1})² within the anomalous bags.
        sparsity: Weight of Σ s_t over the anomalous bags.

    Example:
        >>> import torch
        >>> found = RankingLoss()(torch.tensor([[0.5], [1.0]]), torch.tensor([0.0, 1.0]))
        >>> found['loss_ranking'].item(), round(found['loss_sparsity'].item(), 7)
        (0.5, 8e-05)
    """

    def __init__(self, smoothness: float = 8e-5, sparsity: float = 8e-5) -> None:
        super().__init__()
        self.smoothness = smoothness
        self.sparsity = sparsity

    def forward(self, scores: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Compute the three terms.

        Args:
            scores: (N, T) in [0, 1].
            targets: (N,), 0 normal, 1 anomalous.

        Returns:
            Scalars ``loss_ranking``, ``loss_smoothness`` and ``loss_sparsity``.

        Raises:
            ValueError: The batch lacks a class.
        """
        anomalous, normal = split_classes(scores, targets)
        return dict(
            loss_ranking=hinge_ranking(anomalous, normal),
            loss_smoothness=self.smoothness * temporal_smoothness(anomalous),
            loss_sparsity=self.sparsity * anomalous.sum(),
        )
