"""Bidirectional LSTM over the segments of a bag (paper, section 4.3; Lin et al., 2017)."""

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmvad.framework import has_native_bfloat16


@MODELS.register_module()
class BiLSTM(BaseModule):
    """Give each segment the context of the others before the head sees it.

    Args:
        in_channels: D, width of a feature.
        hidden_channels: Width per direction; the output is twice as wide.
        num_layers: Stacked layers.
        init_cfg: mmengine's initialisation; None keeps PyTorch's defaults.
        native_bfloat16: Whether the CPU has units for bfloat16; None asks PyTorch. Without them the
            LSTM runs in float32 under mixed precision too, because PyTorch has no other kernel.

    Example:
        >>> import torch
        >>> BiLSTM(in_channels=8, hidden_channels=4)(torch.randn(2, 5, 8)).shape
        torch.Size([2, 5, 8])
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int = 256,
        num_layers: int = 2,
        init_cfg: dict | None = None,
        native_bfloat16: bool | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.native_bfloat16 = has_native_bfloat16() if native_bfloat16 is None else native_bfloat16
        self.lstm = nn.LSTM(
            in_channels, hidden_channels, num_layers, batch_first=True, bidirectional=True
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, T, D) to (N, T, 2 · hidden_channels).

        Raises:
            ValueError: The features have a width that this neck was not built for.
        """
        if features.shape[-1] != self.lstm.input_size:
            raise ValueError(
                f'BiLSTM was built with in_channels={self.lstm.input_size}, '
                f'got features of width {features.shape[-1]}'
            )
        if features.device.type == 'cpu' and not self.native_bfloat16:
            with torch.autocast('cpu', enabled=False):
                return self.lstm(features.float())[0]
        return self.lstm(features)[0]
