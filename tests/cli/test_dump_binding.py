"""A test's scores file is bound to checkpoint and bag size, from the dump to the alarm."""

import pytest
import torch
from mmaction.registry import MODELS
from toy_data import dump_config, toy_config

from mmvad.apis.detector import load_detector
from mmvad.apis.inferencer import AnomalyInferencer
from mmvad.cli.calibrate import main as calibrate
from mmvad.cli.test import main as run_test
from mmvad.files import file_sha256
from mmvad.scores.scores_file import read_scores
from mmvad.scores.threshold_file import read_calibration


@pytest.fixture
def toy(toy_root, tmp_path):
    """A config and the checkpoints of two detectors of it."""
    cfg = toy_config(toy_root, tmp_path / 'work', **{'model.head.bag_size': 4})
    for seed in (1, 2):
        torch.manual_seed(seed)
        state_dict = MODELS.build(cfg.model).state_dict()
        torch.save(dict(meta={}, state_dict=state_dict), tmp_path / f'epoch_{seed}.pth')
    return str(dump_config(cfg, tmp_path / 'toy.py')), cfg


def test_a_dump_says_what_scored_it_and_calibrates_nothing_else(toy, tmp_path, capsys):
    config, cfg = toy
    dump, first, second = tmp_path / 'dump.json', tmp_path / 'epoch_1.pth', tmp_path / 'epoch_2.pth'
    assert run_test([config, str(second), '--dump', str(dump)]) == 0
    made_by = read_scores(dump).made_by
    assert made_by['weights_sha256'] == file_sha256(second)
    assert (made_by['weights'], made_by['scoring']) == ('epoch_2.pth', 'bags')
    assert (made_by['bag_size'], made_by['segment_ranking']) == (4, 0)

    flags = [str(dump), '--fps=16', '--false-alarms-per-hour=0', '--force']
    assert calibrate([*flags, f'--weights={first}']) == 2
    err = capsys.readouterr().err
    assert f'checkpoint of SHA-256 {file_sha256(second)}; {first} has {file_sha256(first)}' in err
    assert not list(tmp_path.glob('*.threshold.json'))

    assert calibrate([*flags, f'--weights={second}']) == 0
    found = read_calibration(second)
    assert (found.scoring, found.bag_size, found.segment_ranking) == ('bags', 4, 0)
    detector = load_detector(cfg, second, device='cpu')
    assert AnomalyInferencer(detector).rule == found.rule
    with pytest.raises(ValueError, match="calibrated on 'bags' scores, got scoring 'sliding'"):
        AnomalyInferencer(detector, scoring='sliding')
    with pytest.raises(ValueError, match='on bags of 4 segments, the detector has bags of 2'):
        AnomalyInferencer(load_detector(cfg, second, bag_size=2, device='cpu'))
