"""Small videos, a label table and a cheap feature config for tests of projects."""

import numpy as np
from video_files import write_video

# ImageNet weights on tiny pictures: no features worth having, but made in no time
FEATURES = """
_base_ = 'mmvad::features/efficientnet_lite0'
extractor = dict(clip_frames=2, resize=dict(width=32, height=32), crop_size=32)
"""
SHORT = """
train_cfg = dict(max_epochs={epochs})
train_dataloader.update(batch_size=4, batch_sampler=dict(num_batches=2))
"""
HEADER = 'video,label,category,split,events'
ROWS = [
    'train/a.mp4,0,,train,',
    'train/b.mp4,normal,,train,',
    'train/c.mp4,1,Fight,train,',
    'train/d.mp4,anomalous,Fire,train,0.2-0.5',
    'test/e.mp4,0,,test,',
    'test/f.mp4,1,Fight,test,0.64-1.28',
    'test/g.mp4,0,,test,',
]
FPS = 25


def write_videos(folder, rows=ROWS, frames=48):
    """Grey noise; bright in the middle where the row says so."""
    for seed, row in enumerate(rows):
        name, label, *_ = row.split(',')
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pictures = np.random.default_rng(seed).integers(0, 90, (frames, 48, 64, 3), np.uint8)
        if label in ('1', 'anomalous'):
            pictures[16:32] += 150
        write_video(path, pictures, codec='mpeg4', fps=FPS)
    return folder


def write_table(path, rows=ROWS, header=HEADER):
    path.write_text('\n'.join([header, *rows]) + '\n')
    return path


def write_features_config(folder):
    path = folder / 'tiny.py'
    path.write_text(FEATURES)
    return path


def shorten(project, epochs=2):
    """Let the training of a project take a moment."""
    config = project / 'config.py'
    config.write_text(config.read_text() + SHORT.format(epochs=epochs))
