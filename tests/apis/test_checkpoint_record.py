import pytest
from mmengine.config import Config
from toy_data import CONFIGS

from mmvad.apis.checkpoint_record import recorded_detector, recorded_extractor
from mmvad.extraction.settings import read_settings


def checkpoint(text, **meta):
    return dict(meta=dict(cfg=text, experiment_name='salient_ucf_20260102_030405', **meta))


def test_the_detector_of_a_training_is_read_from_its_checkpoint():
    cfg = Config.fromfile(CONFIGS / 'salient_ucf.py')
    found = recorded_detector(checkpoint(cfg.pretty_text), 'best.pth')
    assert found.model == cfg.model and found.model.head.bag_size == 28
    assert found.test_dataloader.dataset.features.num_crops == 10
    assert found.filename == 'salient_ucf.py'


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (None, 'best.pth has no record of its config; name the config'),
        ('a = 1', 'the config in best.pth has no model; name the config'),
        ("model = dict(type='Conv2d')", "best.pth has the type 'Conv2d', which is not one of mmv"),
        ("model = dict(type='ResNet3d')", "type 'ResNet3d', which is not one of mmvad's"),
        ("model = dict(type=open('x', 'w'))", 'expected plain values, got open'),
    ],
)
def test_a_record_without_a_detector_of_mmvad_names_the_flag(text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=f'^--detector: .*{message}'):
        recorded_detector(checkpoint(text), 'best.pth')
    assert list(tmp_path.iterdir()) == []


def features_of(name, **overrides):
    """Give the part of a record that the feature config determines."""
    extractor = Config.fromfile(CONFIGS / 'features' / f'{name}.py').extractor.to_dict()
    record = dict(read_settings(extractor, overrides).record(), network=extractor['backbone'])
    names = ('feature_channels', 'mean', 'std', 'pool_kernel')
    return dict(record, **{key: extractor.get(key) for key in names}, weights_sha256='ab')


def trained_on(record):
    return dict(meta=dict(dataset_meta=dict(feature_record=dict(visual=record))))


@pytest.mark.parametrize('name', ['i3d_r50_port', 'i3d_inception_rgb', 'i3d_r50_mmaction2'])
def test_the_extractor_is_the_one_whose_features_were_trained_on(name):
    assert recorded_extractor(trained_on(features_of(name)), 'best.pth') == (name, None)
    centre = trained_on(features_of(name, crops='centre'))
    assert recorded_extractor(centre, 'best.pth') == (name, 'centre')


def test_features_without_a_record_or_a_config_name_the_flag():
    with pytest.raises(ValueError, match=r'^--extractor: best.pth has no record of how'):
        recorded_extractor({}, 'best.pth')
    record = dict(features_of('i3d_r50_port'), mean=[0.0, 0.0, 0.0])
    with pytest.raises(ValueError, match=r'^--extractor: no config of configs/features/ makes'):
        recorded_extractor(trained_on(record), 'best.pth')
