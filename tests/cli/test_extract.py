"""The part of the videos and the device that flags and torchrun give a process."""

import pytest

from mmvad.cli.extract import choose_dtype, device_of_rank, read_shard


@pytest.mark.parametrize(
    ('shard', 'launcher', 'message'),
    [
        ('2', 'none', 'must be I/N'),
        ('1/2', 'pytorch', 'both choose the part'),
        (None, 'pytorch', 'RANK and WORLD_SIZE are not set'),
    ],
)
def test_wrong_shard_flags_are_refused(monkeypatch, shard, launcher, message):
    monkeypatch.delenv('RANK', raising=False)
    with pytest.raises(ValueError, match=message):
        read_shard(shard, launcher)


def test_rank_of_torchrun_is_the_shard(monkeypatch):
    monkeypatch.setenv('RANK', '1')
    monkeypatch.setenv('WORLD_SIZE', '4')
    assert read_shard(None, 'pytorch') == (2, 4)


def test_each_rank_has_a_gpu_of_its_own(monkeypatch):
    monkeypatch.setenv('LOCAL_RANK', '3')
    assert device_of_rank('cuda', 'pytorch') == 'cuda:3'
    assert device_of_rank('cuda:1', 'pytorch') == 'cuda:1'


def test_bfloat16_without_units_is_told_in_one_line_and_runs_in_float32(capsys):
    assert choose_dtype('bfloat16', 'cpu', native_bfloat16=False) == 'float32'
    assert capsys.readouterr().err == (
        'warning: --dtype bfloat16: this processor has no units for bfloat16, in which it would be '
        'far slower than in float32; float32 is used\n'
    )
    assert choose_dtype('bfloat16', 'cpu', native_bfloat16=True) == 'bfloat16'
    assert choose_dtype('float32', 'cpu', native_bfloat16=False) == 'float32'
    assert capsys.readouterr().err == ''
