"""Extraction end to end against the bare backbone on the same clips, in one run.

Speed: rounds of both alternate on the same video; the bare forward gets its clips ready in memory,
in its fastest layout and batch. Also bfloat16 against float32, in speed and in the features, where
the processor has units for it; `conv3d` measures one convolution in both on any processor.

    python benchmarks/extraction.py speed --video VIDEO --crops centre
    python benchmarks/extraction.py speed --video VIDEO --config efficientnet_lite0
    python benchmarks/extraction.py memory --minutes 10   # and 60; one process each
    python benchmarks/extraction.py mmaction2 --videos FOLDER   # against MMAction2's own tool
    python benchmarks/extraction.py conv3d
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import mmaction
import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn

from mmvad.extraction.build import load_extractor
from mmvad.extraction.features import iter_features
from mmvad.extraction.network import ClipFeatureExtractor
from mmvad.framework import has_native_bfloat16
from mmvad.video.clips import iter_clips
from mmvad.video.writer import encode_frames

DTYPES = ('float32', 'bfloat16') if has_native_bfloat16() else ('float32',)
CONFIG = Path(__file__).resolve().parents[1] / 'configs' / 'features' / 'i3d_r50_port.py'


def timed(job) -> float:
    """Seconds that a job takes."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def speed(
    video: str, config: str, crops: str, batch_size: int, rounds: int, dtypes: Sequence[str]
) -> None:
    """Print end-to-end speed as a share of the bare forward's, for each precision."""
    cv2.setNumThreads(0)
    print(f'{processor()}, {torch.get_num_threads()} threads, {config}')
    found = [measure(dtype, video, config, crops, batch_size, rounds) for dtype in dtypes]
    if len(found) == 1:
        return
    one, other = found
    print(
        f'bfloat16 and float32: smallest cosine {cosine(one, other):.6f}, about the mean over '
        f'clips {cosine(one - one.mean(0), other - one.mean(0)):.4f}'
    )


def processor() -> str:
    """Name the processor, as Linux does."""
    for line in Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines():
        if line.startswith('model name'):
            return line.partition(':')[2].strip()
    return 'unknown processor'


def measure(
    dtype: str, video: str, config: str, crops: str, batch_size: int, rounds: int
) -> np.ndarray:
    """Time both ways in alternating rounds; give the features (S * K, D)."""
    overrides = dict(crops=crops)
    loaded = load_extractor(config, None, 0, dtype, 'cpu', overrides)
    network, settings = loaded.network, loaded.settings
    cut = (settings.tail, settings.min_frames, settings.resize, settings.crop_size)
    views = [views for _, views in iter_clips(video, *cut, settings.crops, settings.clip_frames)]
    clips = torch.from_numpy(np.concatenate(views))  # (S * K, F, H, W, 3)
    ready = [network.normalise(batch) for batch in clips.split(batch_size)]

    def bare() -> None:
        with torch.inference_mode():
            for batch in ready:
                network.backbone(batch)

    def whole() -> np.ndarray:
        pieces = [piece for _, piece in iter_features(video, network, settings, batch_size)]
        return np.concatenate(pieces).reshape(len(clips), -1)

    features = whole()
    pairs = np.array([(timed(bare), timed(whole)) for _ in range(rounds)])
    share = np.median(pairs[:, 0] / pairs[:, 1])
    seconds = np.median(pairs[:, 1]) / len(clips)
    print(
        f'{dtype}, {crops}: end to end at {share:.2f} of the bare forward '
        f'({1e3 * seconds:.0f} ms per clip, {16 / seconds / len(views[0]):.0f} frames/s, '
        f'{len(clips)} clips, batch {batch_size})'
    )
    return features.astype(np.float64)


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """Smallest cosine similarity of two features of the same clip."""
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(((one * other).sum(1) / norms).min())


def memory(minutes: int) -> None:
    """Print the peak memory of a video of some minutes, with a backbone that costs nothing."""
    backbone = nn.Conv3d(3, 8, (16, 32, 32), stride=(16, 32, 32))
    network = ClipFeatureExtractor(backbone, [128] * 3, [64] * 3, 8)
    settings = load_extractor(CONFIG, random_seed=0, device='cpu').settings
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'long.mp4')
        encode_frames(path, moving_frames(minutes * 60 * 30), 30, preset='ultrafast')
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        segments = sum(len(piece) for _, piece in iter_features(path, network, settings))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f'{minutes} minutes, {segments} segments: peak {peak:.0f} MiB ({before:.0f} before)')


MMACTION2_CONFIG = """
_base_ = []
custom_imports = dict(imports=['mmvad'])
default_scope = 'mmaction'
model = dict(
    type='Recognizer3D',
    backbone={backbone},
    cls_head=dict(type='I3DHead', num_classes=1, in_channels=2048),
    data_preprocessor=dict(
        type='ActionDataPreprocessor', mean={mean}, std={std}, format_shape='NCTHW'
    ),
    test_cfg=dict(max_testing_views=2),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='VideoDataset',
        ann_file='',
        data_prefix=dict(video=''),
        test_mode=True,
        pipeline=[
            dict(type='DecordInit'),
            dict(type='UntrimmedSampleFrames', clip_len=16, clip_interval=16),
            dict(type='DecordDecode'),
            dict(type='Resize', scale=(-1, 256)),
            dict(type='CenterCrop', crop_size=224),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs'),
        ],
    ),
)
test_cfg = dict(type='TestLoop')
"""


def mmaction2(videos: str, rounds: int) -> None:
    """Run MMAction2's clip feature tool and ours on the same videos and weights, alternately.

    Both load the network in each round, and both write their files.
    """
    features = CONFIG.with_name('i3d_r50_mmaction2.py')
    extractor = Config.fromfile(features).extractor
    tool = Path(mmaction.__file__).with_name('.mim') / 'tools/misc/clip_feature_extraction.py'
    names = sorted(path.name for path in Path(videos).glob('*.mp4'))
    with tempfile.TemporaryDirectory() as folder, DefaultScope.overwrite_default_scope('mmaction'):
        torch.manual_seed(0)
        backbone = MODELS.build(extractor.backbone)
        weights = {f'backbone.{name}': value for name, value in backbone.state_dict().items()}
        torch.save(dict(state_dict=weights), f'{folder}/weights.pth')
        settings = {name: list(extractor[name]) for name in ('mean', 'std')}
        text = MMACTION2_CONFIG.format(backbone=extractor.backbone.to_dict(), **settings)
        Path(folder, 'config.py').write_text(text, encoding='utf-8')
        Path(folder, 'list.txt').write_text(''.join(f'{name} 0\n' for name in names))
        theirs = [sys.executable, str(tool), f'{folder}/config.py', f'{folder}/weights.pth']
        theirs += [f'{folder}/theirs', '--video-list', f'{folder}/list.txt']
        theirs += ['--video-root', videos, '--long-video-mode']
        ours = [sys.executable, str(CONFIG.parents[2] / 'tools/extract_features.py'), videos]
        ours += [f'{folder}/ours', '--config', str(features), '--weights', f'{folder}/weights.pth']
        ours += ['--crops', 'centre', '--batch-size', '2', '--dtype']
        seconds = {name: [] for name in ('theirs', *DTYPES)}
        for _ in range(rounds):
            seconds['theirs'].append(timed(lambda: run(theirs)))
            for dtype in DTYPES:
                shutil.rmtree(f'{folder}/ours', ignore_errors=True)
                seconds[dtype].append(timed(lambda dtype=dtype: run([*ours, dtype])))
    base = np.array(seconds['theirs'])
    for dtype in DTYPES:
        ratio = np.median(base / np.array(seconds[dtype]))
        print(
            f"{dtype}: {ratio:.2f} times as fast as MMAction2's tool "
            f'({np.median(seconds[dtype]):.0f} s and {np.median(base):.0f} s for {len(names)} '
            'videos, start-up included)'
        )


def run(command: list[str]) -> None:
    """Run a command quietly; its error is shown if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])


def conv3d(size: int) -> None:
    """Print the time of one convolution in float32 and, with or without units, in bfloat16."""
    native = 'has' if has_native_bfloat16() else 'has no'
    print(f'{processor()}, {torch.get_num_threads()} threads; it {native} units for bfloat16')
    layout = torch.channels_last_3d
    network = nn.Conv3d(64, 64, 3, padding=1).to(memory_format=layout)
    clips = torch.randn(1, 64, 8, size, size).to(memory_format=layout)
    for dtype in (torch.float32, torch.bfloat16):
        with torch.inference_mode():
            ready, batch = network.to(dtype), clips.to(dtype)
            ready(batch[..., :8, :8])  # warms up
            seconds = timed(lambda ready=ready, batch=batch: ready(batch))
        print(f'{dtype}: {seconds:.3f} s', flush=True)


def moving_frames(num_frames: int) -> Iterator[np.ndarray]:
    """Yield 320 x 240 frames whose picture moves a little."""
    random = np.random.default_rng(0)
    picture = cv2.resize(random.integers(0, 255, (30, 40, 3), np.uint8), (340, 240))
    for index in range(num_frames):
        shift = index // 4 % 20
        yield np.ascontiguousarray(picture[:, shift : shift + 320])


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    jobs = parser.add_subparsers(dest='job', required=True)
    job = jobs.add_parser('speed')
    job.add_argument('--video', required=True)
    job.add_argument('--config', default='i3d_r50_port')
    job.add_argument('--crops', choices=('centre', 'five', 'ten'), default='centre')
    job.add_argument('--dtypes', nargs='+', choices=DTYPES, default=DTYPES)
    job.add_argument('--batch-size', type=int, default=2)
    job.add_argument('--rounds', type=int, default=5)
    jobs.add_parser('memory').add_argument('--minutes', type=int, required=True)
    job = jobs.add_parser('mmaction2')
    job.add_argument('--videos', required=True)
    job.add_argument('--rounds', type=int, default=3)
    job = jobs.add_parser('conv3d')
    job.add_argument('--size', type=int, default=56, help='of the 8 frames (default: %(default)s)')
    args = vars(parser.parse_args())
    jobs = {'speed': speed, 'memory': memory, 'mmaction2': mmaction2, 'conv3d': conv3d}
    jobs[args.pop('job')](**args)


if __name__ == '__main__':
    main()
