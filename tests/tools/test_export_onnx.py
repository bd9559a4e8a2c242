import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from toy_data import load_tool

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'export_onnx.py'
MODEL = dict(type='VideoAnomalyDetector', head=dict(type='SalientHead', in_channels=8))


def test_tool_exports_and_says_what_it_compared(tmp_path, capsys):
    pytest.importorskip('onnx', reason='pip install "mmvad[onnx]"')
    pytest.importorskip('onnxruntime', reason='pip install "mmvad[onnx]"')
    tool = load_tool('export_onnx')
    cfg = Config(dict(model=MODEL))
    cfg.dump(tmp_path / 'small.py')
    torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict()), tmp_path / 'best.pth')
    out = tmp_path / 'detector.onnx'
    options = ['--cfg-options', 'model.head.bag_size=9']
    tool.main([str(tmp_path / 'small.py'), str(tmp_path / 'best.pth'), str(out), *options])
    printed = capsys.readouterr().out
    assert 'features (N, T, 8) -> scores, attention' in printed
    assert 'bag size 9' in printed
    assert 'largest difference to PyTorch' in printed
    assert out.is_file()


def test_tool_shows_help():
    help_text = subprocess.run(
        [sys.executable, TOOL, '--help'], capture_output=True, text=True, check=True
    ).stdout
    assert 'ONNX file to write' in help_text
