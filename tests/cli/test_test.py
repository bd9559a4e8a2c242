"""The command of the test: metrics, and the scores file of detectors and recognizers."""

import json

import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope
from toy_data import CONFIGS, dump_config, toy_config

from mmvad.cli import test, train
from mmvad.scores.scores_file import read_scores


@pytest.fixture
def work_dir(tmp_path):
    return tmp_path / 'work'


@pytest.fixture
def config(toy_root, tmp_path, work_dir):
    return str(dump_config(toy_config(toy_root, work_dir), tmp_path / 'toy.py'))


def run_test(argv):
    return test.run_test(test.build_parser().parse_args(argv))


def test_help_names_the_flags_of_mmaction2(capsys):
    with pytest.raises(SystemExit, match='0'):
        test.main(['--help'])
    flags = ['--work-dir', '--cfg-options', '--launcher', '--dump', '--show-dir', '--interval']
    text = capsys.readouterr().out
    assert [flag for flag in flags if flag not in text] == []


def test_train_then_test_then_dump(config, work_dir, tmp_path):
    assert train.main([config, '--cfg-options', 'train_cfg.max_epochs=6']) == 0
    (best,) = work_dir.glob('best_video_AUC_epoch_*.pth')
    dump = tmp_path / 'scores.json'
    assert run_test([config, str(best)])['frame/AUC'] > 0.7
    metrics = run_test([config, str(work_dir / 'epoch_6.pth'), '--dump', str(dump)])
    assert metrics['frame/AUC'] > 0.9
    scores = read_scores(dump)
    assert scores.metainfo['dataset'] == 'toy' and len(scores.videos) == 12


def test_the_table_is_short_and_says_why_a_metric_is_undefined(config, work_dir, capsys):
    assert train.main([config, '--no-validate']) == 0
    capsys.readouterr()
    weights, fps = str(work_dir / 'epoch_2.pth'), ['--cfg-options', 'test_evaluator.fps=']
    assert test.main([config, weights, *fps[:1], fps[1] + '30']) == 0
    names = ('AUC', 'AP', 'AUC_macro_within', 'false_alarms_per_hour')
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if 'frame/' in line]
    assert [row[0] for row in rows] == [f'frame/{name}' for name in names]
    assert all(float(row[1]) >= 0 for row in rows)
    assert test.main([config, weights, *fps[:1], fps[1] + 'None']) == 0
    shown = [line for line in capsys.readouterr().out.splitlines() if 'false_alarms' in line]
    assert shown[0].startswith('frame/false_alarms_per_hour  undefined, because ')


def test_the_next_command_reads_what_was_written():
    args = test.build_parser().parse_args(['a.py', 'b.pth', '--dump', 'a.json'])
    assert test.describe({'frame/AUC': 0.5}, {}, args).endswith('mmvad report a.json --out-dir a')
    assert test.describe({'acc/top1': 0.5}, {}, args).endswith('next: mmvad evaluate a.json')
    args.dump = None
    assert test.describe({'acc/top1': 0.5}, {}, args).endswith('the scores for evaluate')


def test_missing_config_ends_in_one_line_and_status_2(capsys):
    assert test.main(['configs/nothing.py', 'a.pth']) == 2
    error = capsys.readouterr().err
    assert error.endswith(': error: config file not found: configs/nothing.py\n')
    assert error.count('\n') == 1


def test_test_set_of_one_class_is_an_error_that_keeps_the_scores(toy_root, tmp_path, capsys):
    cfg = toy_config(toy_root, tmp_path / 'work')
    content = json.loads((toy_root / 'test.json').read_text())
    content['data_list'] = content['data_list'][:6]
    (tmp_path / 'normal.json').write_text(json.dumps(content))
    cfg.test_dataloader.dataset.ann_file = str(tmp_path / 'normal.json')
    config = str(dump_config(cfg, tmp_path / 'toy.py'))
    assert train.main([config, '--no-validate']) == 0
    dump = tmp_path / 'scores.json'
    assert test.main([config, str(tmp_path / 'work' / 'epoch_2.pth'), '--dump', str(dump)]) == 2
    assert 'ROC AUC is undefined: no positive' in capsys.readouterr().err
    assert len(read_scores(dump).videos) == 6


def test_the_first_metric_that_takes_a_dump_writes_it():
    cfg = Config(dict(test_evaluator=[dict(type='VideoMetric'), dict(type='FrameMetric')]))
    test.set_dump(cfg, 'a.json')
    assert [metric.get('dump') for metric in cfg.test_evaluator] == [None, 'a.json']


def test_where_no_metric_takes_a_dump_one_is_put_before_them():
    for evaluator in (dict(type='AccMetric'), [dict(type='AccMetric')]):
        cfg = Config(dict(test_evaluator=evaluator))
        test.set_dump(cfg, 'a.json')
        assert cfg.test_evaluator[0] == dict(type='ScoresDump', dump='a.json')
        assert [metric.type for metric in cfg.test_evaluator] == ['ScoresDump', 'AccMetric']


def test_metrics_in_a_dict_of_an_evaluator_are_found():
    cfg = Config(dict(test_evaluator=dict(type='Evaluator', metrics=[dict(type='FrameMetric')])))
    test.set_dump(cfg, 'a.json')
    assert cfg.test_evaluator.metrics[0].dump == 'a.json'


def test_all_metrics_are_asked_of_the_metrics_that_leave_some_out():
    cfg = Config(dict(test_evaluator=[dict(type='VideoMetric'), dict(type='FrameMetric')]))
    test.set_all_metrics(cfg)
    assert [metric.get('all_metrics') for metric in cfg.test_evaluator] == [None, True]
    cfg = Config(dict(test_evaluator=dict(type='FrameMetric')))
    test.set_all_metrics(cfg)
    assert cfg.test_evaluator.all_metrics is True


def test_all_metrics_of_metrics_that_leave_none_out_is_refused():
    with pytest.raises(ValueError, match='--all: no metric of the config gives more'):
        test.set_all_metrics(Config(dict(test_evaluator=dict(type='VideoMetric'))))


def test_dump_without_an_evaluator_is_refused():
    with pytest.raises(ValueError, match='--dump: the config has no test_evaluator'):
        test.set_dump(Config(dict(test_evaluator=None)), 'a.json')


def write_clip(path, seed):
    random = np.random.default_rng(seed)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 10, (64, 48))
    for _ in range(20):
        writer.write(random.integers(0, 256, (48, 64, 3), np.uint8))
    writer.release()


@pytest.fixture
def recognizer(tmp_path):
    """A recognizer's config on three small videos, and a checkpoint of it."""
    cfg = Config.fromfile(CONFIGS / 'recognizer2d_salient_resnet.py')
    for index in range(3):
        write_clip(tmp_path / f'{index}.mp4', index)
    (tmp_path / 'list.txt').write_text('0.mp4 0\n1.mp4 1\n2.mp4 1\n')
    loader = cfg.test_dataloader
    loader.num_workers = 0
    loader.dataset.update(
        ann_file=str(tmp_path / 'list.txt'), data_prefix=dict(video=str(tmp_path))
    )
    for step in loader.dataset.pipeline:
        if step.type == 'Resize':
            step.scale = (-1, 40)
        elif step.type == 'CenterCrop':
            step.crop_size = 32
    cfg.model.backbone.update(depth=18, pretrained=None)
    cfg.model.cls_head.in_channels = 512
    cfg.work_dir = str(tmp_path / 'work')
    cfg.log_level = 'WARNING'
    cfg.experiment_name = 'recognizer'
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmaction'):
        model = MODELS.build(cfg.model)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'weights.pth')
    return cfg, tmp_path / 'weights.pth'


def test_recognizer_writes_video_score_and_label(recognizer, tmp_path):
    cfg, weights = recognizer
    config, dump = dump_config(cfg, tmp_path / 'recognizer.py'), tmp_path / 'scores.json'
    metrics = run_test([str(config), str(weights), '--dump', str(dump)])
    scores = read_scores(dump)
    assert scores.unit == 'video'
    assert [video.name for video in scores.videos] == [f'{tmp_path}/{i}.mp4' for i in range(3)]
    assert [video.label for video in scores.videos] == [0, 1, 1]
    right = [(video.scores[0] > 0.5) == video.label for video in scores.videos]
    assert metrics == {'acc/top1': pytest.approx(sum(right) / 3)}


def test_pipeline_that_drops_the_name_of_a_video_is_refused(recognizer, tmp_path, capsys):
    cfg, weights = recognizer
    cfg.test_dataloader.dataset.pipeline[-1].pop('meta_keys')
    config, dump = dump_config(cfg, tmp_path / 'recognizer.py'), tmp_path / 'scores.json'
    assert test.main([str(config), str(weights), '--dump', str(dump)]) == 2
    assert "PackActionInputs keep it: meta_keys=('filename',)" in capsys.readouterr().err
