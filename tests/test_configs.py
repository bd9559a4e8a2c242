"""Every experiment file builds, takes a training step and a test step, and has the paper's size."""

import shutil

import cv2
import numpy as np
import pytest
from mmaction.registry import MODELS, RUNNERS
from mmengine.config import Config
from toy_data import CONFIGS, datasets_in, write_split

from mmvad.engine.runner import apply_protocol

EXPERIMENTS = sorted(path.stem for path in CONFIGS.glob('*.py'))
RECOGNIZERS = [name for name in EXPERIMENTS if name.startswith('recognizer')]
DETECTORS = [name for name in EXPERIMENTS if name not in RECOGNIZERS]

# 2-layer LSTM of D channels: 2 · (1024 · (D + 258) + 1024 · 770); attention and classifier on 512
# channels: 82,244 (d_a 64, r 3) or 82,242 (d_a 128, r 1); the last-segment classifier: 513
PARAMETERS = {
    'salient_ucf': 328_004,
    'salient_ucf_da128_r7': 721_992,
    'salient_ucf_inception': 164_164,
    'salient_shanghaitech': 328_004,
    'salient_ped2': 328_004,
    'demo': 10_564,
    'salient_custom': 328_004,
    'salient_xd_rgb': 164_164,
    'salient_xd': 184_644,
    'salient_bilstm_ucf': 6_299_648 + 82_244,
    'salient_bilstm_shanghaitech': 6_299_648 + 82_244,
    'salient_bilstm_xd': 4_464_640 + 82_242,
    'salient_bilstm_xd_da64_r3': 4_464_640 + 82_244,
    'bilstm_ucf': 6_299_648 + 513,
    'bilstm_shanghaitech': 6_299_648 + 513,
    'bilstm_xd': 4_464_640 + 513,
}
BAG_SIZES = dict(ucf=28, shanghaitech=21, xd=9, ped2=2, custom=28)


def load(name):
    return Config.fromfile(CONFIGS / f'{name}.py')


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder whose checkpoints do not outlive the test."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    shutil.rmtree(tmp_path / 'work', ignore_errors=True)


def train_and_test(cfg, folder, name):
    cfg.merge_from_dict(
        {
            'work_dir': str(folder / 'work'),
            'experiment_name': f'config_{name}_{folder.name}',
            'train_cfg.max_epochs': 1,
            'default_hooks.checkpoint.save_optimizer': False,  # less to write
            'default_hooks.checkpoint.save_last': False,
            'default_hooks.checkpoint.interval': 2,
            'log_level': 'WARNING',
        }
    )
    runner = RUNNERS.build(cfg)
    before = [parameter.clone() for parameter in runner.model.parameters()]
    runner.train()
    changed = [
        not parameter.equal(old)
        for parameter, old in zip(runner.model.parameters(), before, strict=True)
    ]
    assert any(changed)
    return runner.test()


@pytest.mark.parametrize('name', DETECTORS)
def test_detector_trains_and_tests_on_data_where_the_config_expects_it(name, folder):
    cfg = load(name)
    train, test = cfg.train_dataloader.dataset, cfg.test_dataloader.dataset
    # the held-out video aside, one batch of either class
    needed = -(-32 // train.features.num_crops)
    if cfg.train_dataloader.batch_sampler.get('replacement'):
        needed = 3
        cfg.train_dataloader.batch_sampler.num_batches = 2
    write_split(train, needed + 1, needed + 1, segments=(3, 9))
    write_split(test, 2, 2, segments=(3, 9))
    train.num_segments = 8
    metrics = train_and_test(cfg, folder, name)
    assert 0 <= metrics['frame/AUC'] <= 1


@pytest.mark.parametrize('name', DETECTORS)
def test_detector_has_the_parameters_of_its_setting(name):
    model = MODELS.build(load(name).model)
    assert sum(parameter.numel() for parameter in model.parameters()) == PARAMETERS[name]


def test_no_detector_lacks_its_number_of_parameters():
    assert [name for name in DETECTORS if name not in PARAMETERS] == []


@pytest.mark.parametrize('name', [name for name in DETECTORS if name != 'demo'])
def test_detector_has_the_training_of_the_paper(name):
    cfg = load(name)
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.lr) == ('RAdam', 1e-3)
    assert cfg.train_dataloader.batch_size == 64
    assert cfg.train_dataloader.dataset.num_segments == 32
    assert cfg.randomness.seed == 9111
    if 'ped2' not in name:
        assert cfg.train_cfg.max_epochs == 10
    (bag_size,) = (size for key, size in BAG_SIZES.items() if f'_{key}' in name)
    assert cfg.model.head.bag_size == bag_size


@pytest.mark.parametrize('name', DETECTORS)
def test_held_out_is_the_protocol_except_where_there_are_too_few_videos(name):
    assert load(name).protocol == ('last' if name in ('salient_ped2', 'demo') else 'held_out')


@pytest.mark.parametrize('protocol', ['held_out', 'paper', 'last'])
@pytest.mark.parametrize('name', DETECTORS)
def test_test_features_are_never_trained_on(name, protocol):
    cfg = load(name)
    cfg.protocol = protocol
    applied = apply_protocol(cfg)
    (train,) = datasets_in(applied.train_dataloader)
    (test,) = datasets_in(applied.test_dataloader)
    assert 'train' in train.ann_file and 'test' in test.ann_file
    assert test.test_mode and not train.get('test_mode')


def write_video(path, seed):
    random = np.random.default_rng(seed)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 10, (64, 48))
    for _ in range(40):
        writer.write(random.integers(0, 256, (48, 64, 3), np.uint8))
    writer.release()


def shrink(pipeline):
    """Cut the pictures of a pipeline to 32 × 32."""
    for step in pipeline:
        if step.type == 'Resize':
            step.scale = (-1, 40) if step.scale[0] == -1 else (32, 32)
        elif step.type == 'CenterCrop':
            step.crop_size = 32


def small_recognizer(name, lists, videos):
    """Point a recognizer's config at videos, with small pictures."""
    cfg = load(name)
    for loader, listed in zip((cfg.train_dataloader, cfg.test_dataloader), lists, strict=True):
        loader.dataset.ann_file = str(listed)
        loader.dataset.data_prefix = dict(video=str(videos))
        loader.num_workers = 0
        shrink(loader.dataset.pipeline)
    return cfg


def write_list(path, names):
    path.write_text(''.join(f'{name} {label}\n' for name, label in names))
    return path


@pytest.mark.parametrize('name', RECOGNIZERS)
def test_recognizer_trains_and_tests_on_clips(name, folder):
    for index in range(2):
        write_video(folder / f'{index}.mp4', index)
    listed = write_list(folder / 'list.txt', [('0.mp4', 0), ('1.mp4', 1)])
    metrics = train_and_test(small_recognizer(name, (listed, listed), folder), folder, name)
    assert metrics['acc/top1'] in (0, 0.5, 1)


@pytest.mark.parametrize('name', RECOGNIZERS)
def test_recognizer_trains_and_tests_on_real_surveillance_videos(name, folder, shared_data):
    videos = shared_data / 'videos' / 'surveillance'
    lists = []
    for split in ('train', 'test'):
        lines = [line.split() for line in (videos / f'{split}.txt').read_text().splitlines()]
        labels = [(f'{split}/{line[0]}', int(line[1] != 'Normal')) for line in lines]
        chosen = [next(pair for pair in labels if pair[1] == label) for label in (0, 1)]
        lists.append(write_list(folder / f'{split}.txt', chosen))
    metrics = train_and_test(small_recognizer(name, lists, videos), folder, name)
    assert metrics['acc/top1'] in (0, 0.5, 1)


@pytest.mark.parametrize('name', ['recognizer2d_salient_resnet', 'recognizer3d_salient_i3d'])
def test_learning_rate_of_a_recognizer_can_be_scaled_from_its_own_batch(name):
    cfg = load(name)
    assert cfg.auto_scale_lr == dict(enable=False, base_batch_size=cfg.train_dataloader.batch_size)


def test_demo_looks_for_its_data_where_the_demo_writes_them():
    makefile = (CONFIGS.parent / 'Makefile').read_text(encoding='utf-8')
    assert f'tools/demo.py --out {load("demo").data_root}\n' in makefile
