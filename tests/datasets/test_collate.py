import pytest
from mmengine.registry import FUNCTIONS

from mmvad.datasets.collate import feature_collate


def test_a_batch_passes_as_it_is():
    batch = dict(inputs=[1, 2], data_samples=['a', 'b'])
    assert feature_collate(batch) is batch


@pytest.mark.parametrize(('samples', 'kind'), [([{}, {}], 'list'), (({},), 'tuple')])
def test_single_samples_are_an_error_that_says_what_may_be_wrong(samples, kind):
    message = (
        r'^feature_collate expects whole batches from VideoFeatureDataset\.__getitems__, got a '
        rf'{kind} of samples; a wrapper around the data set hides it$'
    )
    with pytest.raises(TypeError, match=message):
        feature_collate(samples)


def test_a_config_finds_it_under_its_name():
    assert FUNCTIONS.get('feature_collate') is feature_collate
