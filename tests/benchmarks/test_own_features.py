"""The study of features without a download: what it counts and reports."""

import numpy as np
import own_features
import pytest


def test_ordered_pairs_count_ties_as_half():
    scores, labels = np.array([0.9, 0.5, 0.5, 0.1]), np.array([1, 1, 0, 0])
    assert own_features.ordered_pairs(scores, labels) == (3.5, 4)


def test_change_alone_ranks_the_segments_that_change(tmp_path):
    features = np.zeros((4, 1, 6), np.float32)
    features[2:, :, 3:] = 1.0  # the second half of a feature is the change
    for name in ('a', 'b'):
        np.save(tmp_path / f'{name}.npy', features if name == 'a' else 0 * features)
    entries = [
        dict(video='a', num_frames=64, label=1, category='Fight', events=[[32, 64]]),
        dict(video='b', num_frames=64, label=0, category='Normal', events=[]),
    ]
    values = own_features.change_alone(
        tmp_path, '.', dict(tail='ceil', segments_tolerance=0), entries
    )
    assert dict(zip(own_features.METRICS, values, strict=True)) == pytest.approx(
        dict(AUC=1.0, AUC_anomalous=1.0, AP=1.0)
    )
