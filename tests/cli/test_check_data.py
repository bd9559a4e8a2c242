from pathlib import Path

import numpy as np
import pytest

from mmvad.cli.check_data import main
from mmvad.cli.prepare import ped2
from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations


@pytest.fixture
def config(tmp_path):
    for split in ('train', 'test'):
        save_annotations(
            tmp_path / f'{split}.json',
            make_metainfo('mine', split, 'ceil'),
            [make_entry(f'{split}_{name}', 'Normal', 33) for name in 'ab'],
        )
    path = tmp_path / 'config.py'
    path.write_text(
        f"""
dataset = dict(
    type='VideoFeatureDataset',
    data_root={str(tmp_path)!r},
    features=dict(root='features', pattern='{{video}}.npy', num_crops=1, num_channels=4),
)
train_dataloader = dict(dataset=dict(**dataset, ann_file='train.json'))
val_dataloader = None
test_dataloader = dict(dataset=dict(**dataset, ann_file='test.json'))
"""
    )
    (tmp_path / 'features').mkdir()
    for video in ('train_a', 'train_b', 'test_a', 'test_b'):
        np.save(tmp_path / 'features' / f'{video}.npy', np.ones((3, 1, 4), np.float32))
    return path


def test_a_whole_data_set_exits_with_zero(config, capsys):
    assert main([str(config)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f'{split}: 2 videos, 2 files, 0 problems' for split in ('train', 'test')]


def test_a_problem_is_named_and_exits_with_one(config, capsys):
    features = config.parent / 'features'
    (features / 'train_b.npy').unlink()
    np.save(features / 'test_a.npy', np.ones((2, 1, 4), np.float32))
    assert main([str(config)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f'train: train_b: feature file not found: {features}/train_b.npy'
    assert lines[2].startswith('test: test_a: length mismatch: expected 3 segments for 33 frames')
    assert lines[1] == 'train: 2 videos, 1 file, 1 problem'  # those that are there


def test_only_the_asked_split_is_walked(config, capsys):
    (config.parent / 'features' / 'train_b.npy').unlink()
    assert main([str(config), '--split', 'test']) == 0
    assert 'train' not in capsys.readouterr().out


def test_a_setting_of_the_config_can_be_overridden(config, tmp_path, capsys):
    option = f'train_dataloader.dataset.data_root={tmp_path / "other"}'
    assert main([str(config), '--split', 'train', '--cfg-options', option]) == 1
    assert f'no annotation file at {tmp_path}/other/train.json' in capsys.readouterr().out


def test_videos_that_lose_a_segment_to_their_audio_are_counted(config, capsys):
    features = config.parent / 'features'
    text = config.read_text().replace(
        'num_channels=4)', "num_channels=4, layout='SD', audio=audio)"
    )
    config.write_text(f"audio = dict(pattern='{{video}}_audio.npy', num_channels=2)\n{text}")
    for name in 'ab':
        np.save(features / f'train_{name}.npy', np.ones((4, 4), np.float32))
        np.save(features / f'train_{name}_audio.npy', np.ones((3, 2), np.float32))
    assert main([str(config), '--split', 'train']) == 0
    assert capsys.readouterr().out.splitlines() == [
        'train: 2 videos, 4 files, 0 problems',
        'train: 2 videos one segment longer than the audio, cut',
    ]


def test_real_ped2_features_have_no_problem(shared_data, tmp_path, monkeypatch, capsys):
    source = shared_data / 'features' / 'ped2_mobilenet'
    monkeypatch.chdir(tmp_path)
    Path('data/ped2/features').mkdir(parents=True)
    Path('data/ped2/features/mobilenet').symlink_to(source)
    assert ped2.main(['--source', str(source)]) == 0
    assert main(['salient_ped2']) == 0
    assert 'test: 18 videos, 18 files, 0 problems' in capsys.readouterr().out


def test_config_without_features_ends_in_one_line_and_status_2(capsys):
    assert main(['recognizer3d_salient_i3d']) == 2
    error = capsys.readouterr().err
    assert 'train_dataloader.dataset: expected type VideoFeatureDataset' in error
    assert error.count('\n') == 1
