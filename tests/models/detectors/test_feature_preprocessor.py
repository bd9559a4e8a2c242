import pytest
import torch
from mmaction.registry import MODELS

from mmvad.models.detectors.feature_preprocessor import FeaturePreprocessor


class Sample:
    """A data sample that must stay where it is."""

    def to(self, *args, **kwargs):
        raise AssertionError('a data sample was moved')


@pytest.mark.parametrize('training', [False, True])
def test_a_tensor_of_bags_moves_and_the_samples_stay(training):
    samples = [Sample(), Sample()]
    data = dict(inputs=torch.zeros(2, 3, 4), data_samples=samples)
    found = FeaturePreprocessor().to('meta')(data, training)
    assert found['inputs'].device.type == 'meta' and found['inputs'].shape == (2, 3, 4)
    assert found['data_samples'] is samples
    assert data['inputs'].device.type == 'cpu'


def test_each_video_of_a_list_moves_with_its_own_length():
    videos = [torch.zeros(2, 5, 4), torch.zeros(7, 5, 4)]
    found = FeaturePreprocessor().to('meta')(dict(inputs=videos, data_samples=[]))['inputs']
    assert [video.shape[0] for video in found] == [2, 7]
    assert {video.device.type for video in found} == {'meta'}


def test_features_are_not_changed():
    features = torch.randn(2, 3, 4)
    found = MODELS.build(dict(type='FeaturePreprocessor'))(dict(inputs=features, data_samples=[]))
    assert torch.equal(found['inputs'], features)


@pytest.mark.parametrize('key', ['inputs', 'data_samples'])
def test_a_batch_that_lacks_a_part_is_an_error_that_names_it(key):
    data = dict(inputs=torch.zeros(1, 3, 4), data_samples=[])
    del data[key]
    with pytest.raises(KeyError, match=key):
        FeaturePreprocessor()(data)
