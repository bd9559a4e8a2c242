"""Collates batches of features."""

from collections.abc import Sequence

from mmengine.registry import FUNCTIONS


@FUNCTIONS.register_module()
def feature_collate(batch: dict | Sequence[dict]) -> dict:
    """Pass on a batch that `VideoFeatureDataset` made whole.

    Args:
        batch: What ``__getitems__`` gave.

    Returns:
        The same.

    Raises:
        TypeError: The data set gave single samples.
    """
    if isinstance(batch, dict):
        return batch
    raise TypeError(
        'feature_collate expects whole batches from VideoFeatureDataset.__getitems__, got a '
        f'{type(batch).__name__} of samples; a wrapper around the data set hides it'
    )
