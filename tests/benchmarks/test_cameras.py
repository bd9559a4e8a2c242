import runpy

import numpy as np
import pytest
from toy_data import REPOSITORY
from video_files import write_video

CAMERAS = runpy.run_path(str(REPOSITORY / 'benchmarks' / 'cameras.py'))
choose_folds, find_cameras, shot_pictures = (
    CAMERAS[name] for name in ('choose_folds', 'find_cameras', 'shot_pictures')
)


def scene(seed):
    """A still picture of coarse random blocks, (96, 128, 3)."""
    blocks = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    return blocks.repeat(16, 0).repeat(16, 1)


def test_spliced_videos_are_cut_and_their_cameras_told_apart(tmp_path):
    videos = []
    for name, seeds in (('a', (0, 1)), ('b', (2,)), ('c', (1, 3))):
        frames = [scene(seed) for seed in seeds for _ in range(12)]
        videos.append(shot_pictures(write_video(tmp_path / f'{name}.mp4', frames)))
    assert [len(shots) for shots in videos] == [2, 1, 2]
    shown = find_cameras(videos)
    assert shown.sum(axis=1).tolist() == [2, 1, 2]
    assert (shown.astype(int) @ shown.T).tolist() == [[2, 0, 1], [0, 1, 0], [1, 0, 2]]


def test_no_fold_trains_on_a_camera_of_its_own_videos():
    random = np.random.default_rng(0)
    shown, labels = random.random((20, 30)) < 0.06, np.arange(20) % 2
    folds = choose_folds(shown, labels, 4, tries=200)
    assert sorted(np.concatenate([fold for fold, _ in folds])) == list(range(20))
    for fold, left in folds:
        assert not (shown[fold].any(0) & shown[left].any(0)).any()
        assert not set(fold) & set(left)
        assert set(labels[fold]) == set(labels[left]) == {0, 1}


def test_videos_that_all_share_a_camera_have_no_folds():
    with pytest.raises(ValueError, match='no division into 2 folds'):
        choose_folds(np.ones((8, 1), bool), np.arange(8) % 2, 2, tries=5)
