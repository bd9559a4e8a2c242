"""Multi-scale temporal network (RTFM, Tian et al., ICCV 2021, section 3.3)."""

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmvad.models.necks.nonlocal_block import NonLocalBlock


@MODELS.register_module()
class MultiScaleTemporal(BaseModule):
    """Give each segment its surroundings: three dilated convolutions and a non-local branch.

    Each branch is D/4 wide; the four are concatenated, mixed by a convolution, and added to the
    input. A normalisation follows its ReLU. The network looks at the whole video.

    Args:
        in_channels: D, width of a feature; a multiple of 8.
        init_cfg: mmengine's initialisation, after Xavier-uniform weights and zero biases.

    Raises:
        ValueError: The width is no multiple of 8.

    Example:
        >>> MultiScaleTemporal(in_channels=16)(torch.randn(2, 5, 16)).shape
        torch.Size([2, 5, 16])
    """

    def __init__(self, in_channels: int, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        if in_channels < 8 or in_channels % 8:
            raise ValueError(
                'MultiScaleTemporal: in_channels must be a multiple of 8, because its branches '
                f'are D/4 wide and the non-local block D/8, got {in_channels}'
            )
        self.in_channels = in_channels
        branch = in_channels // 4
        self.dilated = nn.ModuleList(
            _convolution(in_channels, branch, dilation) for dilation in (1, 2, 4)
        )
        self.reduce = nn.Sequential(nn.Conv1d(in_channels, branch, 1, bias=False), nn.ReLU())
        self.non_local = NonLocalBlock(branch, branch // 2)
        self.mix = _convolution(in_channels, in_channels, 1, bias=False)
        for module in self.modules():
            if isinstance(module, nn.Conv1d):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, T, D) to (N, T, D).

        Raises:
            ValueError: The features have a width that this neck was not built for.
        """
        if features.shape[-1] != self.in_channels:
            raise ValueError(
                f'MultiScaleTemporal was built with in_channels={self.in_channels}, '
                f'got features of width {features.shape[-1]}'
            )
        x = features.transpose(1, 2)  # (N, D, T)
        branches = [branch(x) for branch in self.dilated]  # (N, D/4, T) each
        branches.append(self.non_local(self.reduce(x)))
        return (self.mix(torch.cat(branches, dim=1)) + x).transpose(1, 2)  # (N, T, D)


def _convolution(
    in_channels: int, out_channels: int, dilation: int, bias: bool = True
) -> nn.Sequential:
    """Convolve over three steps, keep the length, normalise after the ReLU."""
    return nn.Sequential(
        nn.Conv1d(in_channels, out_channels, 3, padding=dilation, dilation=dilation, bias=bias),
        nn.ReLU(),
        nn.BatchNorm1d(out_channels),
    )
