"""The command of training, and a training with MMAction2's own."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from toy_data import REPOSITORY, dump_config, toy_config

from mmvad.cli import test, train


def run_train(argv):
    train.run_training(train.build_parser().parse_args(argv))


def run_test(argv):
    return test.run_test(test.build_parser().parse_args(argv))


@pytest.fixture
def work_dir(tmp_path):
    return tmp_path / 'work'


@pytest.fixture
def config(toy_root, tmp_path, work_dir):
    return str(dump_config(toy_config(toy_root, work_dir), tmp_path / 'toy.py'))


def weights(path):
    return torch.load(path, weights_only=True)['state_dict']


def test_help_names_the_flags_of_mmaction2(capsys):
    with pytest.raises(SystemExit, match='0'):
        train.main(['--help'])
    flags = ['--work-dir', '--cfg-options', '--launcher', '--resume', '--amp', '--no-validate']
    text = capsys.readouterr().out
    assert [flag for flag in flags if flag not in text] == []


def test_resume_goes_on_after_the_last_epoch(config, work_dir):
    run_train([config])
    run_train([config, '--resume', '--cfg-options', 'train_cfg.max_epochs=3'])
    content = torch.load(work_dir / 'epoch_3.pth', weights_only=True)
    assert content['meta']['epoch'] == 3 and content['meta']['iter'] == 9
    (work_dir / 'epoch_3.pth').unlink()
    named = ['--resume', str(work_dir / 'epoch_2.pth')]
    run_train([config, *named, '--cfg-options', 'train_cfg.max_epochs=3'])
    again = weights(work_dir / 'epoch_3.pth')
    assert all(again[name].equal(value) for name, value in content['state_dict'].items())


def test_resume_refuses_the_state_of_an_optimizer_that_would_spoil_the_weights(
    config, work_dir, capsys
):
    run_train([config])
    path = work_dir / 'epoch_2.pth'
    content = torch.load(path, weights_only=True)
    next(iter(content['optimizer']['state'].values()))['exp_avg'][0] = float('nan')
    torch.save(content, path)
    assert train.main([config, '--resume']) == 2
    assert (
        'epoch_2.pth: state of the optimizer with NaN or Inf: state.0.' in capsys.readouterr().err
    )


def test_resume_without_the_file_that_names_the_last_checkpoint_goes_on(config, work_dir):
    run_train([config])
    for name in ('last_checkpoint', 'epoch_1.pth'):
        (work_dir / name).unlink()
    options = ['train_cfg.max_epochs=3', 'default_hooks.checkpoint.max_keep_ckpts=-1']
    run_train([config, '--resume', '--cfg-options', *options])
    content = torch.load(work_dir / 'epoch_3.pth', weights_only=True)
    assert content['meta']['epoch'] == 3 and not (work_dir / 'epoch_1.pth').exists()


def test_work_dir_of_the_flag_wins_over_the_config_s(config, work_dir, tmp_path):
    run_train([config, '--work-dir', str(tmp_path / 'flag'), '--no-validate'])
    assert (tmp_path / 'flag' / 'epoch_2.pth').exists() and not work_dir.exists()


def test_no_validate_trains_without_selection(config, work_dir):
    run_train([config, '--no-validate'])
    assert sorted(path.name for path in work_dir.glob('*.pth')) == ['epoch_1.pth', 'epoch_2.pth']


def test_selection_is_one_switch(config, work_dir):
    run_train([config, '--cfg-options', 'selection=test'])
    assert len(list(work_dir.glob('best_frame_AUC_iter_*.pth'))) == 1


def test_unknown_selection_is_refused(config):
    with pytest.raises(ValueError, match=r"selection must be one of .*, got 'best'"):
        run_train([config, '--cfg-options', 'selection=best'])


def test_seed_changes_the_weights(config, work_dir, tmp_path):
    for seed in ('1', '2'):
        run_train([config, '--seed', seed, '--no-validate', '--work-dir', str(tmp_path / seed)])
    first, second = (weights(tmp_path / seed / 'epoch_1.pth') for seed in '12')
    assert not first['head.fc1.weight'].equal(second['head.fc1.weight'])


def test_amp_trains_in_half_precision_and_tests_in_full(config, work_dir):
    run_train([config, '--amp', '--cfg-options', 'train_cfg.max_epochs=6'])
    text = next(work_dir.glob('*/vis_data/config.py')).read_text()
    kind = 'AmpOptimWrapper' if torch.cuda.is_available() else 'AutocastOptimWrapper'
    assert f"type='{kind}'" in text
    assert run_test([config, str(work_dir / 'epoch_6.pth')])['frame/AUC'] > 0.9


def test_amp_does_not_replace_another_kind_of_wrapper(config):
    with pytest.raises(ValueError, match='--amp does not go with optim_wrapper type Apex'):
        run_train([config, '--amp', '--cfg-options', 'optim_wrapper.type=ApexOptimWrapper'])


def test_learning_rate_scales_with_the_batch(config, work_dir):
    run_train([config, '--auto-scale-lr', '--cfg-options', 'auto_scale_lr.base_batch_size=16'])
    optimizer = torch.load(work_dir / 'epoch_1.pth', weights_only=True)['optimizer']
    assert optimizer['param_groups'][0]['lr'] == 0.01 * 8 / 16


def test_learning_rate_without_a_batch_of_reference_is_not_scaled(config):
    options = ['--cfg-options', 'auto_scale_lr._delete_=True', 'auto_scale_lr.enable=False']
    with pytest.raises(ValueError, match=r'set auto_scale_lr=dict\(base_batch_size=…\)'):
        run_train([config, '--auto-scale-lr', *options])


def test_deterministic_and_rank_seed_flags_reach_the_runner(config, work_dir):
    try:
        run_train([config, '--deterministic', '--diff-rank-seed', '--no-validate'])
        text = next(work_dir.glob('*/vis_data/config.py')).read_text()
    finally:
        torch.use_deterministic_algorithms(False)
    assert 'diff_rank_seed=True' in text and 'deterministic=True' in text


def test_missing_config_ends_in_one_line_and_status_2(capsys):
    assert train.main(['configs/nothing.py']) == 2
    error = capsys.readouterr().err
    assert error.endswith(': error: config file not found: configs/nothing.py\n')
    assert error.count('\n') == 1


def test_config_is_found_by_name_and_names_the_work_folder(tmp_path):
    args = train.build_parser().parse_args(['salient_ucf', '--seed', '3'])
    cfg = train.configure_training(args)
    assert cfg.work_dir == 'work_dirs/salient_ucf'
    assert (cfg.randomness.seed, cfg.model.head.bag_size) == (3, 28)


def test_data_root_moves_all_data_sets(toy_root, tmp_path):
    cfg = toy_config(tmp_path / 'not_here', tmp_path / 'work')
    config = str(dump_config(cfg, tmp_path / 'toy.py'))
    run_train([config, '--no-validate', '--data-root', str(toy_root)])
    assert (tmp_path / 'work' / 'epoch_2.pth').exists()


def test_data_root_is_refused_where_a_data_set_takes_none(tmp_path):
    config = str(REPOSITORY / 'configs' / 'recognizer3d_salient_i3d.py')
    message = r'--data-root: train_dataloader\.dataset of the config has no data_root'
    with pytest.raises(ValueError, match=message):
        run_train([config, '--data-root', str(tmp_path)])


def test_missing_data_set_says_where_it_looked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = r'no annotation file at data/ucf_crime/.*\(looked for .*tools/data/ucf_crime/README'
    with pytest.raises(FileNotFoundError, match=message):
        run_train([str(REPOSITORY / 'configs' / 'salient_ucf.py')])


def test_mmaction2_s_own_training_tool_runs_a_config_that_imports_mmvad(toy_root, tmp_path):
    tool = Path(find_spec('mmaction').origin).with_name('.mim') / 'tools' / 'train.py'
    if not tool.is_file():
        pytest.skip(f'this mmaction2 brings no tools: {tool}')
    config = dump_config(toy_config(toy_root, tmp_path / 'work'), tmp_path / 'toy.py')
    process = subprocess.run(
        [sys.executable, tool, config],
        env=dict(os.environ, OMP_NUM_THREADS='1'),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-3000:]
    assert (tmp_path / 'work' / 'epoch_2.pth').exists()
    assert len(list((tmp_path / 'work').glob('best_video_AUC_epoch_*.pth'))) == 1
