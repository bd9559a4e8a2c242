"""Graphs over the segments of a bag (HL-Net, Wu et al., ECCV 2020, section 4.2)."""

import math

import torch
from torch import Tensor, nn


def masked_softmax(weights: Tensor, mask: Tensor) -> Tensor:
    """Normalise each row of square matrices over the segments that exist.

    Args:
        weights: (N, T, T).
        mask: (N, T) bool, True where a segment exists; each bag has one.

    Returns:
        (N, T, T); rows and columns of segments that do not exist are zero.

    Example:
        >>> mask = torch.tensor([[True, True, False]])
        >>> masked_softmax(torch.zeros(1, 3, 3), mask)[0].tolist()
        [[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]
    """
    rows = weights.masked_fill(~mask[:, None], float('-inf')).softmax(dim=-1)
    return rows * mask[:, :, None]


def similarity_graph(features: Tensor, mask: Tensor, threshold: float = 0.7) -> Tensor:
    """Join segments whose features point the same way: the holistic branch.

    Args:
        features: Input features (N, T, D).
        mask: (N, T) bool.
        threshold: Cosine similarities up to this count as zero.

    Returns:
        (N, T, T), the softmax over each row.

    Example:
        >>> graph = similarity_graph(torch.eye(2)[None], torch.ones(1, 2).bool())
        >>> [round(value, 4) for value in graph[0, 0].tolist()]
        [0.7311, 0.2689]
    """
    norms = features.norm(dim=-1, keepdim=True)  # (N, T, 1)
    cosine = features @ features.transpose(1, 2) / (norms @ norms.transpose(1, 2) + 1e-20)
    return masked_softmax(cosine.masked_fill(cosine <= threshold, 0), mask)


def distance_graph(mask: Tensor) -> Tensor:
    """Join segments that are close in time, exp(−|i − j| / e): the localised branch.

    Args:
        mask: (N, T) bool.

    Returns:
        (N, T, T) float32, not normalised; zero where a segment does not exist.

    Example:
        >>> [round(value, 4) for value in distance_graph(torch.ones(1, 2).bool())[0, 0].tolist()]
        [1.0, 0.6922]
    """
    steps = torch.arange(mask.shape[1], device=mask.device, dtype=torch.float32)
    weights = torch.exp(-(steps[:, None] - steps).abs() / math.e)  # (T, T)
    return weights * (mask[:, :, None] & mask[:, None])


def score_graph(scores: Tensor, mask: Tensor) -> Tensor:
    """Join segments of like scores, σ((1 − |s_i − s_j| − 0.5) / 0.1): the score branch.

    Args:
        scores: (N, T) in [0, 1].
        mask: (N, T) bool.

    Returns:
        (N, T, T), the softmax over each row.

    Example:
        >>> graph = score_graph(torch.tensor([[0.0, 1.0]]), torch.ones(1, 2).bool())
        >>> [round(value, 4) for value in graph[0, 0].tolist()]
        [0.7284, 0.2716]
    """
    closeness = 1 - (scores[:, :, None] - scores[:, None]).abs()  # (N, T, T)
    return masked_softmax(((closeness - 0.5) / 0.1).sigmoid(), mask)


class GraphConvolution(nn.Module):
    """Mix the segments of a bag along a graph, and add what they were.

    A (X W) + R(X); R is the identity where the width stays, else a convolution over five segments.

    Args:
        in_channels: C, width of a segment.
        out_channels: C', width of the output.

    Example:
        >>> GraphConvolution(4, 4)(torch.ones(1, 3, 4), torch.zeros(1, 3, 3)).unique().tolist()
        [1.0]
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_channels, out_channels))
        nn.init.xavier_uniform_(self.weight)
        is_same = in_channels == out_channels
        self.residual = (
            nn.Identity() if is_same else nn.Conv1d(in_channels, out_channels, 5, padding=2)
        )

    def forward(self, segments: Tensor, graph: Tensor) -> Tensor:
        """Map segments (N, T, C) over a graph (N, T, T) to (N, T, C').

        Segments that do not exist are zero, as the convolution's padding is.
        """
        mixed = graph @ (segments @ self.weight)  # (N, T, C')
        return mixed + self.residual(segments.transpose(1, 2)).transpose(1, 2)
