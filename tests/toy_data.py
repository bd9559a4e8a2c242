"""Writes small synthetic data sets with a planted anomaly, in the layout that a config asks for."""

import importlib.util
import itertools
from pathlib import Path

import numpy as np
from mmaction.structures import ActionDataSample
from mmengine.config import Config

from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.datasets.feature_store import FeatureStore
from mmvad.timeline import SEGMENT_FRAMES

REPOSITORY = Path(__file__).resolve().parents[1]
CONFIGS = REPOSITORY / 'configs'

TOY_STORE = dict(root='features', pattern='{name}.npy', num_crops=2, num_channels=16)
_numbers = itertools.count()


def write_features(store, video, features):
    """Write (S, K, D) into the files where `store` looks for them, audio channels last."""
    paths = store.paths(video)
    visual = features[..., : store.num_channels]
    if store.audio:
        paths, audio_path = paths[:-1], paths[-1]
        audio_path.parent.mkdir(parents=True, exist_ok=True)
        np.save(audio_path, features[:, 0, store.num_channels :])
    for crop, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        if store.layout == 'SD':
            np.save(path, visual[:, crop])
        else:
            np.save(path, visual.swapaxes(0, 1) if store.layout == 'KSD' else visual)


def anomalous_segments(num_segments):
    """Give the planted run of segments, half-open."""
    return num_segments // 3, num_segments // 3 + max(1, num_segments // 3)


def write_split(dataset, num_normal, num_anomalous, seed=0, segments=(6, 13), signal=2.0):
    """Write the annotations and features of one data set config, and return the annotations."""
    random = np.random.default_rng(seed)
    root = Path(dataset['data_root'])
    features = dataset['features']
    store = FeatureStore(**{**features, 'root': root / features['root']})
    split = 'test' if 'test' in dataset['ann_file'] else 'train'
    categories = ['Normal'] * num_normal + ['Fire', 'Fight'] * num_anomalous
    entries = []
    for index, category in enumerate(categories[: num_normal + num_anomalous]):
        video = f'{category}/{split}_{index:03d}'
        num_segments = int(random.integers(*segments))
        values = random.standard_normal((num_segments, store.num_crops, store.width), np.float32)
        events = []
        if category != 'Normal':
            start, end = anomalous_segments(num_segments)
            values[start:end, :, : store.width // 2] += signal
            events = [(start * SEGMENT_FRAMES, end * SEGMENT_FRAMES)] if split == 'test' else []
        write_features(store, video, values)
        entries.append(make_entry(video, category, num_segments * SEGMENT_FRAMES, events))
    metainfo = make_metainfo('toy', split, 'ceil')
    save_annotations(root / dataset['ann_file'], metainfo, entries)
    return entries


def narrow_features(cfg, width):
    """Give a config of a compared system features of another width, and a model that takes them."""
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        features = loader.dataset.features
        audio = features.get('audio')
        if audio:
            audio.num_channels = width // 4
        features.num_channels = width - (width // 4 if audio else 0)
    for part in (cfg.model.head, cfg.model.get('neck')):
        if part:
            part.in_channels = width


def datasets_in(settings):
    """Yield every ``VideoFeatureDataset`` in a config, also in the selections."""
    if isinstance(settings, dict):
        if settings.get('type') == 'VideoFeatureDataset':
            yield settings
        for value in settings.values():
            yield from datasets_in(value)


def write_toy_dataset(root, num_train=12, num_test=6, seed=0, segments=(6, 13)):
    """Write ``train.json``, ``test.json`` and their features; the numbers are videos a class."""
    for index, (name, number) in enumerate((('train', num_train), ('test', num_test))):
        config = dict(data_root=root, ann_file=f'{name}.json', features=TOY_STORE)
        write_split(config, number, number, seed + index, segments)
    return Path(root)


def toy_config(root, work_dir, **options):
    """Give the config of the paper's UCF-Crime experiment, cut to the size of the toy data set."""
    cfg = Config.fromfile(CONFIGS / 'salient_ucf.py')
    for dataset in datasets_in(cfg._cfg_dict):
        split = 'test' if 'test' in dataset.ann_file else 'train'
        dataset.update(data_root=str(root), ann_file=f'{split}.json', features=dict(TOY_STORE))
        if not dataset.get('test_mode'):
            dataset.num_segments = 8
        if 'held_out' in dataset:
            dataset.held_out = dict(fraction=0.25, seed=0)
    cfg.merge_from_dict(
        {
            'work_dir': str(work_dir),
            'experiment_name': f'toy_{next(_numbers)}',
            'selections.held_out.min_videos_per_class': 1,  # of 12, 3 are held out
            'model.head.in_channels': 16,
            'model.head.bag_size': 1,
            'train_dataloader.batch_size': 8,
            'train_cfg.max_epochs': 2,
            'optim_wrapper.optimizer.lr': 0.01,
            'log_level': 'WARNING',
            **options,
        }
    )
    return cfg


def miscount_crops(cfg):
    """Let a toy config expect a crop too many; return the override that puts it right."""
    crops = TOY_STORE['num_crops']
    cfg.features = dict(TOY_STORE, num_crops=crops + 1)
    for dataset in datasets_in(cfg._cfg_dict):
        dataset.features.num_crops = crops + 1
    return {'features.num_crops': crops}


def dump_config(cfg, path):
    """Write a config for a command line; runs of one process must differ in its name."""
    cfg = cfg.copy()
    cfg.pop('experiment_name')
    path = Path(path).with_stem(f'{Path(path).stem}_{next(_numbers)}')
    cfg.dump(path)
    return path


def load_tool(name):
    """Import ``tools/<name>.py``."""
    path = REPOSITORY / 'tools' / f'{name}.py'
    spec = importlib.util.spec_from_file_location(f'mmvad_tools_{name}', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def labelled_sample(label, **metainfo) -> ActionDataSample:
    """Make a data sample with a label."""
    return ActionDataSample(metainfo=metainfo).set_gt_label(label)
