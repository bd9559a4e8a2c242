import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from toy_data import toy_config

from mmvad.engine.runner.anomaly_runner import AnomalyRunner
from mmvad.engine.runner.build import build_runner, set_data_root


def test_the_runner_that_a_config_names_is_built(toy_root, tmp_path):
    assert type(build_runner(toy_config(toy_root, tmp_path))) is AnomalyRunner


def test_a_config_that_names_none_gets_mmengine_s(toy_root, tmp_path):
    cfg = toy_config(toy_root, tmp_path, selection='last')
    for key in ('runner_type', 'selection'):
        cfg.pop(key)
    assert type(build_runner(cfg)) is Runner


def loaders(**data_roots):
    return Config({name: dict(dataset=dataset) for name, dataset in data_roots.items()})


def test_every_loader_gets_the_folder_and_a_missing_one_stays_missing():
    cfg = loaders(train_dataloader=dict(data_root='a'), test_dataloader=dict(data_root='b'))
    cfg.val_dataloader = None
    set_data_root(cfg, '/videos')
    roots = [cfg[f'{split}_dataloader'].dataset.data_root for split in ('train', 'test')]
    assert roots == ['/videos', '/videos'] and cfg.val_dataloader is None


def test_a_data_set_without_a_folder_is_an_error_that_names_its_loader():
    cfg = loaders(train_dataloader=dict(data_root='a'), val_dataloader=dict(ann_file='b'))
    message = r'^--data-root: val_dataloader\.dataset of the config has no data_root$'
    with pytest.raises(ValueError, match=message):
        set_data_root(cfg, '/videos')
