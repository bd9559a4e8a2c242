"""``infer`` with the weights alone."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from toy_data import CONFIGS
from toy_detector import CHANNELS, detector_config, write_checkpoint

from mmvad.cli.infer import main


@pytest.fixture
def weights(tmp_path):
    """A checkpoint as the runner writes it: with the text of its config."""
    cfg = detector_config()
    path = write_checkpoint(tmp_path / 'best.pth', cfg)
    content = torch.load(path, weights_only=True)
    meta = dict(content.get('meta') or {}, cfg=cfg.pretty_text, experiment_name='salient_ucf')
    torch.save(dict(content, meta=meta), path)
    return str(path)


@pytest.fixture
def features(tmp_path):
    path = tmp_path / 'gate.npy'
    np.save(path, np.ones((7, 5, CHANNELS), np.float32))
    return str(path)


def test_feature_files_need_the_weights_only(weights, features, capsys):
    assert main([features, '--weights', weights, '--device', 'cpu']) == 0
    line = capsys.readouterr().out.splitlines()[0]
    assert line == f'detector salient_ucf, bag size 3, as {weights} says'


def test_a_video_without_a_record_of_features_names_the_flag(weights, tmp_path, capsys):
    video = tmp_path / 'gate.mp4'
    video.touch()
    assert main([str(video), '--weights', weights]) == 2
    error = capsys.readouterr().err
    assert error.count('\n') == 1 and ': error: --extractor: ' in error


def test_an_extractor_without_weights_names_the_flag(weights, tmp_path, capsys):
    (tmp_path / 'gate.mp4').touch()
    argv = [str(tmp_path / 'gate.mp4'), '--weights', weights, '--extractor', 'i3d_r50_port']
    assert Config.fromfile(CONFIGS / 'features' / 'i3d_r50_port.py').extractor.weights is None
    assert main(argv) == 2
    assert ': error: --extractor-weights: the feature config' in capsys.readouterr().err
