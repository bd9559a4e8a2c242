"""The compared systems from training to scores: ranks, resuming, files, streams, exports."""

import importlib.util
import os
import socket

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp
from mmaction.registry import MODELS, RUNNERS
from mmengine.config import Config
from toy_data import CONFIGS, datasets_in, dump_config, write_toy_dataset
from toy_detector import cheap_extractor, write_extractor_config
from video_files import numbered_frames, write_video

from mmvad.apis.detector import load_detector
from mmvad.apis.export import export_onnx
from mmvad.apis.inferencer import AnomalyInferencer
from mmvad.cli.infer import main as infer

SYSTEMS = ('sultani_ucf', 'rtfm_ucf', 'hlnet_ucf')
WHOLE = ('rtfm_ucf', 'hlnet_ucf')  # they look at whole videos
CROPS, D = 2, 16
STORE = dict(root='features', pattern='{name}.npy', layout='SKD', num_crops=CROPS, num_channels=D)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return write_toy_dataset(tmp_path_factory.mktemp('toy'), num_train=8, num_test=4)


def system_config(name, root, work_dir, width=D, **options):
    """Cut a system's config to the size of the toy data set."""
    cfg = Config.fromfile(CONFIGS / f'{name}.py')
    for dataset in datasets_in(cfg._cfg_dict):
        split = 'test' if 'test' in dataset.ann_file else 'train'
        features = dict(STORE, num_channels=width)
        dataset.update(data_root=str(root), ann_file=f'{split}.json', features=features)
        if not dataset.get('test_mode'):
            dataset.update(num_segments=10)
    for part in (cfg.model.head, cfg.model.get('neck')):
        if part:
            part.in_channels = width
    if name == 'rtfm_ucf':
        cfg.train_dataloader.batch_sampler.num_batches = 3
    cfg.merge_from_dict(
        {
            'selection': 'last',
            'work_dir': str(work_dir),
            'experiment_name': f'{name}_{work_dir.name}_{os.getpid()}_{len(options)}',
            'train_dataloader.batch_size': 8,
            'train_cfg.max_epochs': 2,
            'log_level': 'WARNING',
            **options,
        }
    )
    return cfg


def weights_of(runner):
    return {name: value.clone() for name, value in runner.model.state_dict().items()}


@pytest.mark.parametrize('name', SYSTEMS)
def test_system_learns_where_the_planted_anomaly_is(name, root, tmp_path):
    rate = dict(sultani_ucf=0.02, rtfm_ucf=1e-3, hlnet_ucf=1e-3)[name]
    options = {'train_cfg.max_epochs': 10, 'optim_wrapper.optimizer.lr': rate}
    runner = RUNNERS.build(system_config(name, root, tmp_path, **options))
    runner.train()
    assert runner.test()['frame/AUC'] > 0.75


@pytest.mark.parametrize('name', SYSTEMS)
def test_resumed_training_ends_with_the_weights_of_an_uninterrupted_one(name, root, tmp_path):
    whole = RUNNERS.build(system_config(name, root, tmp_path / 'whole'))
    whole.train()
    first = system_config(name, root, tmp_path / 'parts', **{'train_cfg.max_epochs': 1})
    RUNNERS.build(first).train()
    again = system_config(name, root, tmp_path / 'parts', resume=True)
    resumed = RUNNERS.build(again)
    resumed.train()
    expected = weights_of(whole)
    for key, value in weights_of(resumed).items():
        assert value.equal(expected[key]), key


def train_rank(rank, name, root, folder, port):
    torch.set_num_threads(1)
    os.environ.update(RANK=str(rank), WORLD_SIZE='2', LOCAL_RANK=str(rank))
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    options = {'train_dataloader.batch_size': 4, 'env_cfg.dist_cfg.backend': 'gloo'}
    cfg = system_config(name, root, folder, launcher='pytorch', **options)
    runner = RUNNERS.build(cfg)
    runner.train()
    weights = {key: value for key, value in runner.model.module.named_parameters()}
    torch.save(weights, folder / f'rank_{rank}.pth')
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize('name', ['hlnet_ucf'])  # its unused modules have no gradient
def test_two_processes_end_with_the_same_weights(name, root, tmp_path):
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        port = sock.getsockname()[1]
    mp.spawn(train_rank, (name, root, tmp_path, port), nprocs=2)
    first, second = (torch.load(tmp_path / f'rank_{rank}.pth') for rank in range(2))
    for key, value in first.items():
        assert value.equal(second[key]), key


def make_detector(name, folder, width=8):
    cfg = system_config(name, folder, folder, width)
    cfg.test_dataloader.dataset.features.num_crops = 5
    torch.manual_seed(0)
    torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict()), folder / f'{name}.pth')
    return cfg, folder / f'{name}.pth'


@pytest.mark.parametrize('name', SYSTEMS)
def test_inference_gives_a_file_the_scores_of_the_test(name, tmp_path):
    cfg, weights = make_detector(name, tmp_path)
    detector = load_detector(cfg, weights, device='cpu')
    features = np.random.default_rng(0).standard_normal((23, 5, 8), np.float32)
    np.save(tmp_path / 'x.npy', features)
    (scored,) = AnomalyInferencer(detector)(str(tmp_path / 'x.npy')).videos
    with torch.inference_mode():
        expected = detector.model.segment_scores(torch.from_numpy(features))
    assert len(set(scored.scores.tolist())) > 5
    np.testing.assert_allclose(scored.scores, expected, atol=1e-5)


@pytest.mark.parametrize('name', SYSTEMS)
def test_inference_scores_videos(name, tmp_path):
    cfg, weights = make_detector(name, tmp_path)
    detector = load_detector(cfg, weights, device='cpu')
    video = write_video(tmp_path / 'gate.mp4', numbered_frames(70))
    (scored,) = AnomalyInferencer(detector, cheap_extractor(tmp_path))(str(video)).videos
    assert scored.error is None and len(scored.scores) == 5


@pytest.mark.parametrize('scoring', ['bags', 'sliding'])
def test_sultani_et_al_score_a_stream_segment_by_segment(scoring, tmp_path):
    cfg, weights = make_detector('sultani_ucf', tmp_path)
    detector = load_detector(cfg, weights, device='cpu')
    inferencer = AnomalyInferencer(detector, cheap_extractor(tmp_path), scoring=scoring)
    inferencer.check_streams()
    scores = inferencer.stream(iter(numbered_frames(48)))
    assert [next(scores).segment for _ in range(3)] == [0, 1, 2]


@pytest.mark.parametrize('name', WHOLE)
def test_whole_video_systems_refuse_live_sources(name, tmp_path, capsys):
    cfg, weights = make_detector(name, tmp_path)
    detector = load_detector(cfg, weights, device='cpu')
    kind = cfg.model.head.type
    with pytest.raises(ValueError, match=f"{kind} looks at the whole video.*'sliding' scoring is"):
        AnomalyInferencer(detector, scoring='sliding')
    inferencer = AnomalyInferencer(detector, cheap_extractor(tmp_path))
    with pytest.raises(ValueError, match='and a live source has no end: score files'):
        inferencer.stream(iter(numbered_frames(48)))
    video = write_video(tmp_path / 'gate.mp4', numbered_frames(70))
    config = dump_config(cfg, tmp_path / 'detector.py')
    flags = ['--detector', config, '--weights', weights, '--live', '--random-extractor', '0']
    flags += ['--extractor', write_extractor_config(tmp_path), '--device', 'cpu', video]
    for more, message in (([], 'is not possible'), (['--scoring', 'bags'], 'has no end')):
        assert infer([*map(str, flags), *more]) == 2
        found = capsys.readouterr().err
        assert f'{kind} looks at the whole video' in found and message in found
        told = [line for line in found.splitlines() if not line.startswith('warning: ')]
        assert len(told) == 1


@pytest.mark.parametrize('name', SYSTEMS)
def test_a_bag_size_for_a_system_without_one_is_refused(name, tmp_path):
    cfg, weights = make_detector(name, tmp_path)
    with pytest.raises(ValueError, match=r'bag_size must be (1|None), got 9'):
        load_detector(cfg, weights, bag_size=9, device='cpu')


@pytest.mark.parametrize('name', WHOLE)
def test_whole_video_systems_are_not_exported(name, tmp_path):
    if importlib.util.find_spec('onnxruntime') is None:
        pytest.skip('onnxruntime is not installed: pip install "mmvad[onnx]"')
    cfg, weights = make_detector(name, tmp_path)
    with pytest.raises(ValueError, match='Head scores the segments of whole videos; an exported'):
        export_onnx(cfg, weights, tmp_path / 'x.onnx')
    assert not (tmp_path / 'x.onnx').exists()


@pytest.mark.parametrize('name', ['sultani_ucf', 'hlnet_ucf'])
def test_reordered_test_videos_are_scored_in_the_order_of_time(name, root, tmp_path):
    found = []
    for seed in (None, 3):
        cfg = system_config(name, root, tmp_path / str(seed))
        cfg.test_dataloader.dataset.shuffle_segments = seed
        torch.manual_seed(0)
        runner = RUNNERS.build(cfg)
        batch = next(iter(runner.build_dataloader(cfg.test_dataloader)))
        with torch.inference_mode():
            found += runner.model.eval()(mode='predict', **batch)
    plain, reordered = (sample.pred_segment_scores for sample in found)
    assert len(set(plain.tolist())) > 2
    # each segment keeps its score where segments are scored alone; a graph sees another order
    assert reordered.allclose(plain, atol=1e-6) == (name == 'sultani_ucf')
