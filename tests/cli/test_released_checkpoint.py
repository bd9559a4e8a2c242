"""The authors' released checkpoint, converted and tested, gives what it gives in their own code.

Ranked segments, which their code does not have, are compared with a plain reference in numpy.
"""

import json
import shutil

import numpy as np
import pytest
import torch
from mmengine.config import Config
from toy_data import CONFIGS, dump_config, write_features

from mmvad.cli import convert_checkpoint, test
from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.datasets.feature_store import FeatureStore
from mmvad.scores.scores_file import read_scores
from mmvad.timeline import SEGMENT_FRAMES, bag_lengths

EXPECTED = 'salient_da64_r3_on_shanghaitech.json'


@pytest.fixture
def expected(shared_data):
    return json.loads((shared_data / 'expected' / EXPECTED).read_text())


@pytest.fixture
def checkpoint(shared_data, tmp_path):
    released = shared_data / 'weights' / 'salient_ucf_da64_r3_released.pth'
    out = tmp_path / 'converted.pth'
    assert convert_checkpoint.main([str(released), str(out), '--kind', 'salient']) == 0
    return out


@pytest.fixture
def config(shared_data, expected, tmp_path):
    """UCF-Crime's experiment on the real features, and one made-up anomalous video.

    The real videos are all normal, and a test set of one class has no AUC; the scores of the real
    ones do not depend on the other.
    """
    cfg = Config.fromfile(CONFIGS / 'salient_ucf.py')
    dataset = cfg.test_dataloader.dataset
    dataset.data_root = str(tmp_path)
    cfg.work_dir = str(tmp_path / 'work')
    cfg.experiment_name = 'parity'
    root = tmp_path / dataset.features.root
    root.mkdir(parents=True)
    entries = []
    for name, record in expected['scores_per_bag'].items():
        shutil.copy(shared_data / 'features' / 'shanghaitech_i3d_10crop' / name, root)
        num_frames = SEGMENT_FRAMES * record['segments']
        entries.append(make_entry(name.removesuffix('_i3d.npy'), 'Normal', num_frames))
    entries.append(make_entry('made_up', 'Fire', 3 * SEGMENT_FRAMES, [(0, SEGMENT_FRAMES)]))
    store = FeatureStore(**{**dataset.features, 'root': root})
    write_features(store, 'made_up', np.zeros((3, 10, 2048), np.float32))
    metainfo = make_metainfo('ucf_crime', 'test', 'ceil')
    save_annotations(tmp_path / dataset.ann_file, metainfo, entries)
    return dump_config(cfg, tmp_path / 'salient_ucf.py')


def test_test_command_gives_the_expected_bag_scores_on_real_features(
    config, checkpoint, expected, tmp_path
):
    dump = tmp_path / 'scores.json'
    argv = [str(config), str(checkpoint), '--dump', str(dump)]
    metrics = test.run_test(test.build_parser().parse_args(argv))
    assert 'frame/AUC' in metrics
    scores = {video.name: video.scores for video in read_scores(dump).videos}
    assert len(scores) == 5
    for name, record in expected['scores_per_bag'].items():
        lengths = bag_lengths(record['segments'], expected['bag_size'])
        wanted = np.repeat(record['scores'], lengths)
        np.testing.assert_allclose(scores[name.removesuffix('_i3d.npy')], wanted, atol=1e-6, rtol=0)


def rank_plainly(weights, video, bag_size, gamma):
    """Score (S, K, D) segment by segment with the names and the arithmetic of the released code."""
    weights = {name: value.double().numpy() for name, value in weights.items()}
    classifier = (weights['fc2.weight'] @ weights['fc1.weight']).reshape(-1, 3)  # (D, R), D-major
    bias = float((weights['fc2.weight'] @ weights['fc1.bias'] + weights['fc2.bias']).item())
    scores = np.zeros(len(video))
    for start in range(0, len(video), bag_size):
        for crop in range(video.shape[1]):
            bag = video[start : start + bag_size, crop].astype(np.float64)  # (l, D)
            hidden = weights['self_anttention.0.weight'] @ bag.T
            hidden = np.tanh(hidden + weights['self_anttention.0.bias'][:, None])  # (d_a, l)
            logits = weights['self_anttention.2.weight'] @ hidden
            logits = np.exp(logits + weights['self_anttention.2.bias'][:, None])  # (R, l)
            attention = logits / logits.sum(1, keepdims=True)
            of_bag = ((attention @ bag).T * classifier).sum() + bias
            alone = np.array([(segment @ classifier).sum() for segment in bag])  # (l,)
            ranked = of_bag + gamma * (alone - alone.mean())
            scores[start : start + len(bag)] += 1 / (1 + np.exp(-ranked)) / video.shape[1]
    return scores


def test_ranked_segments_of_the_released_checkpoint_are_those_of_a_plain_reference(
    config, checkpoint, expected, shared_data, tmp_path
):
    dump = tmp_path / 'scores.json'
    argv = [str(config), str(checkpoint), '--dump', str(dump), '--cfg-options']
    test.run_test(test.build_parser().parse_args([*argv, 'model.head.segment_ranking=1']))
    found = read_scores(dump)
    assert found.made_by['segment_ranking'] == 1
    scores = {video.name: video.scores for video in found.videos}
    released = torch.load(shared_data / 'weights' / 'salient_ucf_da64_r3_released.pth')
    for name, record in expected['scores_per_bag'].items():
        video = np.load(shared_data / 'features' / 'shanghaitech_i3d_10crop' / name)
        unranked = rank_plainly(released, video, expected['bag_size'], gamma=0)
        lengths = bag_lengths(record['segments'], expected['bag_size'])
        np.testing.assert_allclose(unranked, np.repeat(record['scores'], lengths), atol=1e-6)
        wanted = rank_plainly(released, video, expected['bag_size'], gamma=1)
        np.testing.assert_allclose(scores[name.removesuffix('_i3d.npy')], wanted, atol=1e-6)
        assert abs(wanted - unranked).max() > 1e-3
