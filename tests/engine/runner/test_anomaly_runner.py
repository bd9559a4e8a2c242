import os
import socket

import mmengine.runner.runner
import pytest
import torch
import torch.multiprocessing as mp
from mmaction.registry import RUNNERS
from mmengine.logging import HistoryBuffer
from toy_data import toy_config, write_toy_dataset

from mmvad.datasets.feature_record import FORMAT, record_path
from mmvad.engine.runner import AnomalyRunner
from mmvad.files import write_json
from mmvad.scores.scores_file import read_scores


def weights(path):
    return torch.load(path, weights_only=True)['state_dict']


def files(folder, pattern='*.pth'):
    return sorted(path.name for path in folder.glob(pattern))


@pytest.fixture(scope='module')
def work_dir(toy_root, tmp_path_factory):
    """Folder of a finished training."""
    folder = tmp_path_factory.mktemp('trained')
    RUNNERS.build(toy_config(toy_root, folder, **{'train_cfg.max_epochs': 6})).train()
    return folder


@pytest.fixture
def runner(toy_root, tmp_path):
    return RUNNERS.build(toy_config(toy_root, tmp_path))


def test_config_names_the_runner(runner):
    assert isinstance(runner, AnomalyRunner)


def test_training_finds_the_planted_anomaly(work_dir, runner):
    runner._load_from = str(work_dir / 'epoch_6.pth')
    metrics = runner.test()
    assert metrics['frame/AUC'] > 0.9
    assert metrics['frame/AUC_macro_within'] > 0.9


def test_best_checkpoint_of_the_held_out_videos_is_kept(work_dir):
    best = files(work_dir, 'best_video_AUC_epoch_*.pth')
    assert len(best) == 1
    assert files(work_dir) == sorted([*best, 'epoch_5.pth', 'epoch_6.pth'])


def test_best_checkpoint_of_the_test_set_is_kept_in_the_paper_s_selection(toy_root, tmp_path):
    options = {'selections.test.default_hooks.iter_validation.interval': 2}
    RUNNERS.build(toy_config(toy_root, tmp_path, selection='test', **options)).train()
    best = files(tmp_path, 'best_frame_AUC_iter_*.pth')
    assert len(best) == 1
    assert files(tmp_path) == sorted([*best, 'epoch_1.pth', 'epoch_2.pth'])


def test_nothing_is_selected_in_the_last_selection(toy_root, tmp_path):
    RUNNERS.build(toy_config(toy_root, tmp_path, selection='last')).train()
    assert files(tmp_path) == ['epoch_1.pth', 'epoch_2.pth']


def test_too_few_videos_to_hold_out_are_trained_on_and_the_console_says_so(
    toy_root, tmp_path, capsys
):
    options = {'selections.held_out.min_videos_per_class': 5, 'console': 'brief'}
    runner = RUNNERS.build(toy_config(toy_root, tmp_path, **options))
    runner.train()
    assert len(runner.train_dataloader.dataset.annotations) == 24
    assert files(tmp_path) == ['epoch_1.pth', 'epoch_2.pth']
    (line,) = [line for line in capsys.readouterr().out.splitlines() if 'hold out' in line]
    assert line == (
        "warning: selection 'held_out' would hold out 3 normal and 4 anomalous videos, and "
        'selections.held_out.min_videos_per_class asks for 5 of each: all videos are trained on, '
        "and the last weights count, as with selection 'last'"
    )
    assert "selection = 'last'" in next(tmp_path.glob('*/vis_data/config.py')).read_text()


@pytest.mark.parametrize('selection', ['held_out', 'last'])
def test_training_does_not_look_at_the_test_set(tmp_path, selection):
    root = write_toy_dataset(tmp_path / 'data')
    (root / 'test.json').unlink()
    for path in (root / 'features').glob('test_*'):
        path.unlink()
    RUNNERS.build(toy_config(root, tmp_path / 'work', selection=selection)).train()
    assert 'epoch_2.pth' in files(tmp_path / 'work')


def test_same_seed_gives_the_same_weights_and_another_one_others(toy_root, tmp_path):
    for name, seed in (('a', 1), ('b', 1), ('c', 2)):
        options = {'randomness.seed': seed, 'train_cfg.max_epochs': 1}
        RUNNERS.build(toy_config(toy_root, tmp_path / name, **options)).train()
    first, second, third = (weights(tmp_path / name / 'epoch_1.pth') for name in 'abc')
    assert all(first[name].equal(second[name]) for name in first)
    assert not first['head.fc1.weight'].equal(third['head.fc1.weight'])


def test_checkpoint_of_another_model_is_refused_by_name(toy_root, work_dir, tmp_path):
    cfg = toy_config(toy_root, tmp_path, **{'model.head.num_hops': 5})
    message = (
        r'epoch_6\.pth does not hold the weights of VideoAnomalyDetector as configured: '
        r'\d misshapen: head\.attention\.hops\.weight \(3, 64\) instead of \(5, 64\)'
    )
    with pytest.raises(ValueError, match=message):
        RUNNERS.build(cfg).load_checkpoint(str(work_dir / 'epoch_6.pth'))


def test_checkpoint_with_other_names_is_refused_by_name(runner, tmp_path):
    path = tmp_path / 'other.pth'
    torch.save(dict(state_dict=torch.nn.Linear(2, 1).state_dict()), path)
    message = r'8 missing: head\.attention.*, …; 2 unexpected: weight, bias'
    with pytest.raises(ValueError, match=message):
        runner.load_checkpoint(str(path))


@pytest.mark.parametrize('kept', [0, 100, 20_000, -50])
def test_truncated_checkpoint_is_refused_by_name(runner, work_dir, tmp_path, kept):
    path = tmp_path / 'cut.pth'
    path.write_bytes((work_dir / 'epoch_6.pth').read_bytes()[:kept])
    with pytest.raises(ValueError, match=r'cut\.pth cannot be read as a checkpoint: it is damaged'):
        runner.load_checkpoint(str(path))


class Malicious:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call[0], self.call[1:]


def test_checkpoint_that_would_run_code_is_refused_by_name(runner, tmp_path):
    path, target = tmp_path / 'evil.pth', tmp_path / 'executed'
    torch.save(dict(state_dict={}, meta=Malicious(os.mkdir, str(target))), path)
    message = r'evil\.pth cannot be read as a checkpoint: it asks for posix\.mkdir'
    with pytest.raises(ValueError, match=message):
        runner.load_checkpoint(str(path))
    torch.save(dict(state_dict={}, meta=Malicious(getattr, HistoryBuffer, 'update')), path)
    message = r"evil\.pth cannot be read as a checkpoint: it asks for 'update' of <class 'mmengine"
    with pytest.raises(ValueError, match=message):
        runner.load_checkpoint(str(path))
    assert not target.exists()


def test_file_without_a_state_dict_is_refused(runner, tmp_path):
    torch.save([1, 2], tmp_path / 'list.pth')
    with pytest.raises(ValueError, match=r'list\.pth holds a list, not a checkpoint'):
        runner.load_checkpoint(str(tmp_path / 'list.pth'))


def test_missing_checkpoint_is_named(runner):
    with pytest.raises(FileNotFoundError, match=r'nowhere\.pth can not be found'):
        runner.load_checkpoint('nowhere.pth')


def test_bare_state_dict_is_loaded(runner, work_dir, tmp_path):
    expected = weights(work_dir / 'epoch_6.pth')
    torch.save(expected, tmp_path / 'bare.pth')
    runner.load_checkpoint(str(tmp_path / 'bare.pth'))
    assert all(value.equal(expected[name]) for name, value in runner.model.state_dict().items())


def test_interrupted_save_leaves_the_old_checkpoint_whole(
    toy_root, work_dir, tmp_path, monkeypatch
):
    options = {'train_cfg.max_epochs': 1}
    runner = RUNNERS.build(toy_config(toy_root, tmp_path, selection='last', **options))
    runner.train()
    before = (tmp_path / 'epoch_1.pth').read_bytes()

    def write_half(checkpoint, path, **options):
        with open(path, 'wb') as file:
            file.write(before[: len(before) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(mmengine.runner.runner, 'save_checkpoint', write_half)
    with pytest.raises(KeyboardInterrupt):
        runner.save_checkpoint(str(tmp_path), 'epoch_1.pth')
    with pytest.raises(KeyboardInterrupt):
        runner.save_checkpoint(str(tmp_path), 'epoch_2.pth')
    assert (tmp_path / 'epoch_1.pth').read_bytes() == before
    assert files(tmp_path) == ['epoch_1.pth']


def train_rank(rank, root, work_dir, port):
    torch.set_num_threads(1)
    os.environ.update(RANK=str(rank), WORLD_SIZE='2', LOCAL_RANK=str(rank))
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    cfg = two_rank_config(root, work_dir, batch_size=4)
    cfg.launcher = 'pytorch'
    runner = RUNNERS.build(cfg)
    runner.train()
    metrics = runner.test()
    torch.save(
        dict(weights=runner.model.module.state_dict(), metrics=metrics),
        f'{work_dir}/rank_{rank}.pth',
    )
    torch.distributed.destroy_process_group()


def two_rank_config(root, work_dir, batch_size):
    options = {
        'model.head.dropout': 0.0,
        'train_dataloader.batch_size': batch_size,
        'train_cfg.max_epochs': 3,
        'env_cfg.dist_cfg.backend': 'gloo',
    }
    return toy_config(root, work_dir, selection='last', **options)


def test_two_processes_train_and_test_as_one_with_the_whole_batch(toy_root, tmp_path, free_port):
    alone = RUNNERS.build(two_rank_config(toy_root, tmp_path / 'alone', batch_size=8))
    alone.train()
    metrics = alone.test()
    folder = tmp_path / 'two'
    folder.mkdir()
    mp.spawn(train_rank, (toy_root, folder, free_port), nprocs=2)
    ranks = [torch.load(folder / f'rank_{rank}.pth', weights_only=False) for rank in range(2)]
    for name, expected in alone.model.state_dict().items():
        first, second = (rank['weights'][name] for rank in ranks)
        assert first.equal(second)
        torch.testing.assert_close(first, expected, atol=1e-5, rtol=1e-4)
    for rank in ranks:
        assert rank['metrics'] == pytest.approx(metrics, abs=1e-3)


@pytest.fixture
def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def record_features(root, split, **changes):
    """Lay a record beside every feature file of a split of the toy data set."""
    for path in (root / 'features').glob(f'{split}_*.npy'):
        features = dict(network='i3d', tail='ceil', dtype='float32') | changes
        write_json(record_path(path), dict(format=FORMAT, features=features))


@pytest.fixture
def recorded(tmp_path):
    """Root of a toy data set of which the training features have a record, and nothing is told."""
    root = write_toy_dataset(tmp_path / 'data')
    record_features(root, 'train')
    return root


def run(cfg, split):
    runner = RUNNERS.build(cfg)
    return runner.train() if split == 'train' else runner.test()


def log_of(work_dir):
    return ''.join(path.read_text() for path in work_dir.glob('*/*.log'))


def test_validation_on_other_features_than_the_training_s_is_refused(recorded, tmp_path):
    record_features(recorded, 'test', network='c3d')
    message = (
        r'the detector is trained on visual features of .*train\.json made differently from those '
        r"of .*test\.json: network: 'i3d' and 'c3d'; allow_other_features=True"
    )
    with pytest.raises(ValueError, match=message):
        run(toy_config(recorded, tmp_path / 'work', selection='test'), 'train')
    assert files(tmp_path / 'work') == []
    options = dict(allow_other_features=True, selection='test')
    run(toy_config(recorded, tmp_path / 'work', **options), 'train')


@pytest.mark.parametrize('selection', ['held_out', 'last', 'test'])
def test_validation_on_features_made_alike_is_accepted(recorded, tmp_path, selection):
    record_features(recorded, 'test')
    run(toy_config(recorded, tmp_path / 'work', selection=selection), 'train')


@pytest.mark.parametrize('user', ['test', 'load_from', 'resume'])
def test_checkpoint_trained_on_other_features_is_refused_unless_allowed(recorded, tmp_path, user):
    run(toy_config(recorded, tmp_path / 'first', selection='last'), 'train')
    split = 'test' if user == 'test' else 'train'
    record_features(recorded, split, tail='floor')
    options = dict(selection='last', load_from=str(tmp_path / 'first' / 'epoch_1.pth'))
    options['resume'] = user == 'resume'
    message = (
        rf'epoch_1\.pth was trained on visual features made differently from those of .*{split}'
        r"\.json: tail: 'ceil' and 'floor'; allow_other_features=True"
    )
    with pytest.raises(ValueError, match=message):
        run(toy_config(recorded, tmp_path / 'on', **options), split)
    run(toy_config(recorded, tmp_path / 'on', allow_other_features=True, **options), split)


def test_features_that_differ_by_rounding_are_told_and_used(recorded, tmp_path):
    record_features(recorded, 'test', dtype='bfloat16')
    cfg = toy_config(recorded, tmp_path / 'work', selection='test', log_level='INFO')
    run(cfg, 'train')
    told = "test.json: by rounding only, dtype: 'float32' and 'bfloat16'"
    assert told in log_of(tmp_path / 'work')


def test_features_of_an_untrained_network_are_told_in_training_test_and_scores(
    recorded, tmp_path, capsys
):
    def told():
        lines = capsys.readouterr().out.splitlines()
        return [line for line in lines if 'untrained network (random, seed 3)' in line]

    cfg = toy_config(recorded, tmp_path / 'plain', selection='last', console='brief')
    run(cfg, 'train')
    assert told() == []
    for split in ('train', 'test'):
        for path in (recorded / 'features').glob(f'{split}_*.npy'):
            features = dict(network='i3d', tail='ceil', dtype='float32')
            content = dict(format=FORMAT, features=features, weights='random, seed 3')
            write_json(record_path(path), content)
    options = dict(selection='last', console='brief')
    run(toy_config(recorded, tmp_path / 'work', **options), 'train')
    assert len(told()) == 1
    options['load_from'] = str(tmp_path / 'work' / 'epoch_2.pth')
    cfg = toy_config(recorded, tmp_path / 'test', **options)
    cfg.test_evaluator.dump = str(tmp_path / 's.json')
    run(cfg, 'test')
    assert len(told()) == 1
    assert read_scores(tmp_path / 's.json').made_by['extractor_weights'] == 'random, seed 3'
