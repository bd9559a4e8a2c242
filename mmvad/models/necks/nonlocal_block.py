"""Non-local block over time without softmax (Wang et al., CVPR 2018; used by RTFM)."""

from torch import Tensor, nn


class NonLocalBlock(nn.Module):
    """Add to each step what all steps say, weighted by their product with it.

    z = x + BN(W(y)), y_i = 1/T · Σ_j (θ(x)_i · φ(x)_j) g(x)_j. The normalisation starts at zero, so
    that the block starts as the identity.

    Args:
        channels: Width of a step.
        inner_channels: Width of θ, φ and g.

    Example:
        >>> import torch
        >>> x = torch.randn(2, 8, 5)
        >>> NonLocalBlock(8, 4)(x).equal(x)
        True
    """

    def __init__(self, channels: int, inner_channels: int) -> None:
        super().__init__()
        self.g = nn.Conv1d(channels, inner_channels, 1)
        self.theta = nn.Conv1d(channels, inner_channels, 1)
        self.phi = nn.Conv1d(channels, inner_channels, 1)
        self.out = nn.Conv1d(inner_channels, channels, 1)
        self.norm = nn.BatchNorm1d(channels)
        nn.init.zeros_(self.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, T) to (N, C, T)."""
        theta, phi, g = self.theta(x), self.phi(x), self.g(x)  # (N, C', T) each
        weights = theta.transpose(1, 2) @ phi / x.shape[-1]  # (N, T, T)
        mixed = g @ weights.transpose(1, 2)  # (N, C', T)
        return x + self.norm(self.out(mixed))
