"""Self-attention over the segments of a bag (Watanabe et al., section 3; Lin et al., 2017)."""

import torch
from torch import Tensor, nn


class SegmentAttention(nn.Module):
    """Weigh the segments of a bag, hop by hop.

    A₁ = tanh(Linear(F)), A₂ = dropout(softmax over segments(Linear(A₁))). A segment's weight
    depends on its own feature and on the softmax's sum only, so the order of the segments does not
    matter.

    Args:
        in_channels: D, width of a feature.
        attention_channels: d_a, width of A₁.
        num_hops: r, rows of A₂.
        dropout: Probability that a weight of A₂ is set to 0 in training; the others are scaled by
            1 / (1 - dropout), without normalising again.

    Example:
        >>> attention = SegmentAttention(8, attention_channels=4, num_hops=2).eval()
        >>> attention(torch.randn(5, 3, 8)).sum(-1).allclose(torch.ones(5, 2))
        True
    """

    def __init__(
        self, in_channels: int, attention_channels: int, num_hops: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.hidden = nn.Linear(in_channels, attention_channels)
        self.hops = nn.Linear(attention_channels, num_hops)
        self.dropout = nn.Dropout(dropout)

    def forward(self, features: Tensor, mask: Tensor | None = None) -> Tensor:
        """Compute the attention map A₂.

        Args:
            features: (N, T, D).
            mask: (N, T) bool, True where a segment exists; None means everywhere.

        Returns:
            (N, R, T); without dropout each row sums to 1 over the segments that exist.

        Raises:
            ValueError: The mask does not fit, or a bag has no segment.
        """
        logits = self.hops(torch.tanh(self.hidden(features)))  # (N, T, R)
        if mask is not None:
            if mask.shape != features.shape[:2] or mask.dtype != torch.bool:
                raise ValueError(
                    f'expected a bool mask of shape {tuple(features.shape[:2])}, '
                    f'got {mask.dtype} {tuple(mask.shape)}'
                )
            if not mask.any(dim=1).all():
                raise ValueError('mask leaves a bag without a segment')
            logits = logits.masked_fill(~mask.unsqueeze(-1), float('-inf'))
        return self.dropout(logits.softmax(dim=1)).transpose(1, 2)  # (N, R, T)
