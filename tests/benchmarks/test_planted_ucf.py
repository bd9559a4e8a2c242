"""The small planted set fits the UCF-Crime configs and holds its events where it says."""

import numpy as np
import planted_ucf
import pytest
from mmaction.registry import DATASETS
from mmengine.config import Config
from planted_ucf import CATEGORIES, CHANNELS, RAISED, feature_file, make_split, raised_channels

from mmvad.config_files import find_config
from mmvad.datasets.annotations import load_annotations
from mmvad.engine.runner import set_data_root


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp('planted')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planted_ucf, 'VIDEOS', {'train': 1, 'test': 1})
        patch.setattr(planted_ucf, 'LENGTHS', (6, 9))
        for split in ('train', 'test'):
            make_split(folder, split, signal=3.0)
    return folder


@pytest.mark.parametrize('name', ['salient_ucf', 'salient_ucf_inception', 'sultani_ucf_c3d'])
def test_the_configs_find_all_of_it(root, name):
    cfg = Config.fromfile(find_config(name))
    set_data_root(cfg, str(root))
    settings = cfg.test_dataloader.dataset
    settings.features.num_crops = 1
    dataset = DATASETS.build(settings)
    assert len(dataset) == 2 * len(CATEGORIES)
    assert dataset[0]['inputs'].shape[-1] == settings.features.num_channels


def test_events_raise_the_shared_and_the_own_channels(root):
    _, entries = load_annotations(root / 'annotations' / 'test.json')
    anomalous = [entry for entry in entries if entry['label']]
    for entry in anomalous:
        (event,) = entry['events']
        inside = slice(event[0] // 16, event[1] // 16)
        features = np.load(feature_file(root, 'i3d_r50', 'test', entry['video']))[:, 0]
        raised = features[inside].mean(0)
        own = raised_channels(entry['category'])
        assert len(own) == 2 * RAISED and raised[own].mean() > 2.5
        assert abs(np.delete(raised, own).mean()) < 0.2
        assert abs(np.delete(features, np.arange(inside.start, inside.stop), 0).mean()) < 0.2


def test_no_video_is_in_both_splits_and_training_tells_no_events(root):
    train, test = (
        load_annotations(root / 'annotations' / f'{split}.json')[1] for split in ('train', 'test')
    )
    assert not {entry['video'] for entry in train} & {entry['video'] for entry in test}
    assert not any(entry['events'] for entry in train)
    for kind, channels in CHANNELS.items():
        features = np.load(feature_file(root, kind, 'train', train[0]['video']))
        assert features.shape[-1] == channels
