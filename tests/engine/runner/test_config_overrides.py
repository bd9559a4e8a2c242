import pytest
from mmengine.config import Config
from toy_data import CONFIGS

from mmvad.cli import check_data, export_onnx, test, train
from mmvad.cli.run_config import read_config
from mmvad.config_files import find_config
from mmvad.engine.runner.config_overrides import check_spelling, merge_overrides


@pytest.mark.parametrize(
    ('key', 'message'),
    [
        ('optim_wraper.optimizer.lr', "has no 'optim_wraper'; did you mean 'optim_wrapper'"),
        ('modle.head.bag_size', "has no 'modle'; did you mean 'model'"),
        ('selecton', "has no 'selecton'; did you mean 'selection'"),
        ('param_schedular', "has no 'param_schedular'; did you mean 'param_scheduler'"),
        ('optim_wrapper.optimizer.lrr', "RAdam takes no argument 'lrr'; did you mean 'lr'"),
        ('optim_wrapper.optimiser.lr', "OptimWrapper takes no argument 'optimiser'; did you "
         "mean 'optimizer'"),
        ('train_cfg.max_epoch', "EpochBasedTrainLoop takes no argument 'max_epoch'; did you mean "
         "'max_epochs'"),
        ('model.haed.bag_size', "VideoAnomalyDetector takes no argument 'haed'; did you "
         "mean 'head'"),
        ('model.head.bagsize', "SalientHead takes no argument 'bagsize'; did you mean "
         "'bag_size'"),
        ('train_dataloader.dataset.num_segment', "VideoFeatureDataset takes no argument "
         "'num_segment'; did you mean 'num_segments'"),
        ('train_dataloader.batchsize', "DataLoader takes no argument 'batchsize'; did you mean "
         "'batch_size'"),
        ('default_hooks.chekpoint.interval', "has no 'chekpoint'; did you mean 'checkpoint'"),
        ('default_hooks.checkpoint.intervall', "CheckpointHook takes no argument 'intervall'; did "
         "you mean 'interval'"),
        ('param_scheduler.0.begin', "the config has no list 'param_scheduler'"),
    ],
)  # fmt: skip
def test_misspelled_override_is_refused_with_the_nearest_name(key, message):
    with pytest.raises(ValueError, match=f'^{key}: .*{message}'):
        read_config('salient_ucf', {key: 1})


@pytest.mark.parametrize(
    'options',
    [
        {'default_hooks.attention.type': 'AttentionMapHook'},
        {'default_hooks.attention': dict(type='AttentionMapHook', at_best=True)},
        {'default_hooks.checkpoint.priority': 'LOW', 'default_hooks.checkpoint.meta_of_mine': {}},
        {'optim_wrapper.constructor': 'DefaultOptimWrapperConstructor'},
        {'optim_wrapper.type': 'AmpOptimWrapper', 'optim_wrapper.loss_scale': 'dynamic'},
        {'optim_wrapper.clip_grad.max_norm': 3},
        {'val_cfg': None, 'val_begin_of_mine': 3},
        {'train_cfg.by_epoch': True},
        {'auto_scale_lr._delete_': True, 'auto_scale_lr.enable': False},
        {'selection': 'test', 'allow_other_features': True, 'randomness.seed': 1},
        {'model.neck': dict(type='TypeOfMine', width=2)},
        {'train_dataloader.num_workers': 2, 'train_dataloader.persistent_workers': True},
    ],
)
def test_every_other_override_is_merged_as_in_mmengine(options):
    expected = Config.fromfile(find_config('salient_ucf'))
    expected.merge_from_dict(options)
    assert read_config('salient_ucf', options).to_dict() == expected.to_dict()


def test_argument_of_a_metric_in_a_list_is_checked_too():
    cfg = Config(dict(test_evaluator=[dict(type='FrameMetric')]))
    merge_overrides(cfg, {'test_evaluator.0.per_category': True})
    assert cfg.test_evaluator[0].per_category is True
    with pytest.raises(ValueError, match=r"FrameMetric takes no argument 'per_categry'; did"):
        merge_overrides(cfg, {'test_evaluator.0.per_categry': True})


@pytest.mark.parametrize('key', ['selection.name', 'custom_imports.imports.9'])
def test_override_through_a_value_without_settings_is_refused(key):
    with pytest.raises(ValueError, match=key):
        read_config('salient_ucf', {key: 1})


@pytest.mark.parametrize('command', [train, test, check_data, export_onnx])
def test_every_command_with_overrides_refuses_a_misspelled_one(command, capsys):
    files = {test: ['w.pth'], export_onnx: ['w.pth', 'w.onnx']}.get(command, [])
    argv = ['salient_ucf', *files, '--cfg-options', 'optim_wraper.optimizer.lr=1']
    assert command.main(argv) == 2
    assert "did you mean 'optim_wrapper'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (dict(model=dict(type='SalientHed')), "model.type: there is no 'SalientHed'; did you mean "
         "'SalientHead'?"),
        (dict(model=dict(head=dict(type='SalientHead', num_hop=3))), 'model.head.num_hop: '
         "SalientHead takes no argument 'num_hop'; did you mean 'num_hops'?"),
        (dict(test_evaluator=[dict(type='FrameMetric', per_categry=True)]),
         "test_evaluator.0.per_categry: FrameMetric takes no argument 'per_categry'; did you mean "
         "'per_category'?"),
        (dict(val_dataloader=dict(batchsize=3)), "val_dataloader.batchsize: DataLoader takes no "
         "argument 'batchsize'; did you mean 'batch_size'?"),
    ],
)  # fmt: skip
def test_misspelled_name_in_a_config_file_is_refused_with_its_place(content, message, tmp_path):
    path = tmp_path / 'mine.py'
    Config(content).dump(path)
    with pytest.raises(ValueError) as error:
        read_config(str(path), None)
    assert str(error.value) == message


def test_a_name_like_no_other_is_left_to_what_builds_the_object():
    check_spelling(Config(dict(a=dict(type='TypeOfMine', x=1), b=dict(type='SGD', mine=2))))


def test_every_config_is_spelled_as_its_types_are():
    for path in CONFIGS.glob('*.py'):
        check_spelling(Config.fromfile(path))
