"""Scores that change little from one segment to the next (Sultani et al., section 3.2)."""

from torch import Tensor


def temporal_smoothness(scores: Tensor, end_to_end: bool = False) -> Tensor:
    """Sum the squared differences between the scores of neighbouring segments.

    Args:
        scores: (N, T).
        end_to_end: Lay the bags end to end first, so that the last segment of a bag and the first
            one of the next are neighbours too, as RTFM's released code does.

    Returns:
        Scalar: Σ (s_t − s_{t+1})².

    Example:
        >>> import torch
        >>> scores = torch.tensor([[0.0, 0.5], [1.0, 1.0]])
        >>> temporal_smoothness(scores).item(), temporal_smoothness(scores, True).item()
        (0.25, 0.5)
    """
    runs = scores.reshape(1, -1) if end_to_end else scores
    return (runs[:, 1:] - runs[:, :-1]).square().sum()
