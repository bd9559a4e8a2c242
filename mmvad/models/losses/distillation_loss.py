"""Offline scores that teach online ones (Wu et al., ECCV 2020, section 4.3)."""

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn


def top_mean(logits: Tensor, mask: Tensor) -> Tensor:
    """Average the highest ⌊T/16⌋ + 1 logits of each bag, T its true length.

    Args:
        logits: (N, T).
        mask: (N, T) bool, True where a segment exists; each bag has one.

    Returns:
        (N,).

    Example:
        >>> logits = torch.tensor([[1.0, 4.0, 9.0]])
        >>> top_mean(logits, torch.tensor([[True, True, False]])).item()
        4.0
    """
    counts = mask.sum(dim=1) // 16 + 1  # (N,)
    highest = logits.masked_fill(~mask, float('-inf')).topk(int(counts.max()), dim=1).values
    is_counted = torch.arange(highest.shape[1], device=logits.device) < counts[:, None]
    return highest.masked_fill(~is_counted, 0).sum(dim=1) / counts


def distillation(offline: Tensor, online: Tensor, mask: Tensor) -> Tensor:
    """Let the online scores follow the offline ones, which they do not change.

    Args:
        offline: Logits (N, T).
        online: Logits (N, T).
        mask: (N, T) bool, True where a segment exists.

    Returns:
        Scalar: the mean over bags of the mean over their segments of −σ(offline) · log σ(online).

    Example:
        >>> found = distillation(torch.zeros(1, 1), torch.zeros(1, 1), torch.ones(1, 1).bool())
        >>> round(found.item(), 4)
        0.3466
    """
    terms = -offline.sigmoid().detach() * F.logsigmoid(online)  # (N, T)
    return (terms.masked_fill(~mask, 0).sum(dim=1) / mask.sum(dim=1)).mean()


@MODELS.register_module()
class DistillationLoss(nn.Module):
    """BCE of the offline and of the online video scores, and the distillation between them.

    Args:
        distillation: Weight of `distillation`.
    """

    def __init__(self, distillation: float = 5.0) -> None:
        super().__init__()
        self.distillation = distillation

    def forward(
        self, offline: Tensor, online: Tensor, mask: Tensor, targets: Tensor
    ) -> dict[str, Tensor]:
        """Compute the three terms in float32.

        Args:
            offline: Logits (N, T).
            online: Logits (N, T).
            mask: (N, T) bool, True where a segment exists.
            targets: (N,), 0 normal, 1 anomalous.

        Returns:
            Scalars ``loss_offline``, ``loss_online`` and ``loss_distillation``.
        """
        offline, online = offline.float(), online.float()
        return dict(
            loss_offline=F.binary_cross_entropy_with_logits(top_mean(offline, mask), targets),
            loss_online=F.binary_cross_entropy_with_logits(top_mean(online, mask), targets),
            loss_distillation=self.distillation * distillation(offline, online, mask),
        )
