import copy

import pytest
from mmengine.config import Config
from toy_data import CONFIGS, toy_config

from mmvad.engine.runner import apply_protocol


@pytest.fixture
def cfg(toy_root, tmp_path):
    return toy_config(toy_root, tmp_path)


def with_protocol(cfg, protocol):
    cfg.protocol = protocol
    return apply_protocol(cfg)


def test_default_selects_on_held_out_training_videos(cfg):
    applied = apply_protocol(cfg)
    assert applied.train_dataloader.dataset.subset == 'train'
    validation = applied.val_dataloader.dataset
    assert (validation.subset, validation.test_mode) == ('held_out', True)
    for key in ('ann_file', 'data_root', 'features', 'held_out'):
        assert validation[key] == applied.train_dataloader.dataset[key]
    assert applied.val_evaluator.type == 'VideoMetric'
    assert applied.val_cfg.type == 'ValLoop'
    assert applied.default_hooks.checkpoint.save_best == 'video/AUC'
    assert 'iter_validation' not in applied.default_hooks


def test_paper_selects_on_the_test_set_and_trains_on_all_videos(cfg):
    applied = with_protocol(cfg, 'paper')
    assert applied.train_dataloader.dataset.subset == 'all'
    assert applied.val_dataloader == applied.test_dataloader
    assert applied.val_evaluator == applied.test_evaluator
    assert applied.default_hooks.iter_validation.type == 'IterValidationHook'
    assert applied.default_hooks.best.save_best == 'frame/AUC'


def test_last_trains_on_all_videos_and_selects_nothing(cfg):
    applied = with_protocol(cfg, 'last')
    assert applied.train_dataloader.dataset.subset == 'all'
    for key in ('val_cfg', 'val_dataloader', 'val_evaluator'):
        assert applied.get(key) is None
    assert applied.default_hooks.checkpoint.get('save_best') is None


@pytest.mark.parametrize('protocol', ['held_out', 'paper', 'last'])
def test_no_validate_wins_over_every_protocol(cfg, protocol):
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    applied = with_protocol(cfg, protocol)
    for key in ('val_cfg', 'val_dataloader', 'val_evaluator'):
        assert applied[key] is None


@pytest.mark.parametrize('protocol', ['held_out', 'paper', 'last'])
def test_config_of_the_user_is_not_changed(cfg, protocol):
    cfg.protocol = protocol
    before = copy.deepcopy(cfg._cfg_dict)
    apply_protocol(cfg)
    assert cfg._cfg_dict == before


@pytest.mark.parametrize('name', ['salient_xd', 'salient_xd_rgb', 'salient_bilstm_xd', 'bilstm_xd'])
def test_xd_violence_selects_by_average_precision_in_the_paper_s_protocol(name):
    cfg = Config.fromfile(CONFIGS / f'{name}.py')
    assert with_protocol(cfg, 'paper').default_hooks.best.save_best == 'frame/AP'


def test_config_without_protocols_is_left_alone():
    cfg = Config(dict(train_cfg=None))
    assert apply_protocol(cfg) is cfg


@pytest.mark.parametrize('protocol', ['test', None])
def test_unknown_protocol_is_refused(cfg, protocol):
    message = rf"protocol must be one of \['held_out', 'last', 'paper'\], got {protocol!r}"
    with pytest.raises(ValueError, match=message):
        with_protocol(cfg, protocol)


def test_protocol_that_is_not_named_is_refused():
    with pytest.raises(ValueError, match=r"protocol must be one of \['a'\], got None"):
        apply_protocol(Config(dict(protocols=dict(a=dict()))))


def test_unknown_validation_set_is_refused(cfg):
    cfg.protocols.paper.validate_on = 'train'
    message = "validate_on must be 'held_out', 'test' or None, got 'train'"
    with pytest.raises(ValueError, match=message):
        with_protocol(cfg, 'paper')
