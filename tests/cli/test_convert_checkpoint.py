"""The conversion of checkpoints on files."""

import os
import re

import pytest
import torch

from mmvad.cli.convert_checkpoint import KINDS, main
from mmvad.models.heads.salient_head import SalientHead
from mmvad.models.weight_conversion import CONVERSIONS


def test_the_released_detector_loads_into_the_head(shared_data, tmp_path, capsys):
    released = shared_data / 'weights' / 'salient_ucf_da64_r3_released.pth'
    out = tmp_path / 'made' / 'salient.pth'
    assert main([str(released), str(out), '--kind', 'salient']) == 0
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
def test_what_does_not_fit_is_refused_and_nothing_is_written(tmp_path, capfd, content, message):
    torch.save(content, tmp_path / 'in.pth')
    assert main([str(tmp_path / 'in.pth'), str(tmp_path / 'out.pth'), '--kind', 'vggish']) == 2
    found = capfd.readouterr()
    assert re.search(message, found.err) and found.err.count('\n') == 1
    assert 'owned' not in found.out
    assert not (tmp_path / 'out.pth').exists()


def test_every_kind_can_be_asked_for():
    assert list(KINDS) == sorted(CONVERSIONS)


def test_the_kind_is_required(capsys):
    with pytest.raises(SystemExit, match='2'):
        main(['in.pth', 'out.pth'])
    assert 'required: --kind' in capsys.readouterr().err
