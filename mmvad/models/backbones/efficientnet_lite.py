"""EfficientNet-Lite over the frames of a segment (Tan and Le, "EfficientNet", ICML 2019).

The Lite variants have ReLU6 and no squeeze-and-excitation. Modules have the names of the
``efficientnet_lite_pytorch`` package's state dict, whose weights are Google's, converted.
"""

import math

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import nn

from mmvad.models.backbones.same_padding import split_padding

# Factors on the widths and on the repeats of all stages but the first and the last.
VARIANTS = {'lite0': (1.0, 1.0), 'lite1': (1.0, 1.1), 'lite2': (1.1, 1.2)}
# Repeats, kernel, stride, expansion, width.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM_CHANNELS, EMBEDDING_CHANNELS = 32, 1280
CACHED_FRAMES = 2  # a third faster than 8 in a pass, measured with one thread


def scale_width(channels: int, factor: float) -> int:
    """Scale a width to a multiple of 8 that is at least nine tenths of the exact product.

    Args:
        channels: Width at factor 1.
        factor: What to scale by.

    Returns:
        The scaled width.

    Example:
        >>> scale_width(112, 1.1), scale_width(40, 1.1), scale_width(40, 1.0)
        (120, 48, 40)
    """
    exact = channels * factor
    rounded = max(8, int(exact + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * exact else rounded + 8


def plan_blocks(variant: str) -> list[tuple[int, int, int, int, int]]:
    """List the blocks of a variant.

    Args:
        variant: One of `VARIANTS`.

    Returns:
        Input channels, output channels, expansion, kernel and stride of each block.

    Raises:
        ValueError: The variant is unknown.

    Example:
        >>> [len(plan_blocks(variant)) for variant in ('lite0', 'lite2')]
        [16, 21]
    """
    if variant not in VARIANTS:
        raise ValueError(f'variant must be one of {tuple(VARIANTS)}, got {variant!r}')
    width, depth = VARIANTS[variant]
    blocks, in_channels = [], STEM_CHANNELS
    for number, (repeats, kernel, stride, expansion, channels) in enumerate(STAGES):
        factor = depth if 0 < number < len(STAGES) - 1 else 1.0
        out_channels = scale_width(channels, width)
        for index in range(math.ceil(factor * repeats)):
            blocks.append((in_channels, out_channels, expansion, kernel, 1 if index else stride))
            in_channels = out_channels
    return blocks


def summarise_frames(embeddings: torch.Tensor) -> torch.Tensor:
    """Describe a segment by how its frames look and by how much they change.

    Args:
        embeddings: (N, T, C), T at least 2.

    Returns:
        (N, 2 C), the mean over the frames, then the mean absolute difference of neighbours.

    Raises:
        ValueError: There is only one frame.

    Example:
        >>> summarise_frames(torch.tensor([[[1.0, 0.0], [3.0, 0.0], [2.0, 0.0]]])).tolist()
        [[2.0, 0.0, 1.5, 0.0]]
    """
    if embeddings.shape[1] < 2:
        raise ValueError(
            f'differences of frames need at least 2 frames of a segment, got {embeddings.shape[1]}'
        )
    change = embeddings.diff(dim=1).abs().mean(dim=1)  # (N, C)
    return torch.cat((embeddings.mean(dim=1), change), dim=1)


def _conv(
    in_channels: int, out_channels: int, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, kernel, stride, groups=groups, bias=False)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


def _run(
    conv: nn.Conv2d, norm: nn.Module, x: torch.Tensor, is_linear: bool = False
) -> torch.Tensor:
    """Convolve (M, C, H, W) with SAME padding, normalise, and apply ReLU6 unless `is_linear`."""
    padding, uneven = split_padding(x.shape[2:], conv.kernel_size, conv.stride)
    if uneven:
        x = F.pad(x, uneven)
    x = norm(F.conv2d(x, conv.weight, conv.bias, conv.stride, padding, groups=conv.groups))
    return x if is_linear else F.relu6(x, inplace=True)


class InvertedResidual(nn.Module):
    """Widen by 1 × 1, convolve each channel by itself, narrow by 1 × 1 without an activation.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        expansion: Factor of the widening; 1 leaves it out.
        kernel: Side of the kernel.
        stride: Stride of the middle convolution.
    """

    conv_norm_pairs = (
        ('_expand_conv', '_bn0'),
        ('_depthwise_conv', '_bn1'),
        ('_project_conv', '_bn2'),
    )

    def __init__(
        self, in_channels: int, out_channels: int, expansion: int, kernel: int, stride: int
    ) -> None:
        super().__init__()
        inner = in_channels * expansion
        self.is_widened = expansion != 1
        self.is_residual = stride == 1 and in_channels == out_channels
        if self.is_widened:
            self._expand_conv, self._bn0 = _conv(in_channels, inner, 1), _norm(inner)
        self._depthwise_conv = _conv(inner, inner, kernel, stride, groups=inner)
        self._bn1 = _norm(inner)
        self._project_conv, self._bn2 = _conv(inner, out_channels, 1), _norm(out_channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (M, in_channels, H, W) to (M, out_channels, ceil(H / stride), …)."""
        inner = _run(self._expand_conv, self._bn0, x) if self.is_widened else x
        inner = _run(self._depthwise_conv, self._bn1, inner)
        narrow = _run(self._project_conv, self._bn2, inner, is_linear=True)
        return narrow + x if self.is_residual else narrow


@MODELS.register_module()
class EfficientNetLite(BaseModule):
    """An image network over the frames of a segment: how they look, and how much they change.

    The classifier ``_fc`` is not part of it.

    Args:
        variant: ``'lite0'`` (made for pictures of 224 × 224), ``'lite1'`` (240) or ``'lite2'``
            (260).

    Raises:
        ValueError: The variant is unknown.

    Example:
        >>> EfficientNetLite().eval()(torch.zeros(1, 3, 4, 32, 32)).shape
        torch.Size([1, 2560, 1, 1, 1])
    """

    conv_norm_pairs = (('_conv_stem', '_bn0'), ('_conv_head', '_bn1'))

    def __init__(self, variant: str = 'lite0') -> None:
        super().__init__()
        blocks = plan_blocks(variant)
        self._conv_stem, self._bn0 = _conv(3, STEM_CHANNELS, 3, stride=2), _norm(STEM_CHANNELS)
        self._blocks = nn.ModuleList(InvertedResidual(*block) for block in blocks)
        self._conv_head = _conv(blocks[-1][1], EMBEDDING_CHANNELS, 1)
        self._bn1 = _norm(EMBEDDING_CHANNELS)

    def init_weights(self) -> None:
        """Draw the convolutions (He et al., 2015, equation 10); batch norms are the identity."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode='fan_in', nonlinearity='relu')
            elif isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()

    def embed(self, frames: torch.Tensor) -> torch.Tensor:
        """Describe frames one by one.

        Args:
            frames: (M, 3, H, W), RGB, (pixel − 127) / 128.

        Returns:
            (M, 1280), the average over the places of the last convolution's map.
        """
        # The wide first maps of a few frames stay in a processor's cache, those of more do not.
        together = CACHED_FRAMES if frames.device.type == 'cpu' else len(frames)
        return torch.cat([self._embed(part) for part in frames.split(together)])

    def _embed(self, x: torch.Tensor) -> torch.Tensor:
        x = _run(self._conv_stem, self._bn0, x)
        for block in self._blocks:
            x = block(x)
        return _run(self._conv_head, self._bn1, x).mean(dim=(2, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Describe segments.

        Args:
            x: (N, 3, T, H, W), see `embed`; T at least 2.

        Returns:
            (N, 2560, 1, 1, 1), see `summarise_frames`.

        Raises:
            ValueError: There is only one frame.
        """
        frames = x.transpose(1, 2).flatten(0, 1)  # (N * T, 3, H, W)
        embeddings = self.embed(frames).unflatten(0, (len(x), -1))  # (N, T, 1280)
        return summarise_frames(embeddings)[..., None, None, None]
