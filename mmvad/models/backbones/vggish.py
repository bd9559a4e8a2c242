"""VGGish (Hershey et al., "CNN architectures for large-scale audio classification", ICASSP 2017).

Modules carry the names of the circulating PyTorch port's state dict, ``features.{0,3,6,8,11,13}``
and ``embeddings.{0,2,4}``.
"""

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import nn

from mmvad.video.log_mel import MEL_BANDS, WINDOW_FRAMES

EMBEDDING_CHANNELS = 128
FLAT_CHANNELS = 512 * (WINDOW_FRAMES // 16) * (MEL_BANDS // 16)  # 12288: four pools halve both axes


def conv_layers() -> nn.Sequential:
    """Stack the six 3 × 3 convolutions, each with ReLU, and the four 2 × 2 max pools.

    Returns:
        Layers from (N, 1, 96, 64) to (N, 512, 6, 4).
    """
    layers = []
    in_channels = 1
    for stage in ((64,), (128,), (256, 256), (512, 512)):
        for out_channels in stage:
            layers += [nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.ReLU(inplace=True)]
            in_channels = out_channels
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


@MODELS.register_module()
class VGGish(BaseModule):
    """One 128-wide embedding for 0.96 s of audio.

    Args:
        final_relu: Whether a ReLU follows the last layer, as it does in the circulating port.

    Example:
        >>> layer_names = [name for name, _ in VGGish().named_parameters()]
        >>> layer_names[0], layer_names[-1]
        ('features.0.weight', 'embeddings.4.bias')
    """

    def __init__(self, final_relu: bool = True) -> None:
        super().__init__()
        self.features = conv_layers()
        layers = [
            nn.Linear(FLAT_CHANNELS, 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, EMBEDDING_CHANNELS),
        ]
        self.embeddings = nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if final_relu else []))

    def init_weights(self) -> None:
        """Draw every layer's weights (He et al., 2015, equation 10); biases start at 0."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity='relu')
                nn.init.zeros_(module.bias)

    def forward(self, log_mels: torch.Tensor) -> torch.Tensor:
        """Embed log-mel windows.

        Args:
            log_mels: (N, 96, 64), of `mmvad.video.log_mel.log_mel`.

        Returns:
            (N, 128).

        Raises:
            ValueError: The windows have another shape.
        """
        if log_mels.ndim != 3 or log_mels.shape[1:] != (WINDOW_FRAMES, MEL_BANDS):
            raise ValueError(
                f'expected log-mel windows of shape (N, {WINDOW_FRAMES}, {MEL_BANDS}), '
                f'got {tuple(log_mels.shape)}'
            )
        maps = self.features(log_mels[:, None])  # (N, 512, 6, 4)
        # The weights count channels fastest, as TensorFlow lays its maps out.
        flat = maps.permute(0, 2, 3, 1).flatten(1)  # (N, 12288)
        return self.embeddings(flat)


class PcaQuantizer(nn.Module):
    """AudioSet's post-processing: principal components with whitening, clipped to ±2, then 8 bits.

    Its buffers have the names of the released ``vggish_pca_params``. The fraction is cut off, as in
    the release; the PyTorch port rounds instead.
    """

    LIMIT = 2.0

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer('pca_eigen_vectors', torch.eye(EMBEDDING_CHANNELS))
        self.register_buffer('pca_means', torch.zeros(EMBEDDING_CHANNELS, 1))

    def forward(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Project, clip and quantise.

        Args:
            embeddings: (N, 128).

        Returns:
            (N, 128) whole numbers 0 to 255, in the embeddings' dtype.
        """
        components = (embeddings - self.pca_means[:, 0]) @ self.pca_eigen_vectors.T  # (N, 128)
        clipped = components.clamp(-self.LIMIT, self.LIMIT)
        return ((clipped + self.LIMIT) * (255.0 / (2 * self.LIMIT))).floor()
