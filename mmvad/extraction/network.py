"""From uint8 clips, or windows of audio, to feature vectors: tensors in, tensors out."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mmvad.video.log_mel import WINDOW_SAMPLES, log_mel

CONV_NORM_PAIRS = (('conv', 'bn'), ('conv3d', 'bn'))
CONVOLUTIONS, BATCH_NORMS = (nn.Conv2d, nn.Conv3d), (nn.BatchNorm2d, nn.BatchNorm3d)
DTYPES = {'float32': torch.float32, 'bfloat16': torch.bfloat16}


class ClipFeatureExtractor(nn.Module):
    """Normalise clips, run a frozen network, average its last map over time and space.

    Args:
        backbone: Network from (N, C, T, H, W) to (N, D, T', H', W'); put into evaluation mode.
        mean: C numbers, subtracted from the pixels, which are 0–255.
        std: C numbers, divided by afterwards.
        feature_channels: D, checked.
        pool_kernel: Kernel (T, H, W) of an average pool of stride 1 before the mean over what is
            left, None for the plain mean. Both are the same where the kernel covers the map.
        dtype: ``'float32'``, or ``'bfloat16'`` for weights and activations; pixels are normalised
            and maps averaged in float32 in either case.

    Raises:
        ValueError: `dtype` is unknown, or mean and std do not match.
    """

    def __init__(
        self,
        backbone: nn.Module,
        mean: Sequence[float],
        std: Sequence[float],
        feature_channels: int,
        pool_kernel: Sequence[int] | None = None,
        dtype: str = 'float32',
    ) -> None:
        super().__init__()
        if len(mean) != len(std) or not all(scale > 0 for scale in std):
            raise ValueError(
                f'expected one mean and one positive std per channel, got {mean} and {std}'
            )
        if dtype not in DTYPES:
            raise ValueError(f'dtype must be one of {sorted(DTYPES)}, got {dtype!r}')
        self.dtype = DTYPES[dtype]
        self.feature_channels = feature_channels
        self.pool_kernel = None if pool_kernel is None else tuple(pool_kernel)
        backbone.train(False)  # MMAction2's ResNet3d.eval() returns None
        self.backbone = channels_last(backbone.requires_grad_(False).to(dtype=self.dtype))
        self.register_buffer('mean', torch.tensor(mean, dtype=torch.float32))
        self.register_buffer('std', torch.tensor(std, dtype=torch.float32))

    def train(self, mode: bool = True) -> 'ClipFeatureExtractor':
        """Stay in evaluation mode: features of a published network have no training mode."""
        return super().train(False)

    def normalise(self, clips: torch.Tensor) -> torch.Tensor:
        """Scale pixels and put channels first.

        Args:
            clips: (N, T, H, W, C) uint8, RGB, on any device.

        Returns:
            (N, C, T, H, W) in the extractor's dtype, channels last in memory.

        Raises:
            ValueError: The clips have another shape or dtype.
        """
        if clips.dtype != torch.uint8 or clips.ndim != 5 or clips.shape[-1] != len(self.mean):
            raise ValueError(
                f'expected uint8 clips of shape (N, T, H, W, {len(self.mean)}), '
                f'got {clips.dtype} {tuple(clips.shape)}'
            )
        scaled = (
            clips.to(self.mean.device).float().sub_(self.mean).div_(self.std)
        )  # (N, T, H, W, C)
        # Channels are already last in memory, the fastest order for 3-D networks: this is a view.
        channels_first = scaled.to(self.dtype).permute(0, 4, 1, 2, 3)
        return channels_first.contiguous(memory_format=torch.channels_last_3d)

    @torch.inference_mode()
    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        """Extract one vector per clip.

        Args:
            clips: (N, T, H, W, C) uint8, RGB, on any device.

        Returns:
            (N, D) float32.

        Raises:
            ValueError: The clips have another shape or dtype, or the network another width.
        """
        maps = self.backbone(self.normalise(clips)).float()  # (N, D, T', H', W')
        if maps.ndim != 5 or maps.shape[1] != self.feature_channels:
            raise ValueError(
                f'expected maps of {self.feature_channels} channels (feature_channels) from '
                f'{type(self.backbone).__name__}, got shape {tuple(maps.shape)}'
            )
        if self.pool_kernel is not None:
            maps = F.avg_pool3d(maps, self.pool_kernel, stride=1)
        return maps.mean(dim=(2, 3, 4))  # (N, D)


class AudioFeatureExtractor(nn.Module):
    """Log-mel front end, VGGish and, optionally, AudioSet's post-processing.

    Args:
        backbone: Network from log-mel windows (N, 96, 64) to (N, D); put into evaluation mode.
        feature_channels: D, checked.
        postprocess: Module from (N, D) to (N, D), None for raw embeddings.
    """

    def __init__(
        self, backbone: nn.Module, feature_channels: int, postprocess: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.feature_channels = feature_channels
        self.backbone = backbone.train(False).requires_grad_(False)
        self.postprocess = postprocess

    def train(self, mode: bool = True) -> 'AudioFeatureExtractor':
        """Stay in evaluation mode: features of a published network have no training mode."""
        return super().train(False)

    @torch.inference_mode()
    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Extract one vector per window.

        Args:
            windows: (N, 15600) waveforms, 16 kHz mono, full scale is 1.

        Returns:
            (N, D) float32.

        Raises:
            ValueError: The windows have another shape, or the network another width.
        """
        if windows.ndim != 2 or windows.shape[1] != WINDOW_SAMPLES:
            raise ValueError(
                f'expected windows of shape (N, {WINDOW_SAMPLES}), got {tuple(windows.shape)}'
            )
        device = next(self.backbone.parameters()).device
        log_mels = torch.from_numpy(log_mel(windows.cpu().numpy())).to(device)  # (N, 96, 64)
        features = self.backbone(log_mels)  # (N, D)
        if features.shape[1:] != (self.feature_channels,):
            raise ValueError(
                f'expected {self.feature_channels} channels (feature_channels) from '
                f'{type(self.backbone).__name__}, got shape {tuple(features.shape)}'
            )
        return features if self.postprocess is None else self.postprocess(features)


def channels_last(network: nn.Module) -> nn.Module:
    """Put the kernels of a network into the fastest layout, in place; the numbers stay the same.

    Args:
        network: With convolutions over pictures or over clips.

    Returns:
        The same network.

    Example:
        >>> conv = channels_last(nn.Conv2d(3, 8, 3))
        >>> conv.weight.is_contiguous(memory_format=torch.channels_last)
        True
    """
    layouts = {4: torch.channels_last, 5: torch.channels_last_3d}
    for parameter in network.parameters():
        if parameter.ndim in layouts:
            parameter.data = parameter.data.contiguous(memory_format=layouts[parameter.ndim])
    return network


def fold_batch_norms(network: nn.Module) -> nn.Module:
    """Fold every batch norm into the convolution before it, in place; the output stays the same.

    It knows the pairs of the networks here: `bn` with `conv` (mmcv's ConvModule) or `conv3d`, and
    those that a module lists as its ``conv_norm_pairs``.

    Args:
        network: A network in evaluation mode.

    Returns:
        The same network, with identities for batch norms.

    Raises:
        ValueError: A batch norm is left, or the network is in training mode.

    Example:
        >>> from mmvad.models.backbones.inception_i3d import ConvUnit
        >>> fold_batch_norms(ConvUnit(3, 8).eval()).bn
        Identity()
    """
    if network.training:
        raise ValueError('batch norms can be folded in evaluation mode only')
    for module in list(network.modules()):
        for conv_name, norm_name in getattr(module, 'conv_norm_pairs', CONV_NORM_PAIRS):
            conv, norm = getattr(module, conv_name, None), getattr(module, norm_name, None)
            if isinstance(conv, CONVOLUTIONS) and isinstance(norm, BATCH_NORMS):
                setattr(module, conv_name, fuse_conv_bn_eval(conv, norm))
                setattr(module, norm_name, nn.Identity())
    left = [name for name, module in network.named_modules() if isinstance(module, BATCH_NORMS)]
    if left:
        raise ValueError(f'no convolution found before the batch norms {left[:3]}')
    return network
