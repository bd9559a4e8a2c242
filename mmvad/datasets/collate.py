"""Collates batches of features."""

from collections.abc import Sequence

from mmengine.registry import FUNCTIONS


@FUNCTIONS.register_module()
def feature_collate(batch: dict | Sequence[dict]) -> dict:
    """Pass on a batch that `VideoFeatureDataset` has put together.

    Args:
        batch: What ``__getitems__`` returned.

    Returns:
        The same batch.

    Raises:
        TypeError: The data set returned single samples.
    """
    if isinstance(batch, dict):
        return batch
    raise TypeError(
        'feature_collate expects whole batches from VideoFeatureDataset.__getitems__, got a '
        f'{type(batch).__name__} of samples; a wrapper around the data set hides it'
    )
