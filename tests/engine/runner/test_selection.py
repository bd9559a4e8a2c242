import copy

import pytest
from mmaction.registry import HOOKS, RUNNERS
from mmengine.config import Config
from toy_data import CONFIGS, toy_config

from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.engine.runner import apply_selection
from mmvad.engine.runner.selection import avoid_small_held_out


@pytest.fixture
def cfg(toy_root, tmp_path):
    return toy_config(toy_root, tmp_path)


def with_selection(cfg, selection):
    cfg.selection = selection
    return apply_selection(cfg)


def test_default_selects_on_held_out_training_videos(cfg):
    applied = apply_selection(cfg)
    assert applied.train_dataloader.dataset.subset == 'train'
    validation = applied.val_dataloader.dataset
    assert (validation.subset, validation.test_mode) == ('held_out', True)
    for key in ('ann_file', 'data_root', 'features', 'held_out'):
        assert validation[key] == applied.train_dataloader.dataset[key]
    assert applied.val_evaluator.type == 'VideoMetric'
    assert applied.val_cfg.type == 'ValLoop'
    assert applied.default_hooks.checkpoint.save_best == 'video/AUC'
    assert applied.default_hooks.tie_break.metric == 'video/loss'
    assert 'iter_validation' not in applied.default_hooks


def test_selection_on_test_selects_on_the_test_set_and_trains_on_all_videos(cfg):
    applied = with_selection(cfg, 'test')
    assert applied.train_dataloader.dataset.subset == 'all'
    assert applied.val_dataloader == applied.test_dataloader
    assert applied.val_evaluator == applied.test_evaluator
    assert applied.default_hooks.iter_validation.type == 'IterValidationHook'
    assert applied.default_hooks.best.save_best == 'frame/AUC'


def test_last_trains_on_all_videos_and_selects_nothing(cfg):
    applied = with_selection(cfg, 'last')
    assert applied.train_dataloader.dataset.subset == 'all'
    for key in ('val_cfg', 'val_dataloader', 'val_evaluator'):
        assert applied.get(key) is None
    assert applied.default_hooks.checkpoint.get('save_best') is None


@pytest.mark.parametrize('selection', ['held_out', 'test', 'last'])
def test_no_validate_wins_over_every_selection(cfg, selection):
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    applied = with_selection(cfg, selection)
    for key in ('val_cfg', 'val_dataloader', 'val_evaluator'):
        assert applied[key] is None


@pytest.mark.parametrize('selection', ['held_out', 'test', 'last'])
def test_config_of_the_user_is_not_changed(cfg, selection):
    cfg.selection = selection
    before = copy.deepcopy(cfg._cfg_dict)
    apply_selection(cfg)
    assert cfg._cfg_dict == before


@pytest.mark.parametrize('name', ['salient_xd', 'salient_xd_rgb', 'salient_bilstm_xd', 'bilstm_xd'])
def test_xd_violence_selects_by_average_precision_in_the_paper_s_selection(name):
    cfg = Config.fromfile(CONFIGS / f'{name}.py')
    assert with_selection(cfg, 'test').default_hooks.best.save_best == 'frame/AP'


def test_config_without_selections_is_left_alone():
    cfg = Config(dict(train_cfg=None))
    assert apply_selection(cfg) is cfg


@pytest.mark.parametrize('selection', ['never', None])
def test_unknown_selection_is_refused(cfg, selection):
    message = rf"selection must be one of \['held_out', 'last', 'test'\], got {selection!r}"
    with pytest.raises(ValueError, match=message):
        with_selection(cfg, selection)


def test_selection_that_is_not_named_is_refused():
    with pytest.raises(ValueError, match=r"selection must be one of \['a'\], got None"):
        apply_selection(Config(dict(selections=dict(a=dict()))))


def test_unknown_validation_set_is_refused(cfg):
    cfg.selections.test.validate_on = 'train'
    message = "validate_on must be 'held_out', 'test' or None, got 'train'"
    with pytest.raises(ValueError, match=message):
        with_selection(cfg, 'test')


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(protocol='held_out'), r"key 'protocol' is now 'selection'$"),
        (dict(protocol='paper'), r"'protocol' is now 'selection', and its value 'paper' is 'test'"),
        (dict(protocols=dict(last=dict())), r"key 'protocols' is now 'selections'"),
        (dict(selection='paper'), r"selection='paper' is now selection='test'"),
        (
            {'test_evaluator.protocol': 'true_length'},
            r"test_evaluator\.protocol='true_length' is now test_evaluator\.frame_count='true'",
        ),
    ],
)
def test_names_of_older_configs_are_refused_with_those_of_today(
    toy_root, tmp_path, options, message
):
    with pytest.raises(ValueError, match=message):
        RUNNERS.build(toy_config(toy_root, tmp_path / 'work', **options))


def test_the_guard_of_older_configs_is_known_by_its_old_name():
    assert HOOKS.get('ProtocolGuardHook') is HOOKS.get('SelectionGuardHook')


def test_misspelled_selection_is_refused_with_the_nearest():
    cfg = Config(dict(selection='tset', selections=dict(held_out={}, test={}, last={})))
    with pytest.raises(ValueError, match=r"got 'tset'; did you mean 'test'\?$"):
        apply_selection(cfg)


def config_of(folder, normal, anomalous, **options):
    """Give the config of ShanghaiTech with as many training videos, a tenth of them held out."""
    entries = [make_entry(f'n{index}', 'Normal', 16) for index in range(normal)]
    entries += [make_entry(f'a{index}', 'Anomaly', 16) for index in range(anomalous)]
    cfg = Config.fromfile(CONFIGS / 'salient_shanghaitech.py')
    dataset = cfg.train_dataloader.dataset
    dataset.data_root = str(folder)
    metainfo = make_metainfo('shanghaitech', 'train', 'ceil')
    save_annotations(folder / dataset.ann_file, metainfo, entries)
    cfg.merge_from_dict(options)
    return cfg


def test_shanghaitech_holds_out_6_of_63_and_stays_as_it_is(tmp_path):
    cfg = config_of(tmp_path, 175, 63)
    assert avoid_small_held_out(cfg) == (cfg, None)
    assert cfg.selection == 'held_out'


@pytest.mark.parametrize('counts', [(175, 44), (44, 175), (12, 12), (5, 1)])
def test_fewer_than_five_held_out_of_a_class_become_the_last_selection(tmp_path, counts):
    cfg, reason = avoid_small_held_out(config_of(tmp_path, *counts))
    applied = apply_selection(cfg)
    assert (applied.selection, applied.train_dataloader.dataset.subset) == ('last', 'all')
    assert applied.get('val_dataloader') is None
    numbers = [0, 0] if min(counts) < 2 else [max(1, round(0.1 * count)) for count in counts]
    assert reason == (
        f"selection 'held_out' would hold out {numbers[0]} normal and {numbers[1]} anomalous "
        'videos, and selections.held_out.min_videos_per_class asks for 5 of each'
    )


def test_five_held_out_of_each_class_are_enough(tmp_path):
    assert 'hold out 5 normal and 4 anom' in avoid_small_held_out(config_of(tmp_path, 50, 45))[1]
    assert avoid_small_held_out(config_of(tmp_path, 50, 46))[1] is None


def test_the_least_number_is_a_setting_of_the_selection(tmp_path):
    name = 'selections.held_out.min_videos_per_class'
    assert avoid_small_held_out(config_of(tmp_path, 12, 12, **{name: 1}))[1] is None
    assert (
        'asks for 7 of each' in avoid_small_held_out(config_of(tmp_path, 175, 63, **{name: 7}))[1]
    )


@pytest.mark.parametrize('selection', ['test', 'last'])
def test_other_selections_do_not_look_at_what_would_be_held_out(tmp_path, selection):
    assert avoid_small_held_out(config_of(tmp_path, 12, 12, selection=selection))[1] is None


def test_annotations_that_cannot_be_read_are_left_to_the_data_set(tmp_path):
    cfg = config_of(tmp_path, 12, 12)
    (tmp_path / cfg.train_dataloader.dataset.ann_file).write_text('{')
    assert avoid_small_held_out(cfg) == (cfg, None)
    (tmp_path / cfg.train_dataloader.dataset.ann_file).unlink()
    assert avoid_small_held_out(cfg) == (cfg, None)


def test_a_config_without_the_last_selection_keeps_its_own(tmp_path):
    cfg = config_of(tmp_path, 12, 12)
    del cfg.selections['last']
    assert avoid_small_held_out(cfg)[1] is None
