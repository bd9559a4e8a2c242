"""The part of the videos and the device that flags and torchrun give a process."""

import pytest

from mmvad.cli.extract import device_of_rank, read_shard


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
