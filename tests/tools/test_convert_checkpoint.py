"""The conversion tool on files."""

import os
import runpy
import sys
from pathlib import Path

import pytest
import torch

from mmvad.models.heads.salient_head import SalientHead

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'convert_checkpoint.py'


@pytest.fixture
def run_tool(monkeypatch):
    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', [str(TOOL), *map(str, arguments)])
        runpy.run_path(str(TOOL), run_name='__main__')

    return run


def test_the_released_detector_loads_into_the_head(run_tool, shared_data, tmp_path, capsys):
    released = shared_data / 'weights' / 'salient_ucf_da64_r3_released.pth'
    out = tmp_path / 'made' / 'salient.pth'
    run_tool(released, out, '--kind', 'salient')
    checkpoint = torch.load(out, weights_only=True)
    assert checkpoint['meta']['kind'] == 'salient'
    assert checkpoint['meta']['weights_sha256'] in capsys.readouterr().out
    weights = {n.removeprefix('head.'): v for n, v in checkpoint['state_dict'].items()}
    SalientHead(in_channels=2048).load_state_dict(weights)


class Malicious:
    def __reduce__(self):
        return os.system, ('echo owned',)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ({'fc.weight': torch.zeros(1)}, "1 names are not of kind 'vggish': fc\\.weight"),
        ({'features.0.bias': torch.zeros(64)}, r'17 missing: features\.0\.weight'),
        ({'features.0.bias': Malicious()}, 'it asks for'),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    run_tool, tmp_path, capfd, content, message
):
    torch.save(content, tmp_path / 'in.pth')
    with pytest.raises(SystemExit, match=message):
        run_tool(tmp_path / 'in.pth', tmp_path / 'out.pth', '--kind', 'vggish')
    assert 'owned' not in capfd.readouterr().out
    assert not (tmp_path / 'out.pth').exists()


def test_the_kind_must_be_said(run_tool, tmp_path, capsys):
    with pytest.raises(SystemExit, match='2'):
        run_tool(tmp_path / 'in.pth', tmp_path / 'out.pth')
    assert 'required: --kind' in capsys.readouterr().err
