"""A training tells its data, its epochs and its result on one screen."""

from mmaction.registry import RUNNERS
from toy_data import toy_config


def train(toy_root, tmp_path, capsys, **options):
    cfg = toy_config(toy_root, tmp_path / 'work', log_level='INFO', console='brief')
    options['default_hooks.console'] = dict(type='ConsoleHook')
    cfg.merge_from_dict(options)
    runner = RUNNERS.build(cfg)
    runner.train()
    return capsys.readouterr().out.splitlines()


def test_one_screen_one_line_an_epoch_and_the_next_command(toy_root, tmp_path, capsys):
    lines = train(toy_root, tmp_path, capsys)
    names = ('config', 'data', 'classes', 'selection', 'model', 'training', 'device', 'writes to')
    assert [line.split('  ')[0] for line in lines[:8]] == list(names)
    assert lines[1].endswith('train.json, 2 crops, features 16 wide')
    assert lines[2].endswith('9 normal, 8 anomalous videos of 2 categories')
    assert lines[3].endswith(
        'held_out: the best video/AUC, of equal ones the least video/loss on 7 videos'
    )
    assert lines[4].endswith('VideoAnomalyDetector, SalientHead, 2884 parameters')
    assert lines[7].endswith(str(tmp_path / 'work'))
    assert [line.split('  ')[0] for line in lines[9:11]] == ['epoch 1/2', 'epoch 2/2']
    assert all('  loss 0.' in line and '  video/AUC ' in line for line in lines[9:11])
    assert lines[12].startswith('best video/AUC ') and ', video/loss 0.' in lines[12]
    (best,) = (tmp_path / 'work').glob('best_*.pth')
    assert lines[13].startswith('next: mmvad test ') and lines[13].endswith(str(best))
    assert len(lines) == 14


def test_validations_within_an_epoch_are_in_the_log_only(toy_root, tmp_path, capsys):
    options = {'selection': 'test', 'selections.test.default_hooks.iter_validation.interval': 1}
    lines = train(toy_root, tmp_path, capsys, **options)
    assert lines[3].endswith('test: the best frame/AUC on 12 videos')
    assert len([line for line in lines if line.startswith('epoch ')]) == 2


def test_without_validation_the_last_weights_come_next(toy_root, tmp_path, capsys):
    lines = train(toy_root, tmp_path, capsys, selection='last')
    assert lines[3].endswith('last: nothing is validated, the last weights count')
    assert lines[-1].endswith('epoch_2.pth') and not any('best' in line for line in lines[8:])
