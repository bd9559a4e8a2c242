"""I3D on Inception-v1 (Carreira and Zisserman, "Quo vadis, action recognition?", CVPR 2017).

Modules have the names of the circulating ``rgb_imagenet.pt`` and ``flow_imagenet.pt`` state dicts.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import nn

from mmvad.models.backbones.same_padding import split_padding

# Widths of the branches: 1x1; 1x1 then 3x3; 1x1 then 3x3 (the paper's second); 1x1 after the pool.
MIXED_CHANNELS = {
    'Mixed_3b': (64, 96, 128, 16, 32, 32),
    'Mixed_3c': (128, 128, 192, 32, 96, 64),
    'Mixed_4b': (192, 96, 208, 16, 48, 64),
    'Mixed_4c': (160, 112, 224, 24, 64, 64),
    'Mixed_4d': (128, 128, 256, 24, 64, 64),
    'Mixed_4e': (112, 144, 288, 32, 64, 64),
    'Mixed_4f': (256, 160, 320, 32, 128, 128),
    'Mixed_5b': (256, 160, 320, 32, 128, 128),
    'Mixed_5c': (384, 192, 384, 48, 128, 128),
}


class SameMaxPool3d(nn.Module):
    """Max pool with SAME padding of an input that is nowhere negative, as after a ReLU.

    Zeros can then stand for TensorFlow's minus infinity.

    Args:
        kernel: Kernel over (T, H, W).
        stride: Stride over (T, H, W).
    """

    def __init__(self, kernel: tuple[int, int, int], stride: tuple[int, int, int]) -> None:
        super().__init__()
        self.kernel = kernel
        self.stride = stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Pool (N, C, T, H, W) to (N, C, ceil(T / stride), …)."""
        padding, uneven = split_padding(x.shape[2:], self.kernel, self.stride)
        if uneven:
            x = F.pad(x, uneven)
        return F.max_pool3d(x, self.kernel, self.stride, padding)


class ConvUnit(nn.Module):
    """Convolution with SAME padding, batch norm and ReLU.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel: Kernel length on all three axes.
        stride: Stride on all three axes.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int = 1, stride: int = 1
    ) -> None:
        super().__init__()
        self.conv3d = nn.Conv3d(in_channels, out_channels, kernel, stride, bias=False)
        self.bn = nn.BatchNorm3d(out_channels, eps=1e-3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, T, H, W) to (N, out_channels, ceil(T / stride), …)."""
        conv = self.conv3d
        padding, uneven = split_padding(x.shape[2:], conv.kernel_size, conv.stride)
        if uneven:
            x = F.pad(x, uneven)
        x = F.conv3d(x, conv.weight, conv.bias, conv.stride, padding)
        return F.relu(self.bn(x), inplace=not self.training)


class Mixed(nn.Module):
    """Inception block: four branches side by side (the paper's figure 3, right).

    Args:
        in_channels: Channels of the input.
        channels: The six widths of `MIXED_CHANNELS`.
    """

    def __init__(self, in_channels: int, channels: Sequence[int]) -> None:
        super().__init__()
        self.b0 = ConvUnit(in_channels, channels[0])
        self.b1a = ConvUnit(in_channels, channels[1])
        self.b1b = ConvUnit(channels[1], channels[2], kernel=3)
        self.b2a = ConvUnit(in_channels, channels[3])
        self.b2b = ConvUnit(channels[3], channels[4], kernel=3)
        self.b3a = SameMaxPool3d((3, 3, 3), (1, 1, 1))
        self.b3b = ConvUnit(in_channels, channels[5])
        self.out_channels = channels[0] + channels[2] + channels[4] + channels[5]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, T, H, W) to (N, out_channels, T, H, W)."""
        branches = (
            self.b0(x),
            self.b1b(self.b1a(x)),
            self.b2b(self.b2a(x)),
            self.b3b(self.b3a(x)),
        )
        return torch.cat(branches, dim=1)


@MODELS.register_module()
class InceptionI3d(BaseModule):
    """I3D on Inception-v1 up to ``Mixed_5c``; the classifier ``logits`` is not part of it.

    The published 1024-wide feature is the average over ``Mixed_5c`` with kernel (2, 7, 7) and
    stride 1, which covers the whole map for 16 frames at 224 × 224.

    Args:
        in_channels: 3 for RGB, 2 for optical flow.

    Example:
        >>> InceptionI3d().eval()(torch.zeros(1, 3, 16, 32, 32)).shape
        torch.Size([1, 1024, 2, 1, 1])
    """

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        self.Conv3d_1a_7x7 = ConvUnit(in_channels, 64, kernel=7, stride=2)
        self.MaxPool3d_2a_3x3 = SameMaxPool3d((1, 3, 3), (1, 2, 2))
        self.Conv3d_2b_1x1 = ConvUnit(64, 64)
        self.Conv3d_2c_3x3 = ConvUnit(64, 192, kernel=3)
        self.MaxPool3d_3a_3x3 = SameMaxPool3d((1, 3, 3), (1, 2, 2))
        self.Mixed_3b = Mixed(192, MIXED_CHANNELS['Mixed_3b'])
        self.Mixed_3c = Mixed(256, MIXED_CHANNELS['Mixed_3c'])
        self.MaxPool3d_4a_3x3 = SameMaxPool3d((3, 3, 3), (2, 2, 2))
        self.Mixed_4b = Mixed(480, MIXED_CHANNELS['Mixed_4b'])
        self.Mixed_4c = Mixed(512, MIXED_CHANNELS['Mixed_4c'])
        self.Mixed_4d = Mixed(512, MIXED_CHANNELS['Mixed_4d'])
        self.Mixed_4e = Mixed(512, MIXED_CHANNELS['Mixed_4e'])
        self.Mixed_4f = Mixed(528, MIXED_CHANNELS['Mixed_4f'])
        self.MaxPool3d_5a_2x2 = SameMaxPool3d((2, 2, 2), (2, 2, 2))
        self.Mixed_5b = Mixed(832, MIXED_CHANNELS['Mixed_5b'])
        self.Mixed_5c = Mixed(832, MIXED_CHANNELS['Mixed_5c'])

    def init_weights(self) -> None:
        """Draw the convolutions (He et al., 2015, equation 10); batch norms are the identity."""
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu')
            elif isinstance(module, nn.BatchNorm3d):
                module.reset_parameters()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run every layer in order.

        Args:
            x: (N, C, T, H, W), pixels scaled to [-1, 1].

        Returns:
            (N, 1024, T / 8, H / 32, W / 32), rounded up at every step.
        """
        for layer in self.children():
            x = layer(x)
        return x
