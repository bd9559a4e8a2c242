"""I3D ResNet-50 of video-nonlocal-net as ported to PyTorch, behind the published R50 features.

Wang et al., "Non-local neural networks", CVPR 2018, the baseline without non-local blocks.
"""

from collections.abc import Sequence

from mmaction.models.backbones.resnet3d import ResNet3d
from mmaction.registry import MODELS
from torch import nn

TEMPORAL_KERNELS = ((1, 1, 1), (1, 0, 1, 0), (1, 0, 1, 0, 1, 0), (0, 1, 0))


@MODELS.register_module()
class ResNet3dNonLocalPort(ResNet3d):
    """MMAction2's I3D ResNet-50 with the first max pool of the port.

    Both networks have the same convolutions. The port's first max pool spans two frames and pads
    nothing, kernel (2, 3, 3), stride (2, 2, 2); MMAction2's is kernel (1, 3, 3), stride (2, 2, 2),
    padding (0, 1, 1). The same weights with the other pool give features that are several percent
    off.

    Args:
        in_channels: Channels of the input.
        inflate: For each block of each stage, whether its first convolution spans three frames.

    Example:
        >>> import torch
        >>> network = ResNet3dNonLocalPort()
        >>> _ = network.train(False)
        >>> network(torch.zeros(1, 3, 16, 64, 64)).shape
        torch.Size([1, 2048, 2, 2, 2])
    """

    def __init__(
        self, in_channels: int = 3, inflate: Sequence[Sequence[int]] = TEMPORAL_KERNELS
    ) -> None:
        super().__init__(
            depth=50,
            pretrained2d=False,
            in_channels=in_channels,
            conv1_kernel=(5, 7, 7),
            conv1_stride_t=2,
            pool1_stride_t=2,
            inflate=inflate,
            zero_init_residual=False,
        )

    def _make_stem_layer(self) -> None:
        super()._make_stem_layer()
        self.maxpool = nn.MaxPool3d(kernel_size=(2, 3, 3), stride=(2, 2, 2))
