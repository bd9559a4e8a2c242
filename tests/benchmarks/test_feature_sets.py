import runpy

import numpy as np
import pytest
from toy_data import REPOSITORY

from mmvad.datasets.annotations import load_annotations
from mmvad.timeline import frame_labels

FEATURE_SETS = runpy.run_path(str(REPOSITORY / 'benchmarks' / 'feature_sets.py'))
draw_lengths, write_feature_split = (
    FEATURE_SETS[name] for name in ('draw_lengths', 'write_feature_split')
)


def test_lengths_sum_to_the_total_and_none_is_zero():
    lengths = draw_lengths(50, 60, np.random.default_rng(0))
    assert lengths.sum() == 60 and lengths.min() >= 1


def test_fewer_segments_than_videos_are_refused():
    with pytest.raises(ValueError, match='3 videos need at least as many segments, got 2'):
        draw_lengths(3, 2, np.random.default_rng(0))


def test_signal_lies_where_the_annotations_say(tmp_path):
    arguments = ('features', [0, 1], [30, 40], (2, 128), 3.0, np.random.default_rng(0))
    write_feature_split(tmp_path, 'test', *arguments)
    _, entries = load_annotations(tmp_path / 'annotations' / 'test.json')
    assert [entry['label'] for entry in entries] == [0, 1]
    for entry in entries:
        features = np.load(tmp_path / 'features' / f'{entry["video"]}_i3d.npy')
        assert features.shape == (entry['num_frames'] // 16, 2, 128)
        raised = features[:, :, :64].mean((1, 2)) > 1.5
        labels = frame_labels(entry['events'], entry['num_frames'])
        np.testing.assert_array_equal(np.repeat(raised, 16), labels)


def test_training_annotations_tell_no_events(tmp_path):
    arguments = ('features', [0, 1], [5, 5], (1, 64), 1.0, np.random.default_rng(0))
    write_feature_split(tmp_path, 'train', *arguments)
    assert all(
        not entry['events']
        for entry in load_annotations(tmp_path / 'annotations' / 'train.json')[1]
    )
