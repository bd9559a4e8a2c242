import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config

from mmvad.cli.export_onnx import main

MODEL = dict(type='VideoAnomalyDetector', head=dict(type='SalientHead', in_channels=8))


def test_command_exports_and_says_what_it_compared(tmp_path, capsys):
    pytest.importorskip('onnx', reason='pip install "mmvad[onnx]"')
    pytest.importorskip('onnxruntime', reason='pip install "mmvad[onnx]"')
    cfg = Config(dict(model=MODEL))
    cfg.dump(tmp_path / 'small.py')
    torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict()), tmp_path / 'best.pth')
    out = tmp_path / 'detector.onnx'
    options = ['--cfg-options', 'model.head.bag_size=9']
    argv = [str(tmp_path / 'small.py'), str(tmp_path / 'best.pth'), str(out), *options]
    assert main(argv) == 0
    printed = capsys.readouterr().out
    assert 'features (N, T, 8) -> scores, attention' in printed
    assert 'bag size 9' in printed
    assert 'largest difference to PyTorch' in printed
    assert out.is_file()


def test_missing_checkpoint_ends_in_one_line_and_status_2(tmp_path, capsys):
    pytest.importorskip('onnx', reason='pip install "mmvad[onnx]"')
    pytest.importorskip('onnxruntime', reason='pip install "mmvad[onnx]"')
    assert main(['salient_ucf', str(tmp_path / 'absent.pth'), 'out.onnx']) == 2
    error = capsys.readouterr().err
    assert 'checkpoint not found' in error and error.count('\n') == 1
