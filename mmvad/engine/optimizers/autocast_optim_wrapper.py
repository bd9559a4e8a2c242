"""Mixed precision where mmengine's ``AmpOptimWrapper`` refuses: on a CPU."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from mmaction.registry import OPTIM_WRAPPERS
from mmengine.logging import print_log
from mmengine.optim import OptimWrapper
from torch import nn

from mmvad.framework import NO_BFLOAT16, has_native_bfloat16


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(OptimWrapper):
    """Run the forward pass in bfloat16 on the model's device.

    bfloat16 has the range of float32, so no loss scaling is needed; mmengine's wrapper scales
    float16 losses and requires an accelerator. On a processor without units for bfloat16, where it
    is far slower than float32, a warning is logged and the pass runs in float32.

    Args:
        optimizer: See mmengine.
        accumulative_counts: See mmengine.
        clip_grad: See mmengine.
        native_bfloat16: Whether the processor has such units; None asks `has_native_bfloat16`.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        accumulative_counts: int = 1,
        clip_grad: Mapping | None = None,
        native_bfloat16: bool | None = None,
    ) -> None:
        super().__init__(optimizer, accumulative_counts, clip_grad)
        native = has_native_bfloat16() if native_bfloat16 is None else native_bfloat16
        place = optimizer.param_groups[0]['params'][0].device.type
        self.is_enabled = native or place != 'cpu'
        if not self.is_enabled:
            print_log(f'mixed precision: {NO_BFLOAT16}', 'current', logging.WARNING)

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Enter autocast in addition to what mmengine does here."""
        place = next(model.parameters()).device.type
        cast = torch.autocast(place, torch.bfloat16, enabled=self.is_enabled)
        with super().optim_context(model), cast:
            yield
