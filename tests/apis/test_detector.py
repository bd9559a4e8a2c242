import pytest
import torch
from toy_detector import BAG, CHANNELS, detector_config, write_checkpoint

from mmvad.apis.detector import load_detector
from mmvad.files import file_sha256


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp('detector') / 'best.pth'
    return write_checkpoint(path, detector_config(), dict(tail='ceil'))


def test_a_detector_says_what_it_is(weights):
    detector = load_detector(detector_config(), weights, device='cpu')
    assert (detector.name, detector.bag_size, detector.in_channels) == (
        'salient_ucf',
        BAG,
        CHANNELS,
    )
    assert (detector.layout, detector.num_crops) == ('SKD', 5)
    assert detector.trained_on == dict(tail='ceil')
    assert (detector.weights, detector.sha256) == (str(weights), file_sha256(weights))
    assert not detector.model.training


def test_the_neck_says_which_width_is_taken(tmp_path):
    cfg = detector_config('salient_bilstm_ucf')
    weights = write_checkpoint(tmp_path / 'a.pth', cfg)
    detector = load_detector(cfg, weights, device='cpu')
    assert detector.in_channels == CHANNELS and detector.trained_on is None


def test_a_given_bag_size_leaves_the_config_as_it_is(weights):
    cfg = detector_config()
    assert load_detector(cfg, weights, bag_size=7, device='cpu').bag_size == 7
    assert load_detector(cfg, weights, device='cpu').bag_size == BAG
    with pytest.raises(ValueError, match='bag_size must be at least 1, got 0'):
        load_detector(cfg, weights, bag_size=0, device='cpu')


def test_a_given_segment_ranking_leaves_the_config_as_it_is(weights, tmp_path):
    cfg = detector_config()
    assert load_detector(cfg, weights, segment_ranking=0.5, device='cpu').segment_ranking == 0.5
    assert load_detector(cfg, weights, device='cpu').segment_ranking == 0
    with pytest.raises(ValueError, match=r'segment_ranking must be at least 0 and finite, got -1'):
        load_detector(cfg, weights, segment_ranking=-1.0, device='cpu')
    cfg = detector_config('bilstm_ucf')
    other = write_checkpoint(tmp_path / 'other.pth', cfg)
    assert load_detector(cfg, other, device='cpu').segment_ranking == 0
    with pytest.raises(ValueError, match='LastSegmentHead does not rank the segments of a bag'):
        load_detector(cfg, other, segment_ranking=1.0, device='cpu')


def test_a_config_is_found_by_its_name(weights):
    with pytest.raises(ValueError, match=r'does not hold the weights.*attention\.hops\.weight'):
        load_detector('salient_ucf_da128_r7', weights, device='cpu')
    with pytest.raises(FileNotFoundError, match="no config named 'salient_ufc'"):
        load_detector('salient_ufc', weights, device='cpu')


def test_missing_and_dangerous_weights_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'checkpoint not found: absent\.pth'):
        load_detector(detector_config(), 'absent.pth', device='cpu')
    torch.save(dict(state_dict=dict(a=print)), tmp_path / 'evil.pth')
    with pytest.raises(ValueError, match='it asks for print'):
        load_detector(detector_config(), tmp_path / 'evil.pth', device='cpu')


def test_models_of_another_kind_are_refused(weights):
    cfg = detector_config()
    cfg.model = dict(type='FeaturePreprocessor')
    with pytest.raises(ValueError, match=r'model is a VideoAnomalyDetector, got FeaturePreprocess'):
        load_detector(cfg, weights, device='cpu')
    cfg = detector_config()
    cfg.model.data_preprocessor = dict(type='ActionDataPreprocessor')
    with pytest.raises(ValueError, match='data_preprocessor ActionDataPreprocessor would not be'):
        load_detector(cfg, weights, device='cpu')


def test_a_device_that_cannot_be_used_is_refused(weights):
    with pytest.raises(ValueError, match="device 'abacus' cannot be used"):
        load_detector(detector_config(), weights, device='abacus')
