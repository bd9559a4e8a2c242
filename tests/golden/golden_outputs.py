"""Computes the stored outputs beside this file; run as a script, it writes them.

    PYTHONPATH=. python tests/golden/golden_outputs.py [labels | xd_violence | EXPERIMENT ...]

A stored file changes only together with a change of results that the changelog names.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch

if __name__ == '__main__':
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmaction.registry import RUNNERS
from mmengine.config import Config
from mmengine.hooks import Hook
from toy_data import CONFIGS, REPOSITORY, narrow_features, write_split

from mmvad.evaluation import FrameMetric
from mmvad.timeline import SEGMENT_FRAMES, frame_labels

HERE = Path(__file__).resolve().parent
DATA = REPOSITORY.parent / 'shared' / 'data'
EXPERIMENTS = sorted(path.stem for path in CONFIGS.glob('*.py'))
EPOCH_ITERATIONS = 5
DETECTOR_EPOCHS, RECOGNIZER_EPOCHS = 4, 1  # an iteration of a backbone takes seconds


class KeepScores(Hook):
    """Keeps the scores of each tested video."""

    def __init__(self):
        self.scores = {}

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        for sample in outputs:
            found = sample.to_dict()
            name = found.get('video', str(len(self.scores)))
            scores = found.get('pred_segment_scores', found.get('pred_score'))
            self.scores[name] = scores.double().tolist()


def summarize(tensor):
    """Give the sum, the norm and the first three values of a tensor."""
    values = tensor.detach().double().flatten()
    return [values.sum().item(), values.norm().item(), *values[:3].tolist()]


def train_and_test(cfg, folder, name, epochs):
    """Train a few epochs of 5 iterations with the config's seed, test, and summarize everything."""
    cfg.merge_from_dict(
        {
            'work_dir': str(folder / 'work'),
            'experiment_name': f'golden_{name}_{folder.name}',
            'train_cfg.max_epochs': epochs,
            'default_hooks.checkpoint.interval': -1,
            'default_hooks.checkpoint.save_last': False,
            'log_level': 'WARNING',
        }
    )
    runner, keep = RUNNERS.build(cfg), KeepScores()
    runner.register_hook(keep)
    runner.train()
    assert runner.iter == EPOCH_ITERATIONS * epochs
    losses, _ = runner.message_hub.get_scalar('train/loss').data
    metrics = runner.test()
    return {
        'losses': losses.tolist(),
        'weights': {name: summarize(value) for name, value in runner.model.state_dict().items()},
        'metrics': metrics,
        'scores': keep.scores,
    }


def detector_training(name, folder):
    """Train a detector on small synthetic features, on all videos and with the last weights."""
    cfg = Config.fromfile(CONFIGS / f'{name}.py')
    cfg.selection = 'last'
    cfg.test_evaluator.all_metrics = True
    train, test = cfg.train_dataloader.dataset, cfg.test_dataloader.dataset
    if name.startswith(('sultani', 'rtfm', 'hlnet')):  # else an iteration takes seconds
        narrow_features(cfg, 64)
        cfg.train_dataloader.batch_size = 32
    sampler = cfg.train_dataloader.batch_sampler
    half = cfg.train_dataloader.batch_size // 2
    per_video = 1 if train.get('crops_together') else train.features.num_crops
    needed = EPOCH_ITERATIONS * half // per_video + 1  # an epoch leaves a bag over
    if sampler.get('num_batches'):
        sampler.num_batches = EPOCH_ITERATIONS
        needed = 5 if sampler.get('replacement') else half
    for dataset in (train, test):
        dataset.data_root = str(folder / 'data')
    write_split(train, needed, needed, segments=(3, 9))
    write_split(test, 3, 3, seed=1, segments=(3, 9))
    train.num_segments = 6
    return train_and_test(cfg, folder, name, DETECTOR_EPOCHS)


def recognizer_training(name, folder):
    """Train a recognizer on small videos whose compression loses nothing."""
    cfg = Config.fromfile(CONFIGS / f'{name}.py')
    lines = []
    for index in range(2 * EPOCH_ITERATIONS):
        random = np.random.default_rng(index)
        code = cv2.VideoWriter_fourcc(*'FFV1')
        writer = cv2.VideoWriter(str(folder / f'{index}.avi'), code, 10, (64, 48))
        for _ in range(20):
            writer.write(random.integers(0, 128 * (1 + index % 2), (48, 64, 3), np.uint8))
        writer.release()
        lines.append(f'{index}.avi {index % 2}\n')
    (folder / 'train.txt').write_text(''.join(lines))
    (folder / 'test.txt').write_text(''.join(lines[:2]))
    for split in ('train', 'test'):
        loader = cfg[f'{split}_dataloader']
        loader.num_workers = 0
        loader.dataset.ann_file = str(folder / f'{split}.txt')
        loader.dataset.data_prefix = dict(video=str(folder))
        for step in loader.dataset.pipeline:
            if step.type == 'Resize':
                step.scale = (-1, 40) if step.scale[0] == -1 else (32, 32)
            elif step.type == 'CenterCrop':
                step.crop_size = 32
    return train_and_test(cfg, folder, name, RECOGNIZER_EPOCHS)


def training(name, folder):
    """Give losses, weights, metrics and scores of one experiment after its few iterations."""
    make = recognizer_training if name.startswith('recognizer') else detector_training
    return make(name, Path(folder))


def prepared(dataset, folder, *arguments):
    """Convert a data set's official files and read the test annotations."""
    path = REPOSITORY / 'tools' / 'data' / dataset / 'prepare.py'
    spec = importlib.util.spec_from_file_location(f'golden_prepare_{dataset}', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    source = DATA / 'annotations' / dataset
    module.main(['--source', str(source), '--out', str(folder), *arguments])
    (found,) = Path(folder).glob('test*.json')
    return json.loads(found.read_text(encoding='utf-8'))['data_list']


def label_record(entries, segments):
    """Give counts and the SHA-256 of all frame labels, 16 frames a segment."""
    labels = np.concatenate(
        [
            frame_labels(entry['events'], SEGMENT_FRAMES * int(count))
            for entry, count in zip(entries, segments, strict=True)
        ]
    )
    assert labels.dtype == np.uint8
    return {
        'videos': len(entries),
        'frames': len(labels),
        'anomalous': int(labels.sum()),
        'sha256': hashlib.sha256(labels.tobytes()).hexdigest(),
    }


def xd_segments():
    return np.load(DATA / 'scores' / 'xd_violence' / 'segments_per_video.npy')


def labels(folder):
    """Give the frame labels' record of each data set, in the order of the published lists."""
    names = ('r50', 'inception', 'shanghaitech', 'xd_violence')
    r50, inception, shanghaitech, xd = (Path(folder) / name for name in names)
    lists = ['--test-list', 'ucf-i3d-test.list']
    ucf = prepared('ucf_crime', r50, *lists)
    lists = ['--test-list', 'UCF_Test_percrop.list']
    ucf_inception = prepared('ucf_crime', inception, '--family', 'inception', *lists)
    lists = ['--test-list', 'shanghai-i3d-test-10crop.list']
    shanghai = prepared('shanghaitech', shanghaitech, *lists)
    rows = (DATA / 'annotations' / 'shanghaitech' / 'test_segments.txt').read_text().splitlines()
    counts = dict(row.split() for row in rows)
    return {
        'ucf_crime_r50': label_record(ucf, [-(-entry['num_frames'] // 16) for entry in ucf]),
        'ucf_crime_inception': label_record(
            ucf_inception, [entry['num_frames'] // 16 for entry in ucf_inception]
        ),
        'shanghaitech': label_record(shanghai, [counts[entry['video']] for entry in shanghai]),
        'xd_violence': label_record(prepared('xd_violence', xd), xd_segments()),
    }


def xd_violence(folder):
    """Give `FrameMetric`'s values on the published scores of XD-Violence's test videos."""
    scores = np.load(DATA / 'scores' / 'xd_violence' / 'segment_scores.npy')[:, 0]
    parts = np.split(scores, np.cumsum(xd_segments())[:-1])
    metric = FrameMetric(all_metrics=True)
    entries = prepared('xd_violence', folder)
    for entry, part in zip(entries, parts, strict=True):
        sample = dict(
            {key: entry[key] for key in ('video', 'num_frames', 'category', 'events')},
            num_segments=len(part),
            tail='drop_last',
            segments_tolerance=0,
            gt_label=torch.tensor([entry['label']]),
            pred_segment_scores=torch.from_numpy(part),
        )
        metric.process(None, [sample])
    return metric.evaluate(len(entries))


def released(folder):
    """Give the released checkpoint's score of each bag of the real ShanghaiTech features.

    They are all of normal videos; a made-up anomalous one beside them makes the metrics defined.
    """
    folder = Path(folder)
    weights = folder / 'converted.pth'
    source = DATA / 'weights' / 'salient_ucf_da64_r3_released.pth'
    tool = REPOSITORY / 'tools' / 'convert_checkpoint.py'
    command = [sys.executable, tool, source, weights, '--kind', 'salient']
    environment = dict(os.environ, PYTHONPATH=str(REPOSITORY))
    subprocess.run(command, check=True, capture_output=True, env=environment)
    cfg = Config.fromfile(CONFIGS / 'salient_ucf.py')
    dataset, bag_size = cfg.test_dataloader.dataset, cfg.model.head.bag_size
    dataset.data_root = str(folder)
    write_split(dataset, 0, 1)
    content = json.loads((folder / dataset.ann_file).read_text())
    for path in sorted((DATA / 'features' / 'shanghaitech_i3d_10crop').glob('*_i3d.npy')):
        shutil.copy(path, folder / dataset.features.root)
        video = path.name.removesuffix('_i3d.npy')
        num_frames = SEGMENT_FRAMES * len(np.load(path))
        content['data_list'].append(
            dict(video=video, num_frames=num_frames, label=0, category='Normal', events=[])
        )
    (folder / dataset.ann_file).write_text(json.dumps(content))
    cfg.merge_from_dict(
        {
            'work_dir': str(folder / 'work'),
            'experiment_name': f'golden_released_{folder.name}',
            'load_from': str(weights),
            'log_level': 'WARNING',
        }
    )
    runner, keep = RUNNERS.build(cfg), KeepScores()
    runner.register_hook(keep)
    runner.test()
    return {video: scores[::bag_size] for video, scores in keep.scores.items() if '/' not in video}


def write(path, content):
    """Write a stored file, one line a key."""
    lines = [f'{json.dumps(key)}: {json.dumps(value)}' for key, value in content.items()]
    path.parent.mkdir(exist_ok=True)
    path.write_text('{\n' + ',\n'.join(lines) + '\n}\n', encoding='utf-8')


def main(names):
    """Compute and write what is named: `labels`, `xd_violence`, `released` or an experiment."""
    for name in names or ['labels', 'xd_violence', 'released', *EXPERIMENTS]:
        with tempfile.TemporaryDirectory() as folder:
            if name in EXPERIMENTS:
                write(HERE / 'training' / f'{name}.json', training(name, folder))
            else:
                write(HERE / f'{name}.json', globals()[name](folder))


if __name__ == '__main__':
    torch.set_num_threads(1)
    main(sys.argv[1:])
