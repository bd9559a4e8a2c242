import pytest
import torch
from mmaction.registry import DATASETS
from mmengine.config import Config

from mmvad.models.detectors import VideoAnomalyDetector
from mmvad.models.heads import SalientHead
from mmvad.paper.bag_sizes import measure_bag_sizes, scores_by_setting

HEAD = dict(type='SalientHead', in_channels=16)


def make_detector(**settings):
    torch.manual_seed(0)
    return VideoAnomalyDetector(head={**HEAD, **settings}).eval()


@pytest.mark.parametrize('ranking', [0.0, 1.0])
@pytest.mark.parametrize('bag_size', [1, 3, 7, 50, None])
def test_scores_are_those_of_the_head_in_each_setting(bag_size, ranking):
    settings = dict(bag_size=bag_size, segment_ranking=ranking)
    head, features = SalientHead(16, **settings).eval(), torch.randn(23, 2, 16)
    with torch.no_grad():
        _, found = scores_by_setting(head, features, [(5, 0.5), (bag_size, ranking)])
        torch.testing.assert_close(found, head.segment_scores(features), rtol=0, atol=1e-6)


def test_features_are_projected_once_for_all_settings():
    head, passes = SalientHead(16).eval(), []
    project = head.project_segments
    head.project_segments = lambda features: passes.append(1) or project(features)
    scores_by_setting(head, torch.randn(9, 1, 16), [(1, 0.0), (4, 0.0), (4, 1.0), (None, 1.0)])
    assert len(passes) == 1


@pytest.mark.parametrize('ranking', [0.0, 1.0])
def test_metric_at_each_size_is_that_of_a_test_at_this_size(toy_root, ranking):
    from toy_data import TOY_STORE

    from mmvad.evaluation.functional import frame_report
    from mmvad.scores.samples import video_from_sample

    settings = dict(data_root=str(toy_root), ann_file='test.json', features=TOY_STORE)
    dataset = DATASETS.build(dict(type='VideoFeatureDataset', test_mode=True, **settings))
    _, found = measure_bag_sizes(make_detector(), dataset, [1, 4], 'AUC', [0.5, ranking])
    for bag_size, value in zip([1, 4], found, strict=True):
        detector, videos = make_detector(bag_size=bag_size, segment_ranking=ranking), []
        for index in range(len(dataset)):
            sample = dataset[index]
            with torch.no_grad():
                (one,) = detector([sample['inputs']], [sample['data_samples']], mode='predict')
            videos.append(video_from_sample(one.to_dict()))
        assert value == pytest.approx(frame_report(videos).values['AUC'], abs=1e-12)
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ('model', 'name'),
    [
        (dict(head=dict(type='LastSegmentHead', in_channels=16)), 'LastSegmentHead'),
        (
            dict(
                neck=dict(type='BiLSTM', in_channels=16, hidden_channels=8),
                head=dict(type='SalientHead', in_channels=16),
            ),
            'SalientHead behind BiLSTM',
        ),
    ],
)
def test_a_head_whose_segments_depend_on_the_bag_is_refused(model, name):
    detector = VideoAnomalyDetector(**Config(model).to_dict())
    with pytest.raises(ValueError, match=f'without a neck, got {name}'):
        measure_bag_sizes(detector, [], [1])
