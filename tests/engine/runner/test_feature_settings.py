import pytest
from mmengine.config import Config
from toy_data import CONFIGS, dump_config

from mmvad.cli.run_config import read_config


def features_of(cfg):
    loaders = (cfg.train_dataloader, cfg.test_dataloader)
    return [loader.dataset.features for loader in loaders]


def test_crops_are_set_in_one_place():
    cfg = read_config('salient_ucf', {'features.num_crops': 1})
    assert [features.num_crops for features in features_of(cfg)] == [1, 1]
    assert [features.num_channels for features in features_of(cfg)] == [2048, 2048]
    assert cfg.model.head.in_channels == 2048


@pytest.mark.parametrize(
    ('name', 'part', 'width'),
    [('salient_custom', 'head', 1280), ('salient_bilstm_ucf', 'neck', 1280),
     ('salient_xd', 'head', 1408)],
)  # fmt: skip
def test_the_width_reaches_data_sets_and_the_first_layer(name, part, width):
    cfg = read_config(name, {'features': dict(num_channels=1280, num_crops=1)})
    assert [features.num_channels for features in features_of(cfg)] == [1280, 1280]
    assert cfg.model[part].in_channels == width  # 128 channels of audio beside them


def test_an_explicit_override_of_the_layer_wins():
    options = {'features.num_channels': 1280, 'model.head.in_channels': 99}
    assert read_config('salient_ucf', options).model.head.in_channels == 99


def test_a_data_set_with_a_value_of_its_own_is_named(tmp_path):
    cfg = Config.fromfile(CONFIGS / 'salient_ucf.py')
    cfg.test_dataloader.dataset.features.num_crops = 5
    cfg.experiment_name = 'own'
    path = str(dump_config(cfg, tmp_path / 'own.py'))
    place = 'test_dataloader.dataset.features.num_crops'
    with pytest.raises(ValueError, match=f'^features.num_crops: {place} is 5, a value of its own'):
        read_config(path, {'features.num_crops': 1})
    found = read_config(path, {'features.num_crops': 1, place: 2})
    assert [features.num_crops for features in features_of(found)] == [1, 2]


def test_a_misspelled_setting_and_a_config_without_features_are_refused():
    with pytest.raises(ValueError, match=r"no setting 'num_crop'; did you mean 'num_crops'\?"):
        read_config('salient_ucf', {'features.num_crop': 1})
    with pytest.raises(ValueError, match=r"^features.num_crops: the config has no 'features'"):
        read_config('recognizer3d_salient_i3d', {'features.num_crops': 1})
