"""What is stored beside this file comes out again: weights, scores, metrics and labels."""

import json

import golden_outputs
import numpy as np
import pytest
from golden_outputs import EXPERIMENTS, HERE

RELATIVE = 1e-4
# Processors with other vector units round convolutions and large steps differently.
LOOSER = {'demo': 2e-3, 'recognizer2d_salient_resnet': 5e-3, 'recognizer3d_salient_i3d': 5e-3}


def stored(name):
    return json.loads((HERE / f'{name}.json').read_text(encoding='utf-8'))


def without_new_metrics(found, expected):
    """Leave out metrics that came later than the stored ones; none may be missing."""
    return {name: found[name] for name in expected}


@pytest.mark.parametrize('name', EXPERIMENTS)
def test_training_gives_the_stored_weights_losses_and_scores(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a config may name a work_dir below the current folder
    expected, found = stored(f'training/{name}'), golden_outputs.training(name, tmp_path)
    tolerance = LOOSER.get(name, RELATIVE)
    np.testing.assert_allclose(found['losses'], expected['losses'], rtol=tolerance)
    assert found['weights'].keys() == expected['weights'].keys()
    for key, wanted in expected['weights'].items():
        norm = max(wanted[1], 1e-3)
        np.testing.assert_allclose(
            found['weights'][key], wanted, rtol=tolerance, atol=tolerance * norm, err_msg=key
        )
    metrics = without_new_metrics(found['metrics'], expected['metrics'])
    assert metrics == pytest.approx(expected['metrics'], rel=tolerance)
    assert found['scores'].keys() == expected['scores'].keys()
    for video, wanted in expected['scores'].items():
        np.testing.assert_allclose(found['scores'][video], wanted, rtol=tolerance, err_msg=video)


def test_every_experiment_and_no_other_has_stored_weights():
    assert sorted(path.stem for path in (HERE / 'training').glob('*.json')) == EXPERIMENTS


def test_frame_labels_of_each_data_set_have_the_stored_hash(shared_data, tmp_path):
    assert golden_outputs.labels(tmp_path) == stored('labels')


def test_every_metric_of_the_published_xd_violence_scores_is_the_stored_one(shared_data, tmp_path):
    found, expected = golden_outputs.xd_violence(tmp_path), stored('xd_violence')
    metrics = without_new_metrics(found, expected)
    assert metrics == pytest.approx(expected, rel=0, abs=1e-12)


def test_released_checkpoint_gives_each_real_bag_its_stored_score(shared_data, tmp_path):
    expected, found = stored('released'), golden_outputs.released(tmp_path)
    assert found.keys() == expected.keys()
    for video, scores in expected.items():
        np.testing.assert_allclose(found[video], scores, rtol=0, atol=1e-6, err_msg=video)
