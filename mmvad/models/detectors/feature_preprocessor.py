"""Moves a batch of features to the device; labels and annotations stay where they are."""

from mmaction.registry import MODELS
from mmengine.model import BaseDataPreprocessor
from torch import Tensor


@MODELS.register_module()
class FeaturePreprocessor(BaseDataPreprocessor):
    """Move ``inputs`` to the model's device and leave ``data_samples`` on the CPU.

    The data samples hold labels and annotations only: copying each of them would take as long as a
    training step of the head.
    """

    def forward(self, data: dict, training: bool = False) -> dict:
        """Move the inputs of ``{'inputs': Tensor or list of Tensor, 'data_samples': list}``."""
        inputs = data['inputs']
        if isinstance(inputs, Tensor):
            inputs = self._move(inputs)
        else:
            inputs = [self._move(video) for video in inputs]
        return dict(inputs=inputs, data_samples=data['data_samples'])

    def _move(self, tensor: Tensor) -> Tensor:
        return tensor.to(self.device, non_blocking=self._non_blocking)
