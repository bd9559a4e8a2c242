"""Videos and streams end to end: latency, real-time factor, memory over hours; random weights.

Latency: frames arrive at the video's pace; from a segment's last frame to its score. Joined: the
videos of a folder one after another, as one long video; time to score it over its length. Memory:
frames made in a loop, a network that costs nothing.

    python benchmarks/stream.py latency --video VIDEO --segments 1000
    python benchmarks/stream.py joined --videos FOLDER --minutes 30
    python benchmarks/stream.py memory --hours 6
"""

import argparse
import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn

from mmvad.apis.detector import load_detector
from mmvad.apis.inferencer import AnomalyInferencer
from mmvad.config_files import find_config
from mmvad.extraction.build import LoadedExtractor, load_extractor
from mmvad.extraction.network import ClipFeatureExtractor
from mmvad.extraction.settings import ClipSettings
from mmvad.extraction.videos import find_videos
from mmvad.framework import has_native_bfloat16
from mmvad.scores.scores_file import SCORINGS
from mmvad.timeline import SEGMENT_FRAMES
from mmvad.video.readers import open_video
from mmvad.video.writer import encode_frames

FPS = 30
DTYPES = ('float32', 'bfloat16') if has_native_bfloat16() else ('float32',)


def write_detector(folder: str, width: int) -> tuple[Config, Path]:
    """Save the paper's detector with random weights over features of some width."""
    cfg = Config.fromfile(find_config('salient_ucf'))
    cfg.model.head.in_channels = width
    with DefaultScope.overwrite_default_scope('mmaction'):
        detector = MODELS.build(cfg.model)
    path = Path(folder, f'detector{width}.pth')
    torch.save(dict(state_dict=detector.state_dict()), path)
    return cfg, path


def build_i3d(folder: str, dtype: str, scoring: str = 'bags') -> AnomalyInferencer:
    """Build the paper's detector behind the I3D R50 port with centre crop."""
    detector = load_detector(*write_detector(folder, 2048))
    extractor = load_extractor(
        'i3d_r50_port', random_seed=0, dtype=dtype, overrides=dict(crops='centre')
    )
    return AnomalyInferencer(detector, extractor, scoring=scoring)


def loop_videos(videos: list[str]) -> Iterator[np.ndarray]:
    """Yield the frames of some videos again and again."""
    for video in itertools.cycle(videos):
        with open_video(video) as reader:
            yield from reader


def latency(video: str, segments: int, dtype: str) -> None:
    """Print the latency of segments whose frames arrive at the rate `FPS`."""
    for scoring in SCORINGS:
        with tempfile.TemporaryDirectory() as folder:
            inferencer = build_i3d(folder, dtype, scoring)
        inferencer(video)  # warms up
        measure_latency(inferencer, video, segments, dtype)


def measure_latency(inferencer: AnomalyInferencer, video: str, segments: int, dtype: str) -> None:
    """Print the latency of one scoring."""
    complete = []

    def paced() -> Iterator[np.ndarray]:
        frames = itertools.islice(loop_videos([video]), segments * SEGMENT_FRAMES)
        start = time.perf_counter()
        for number, frame in enumerate(frames):
            time.sleep(max(0.0, start + number / FPS - time.perf_counter()))
            if number % SEGMENT_FRAMES == SEGMENT_FRAMES - 1:
                complete.append(time.perf_counter())
            yield frame

    waits = np.array(
        [time.perf_counter() - complete[score.segment] for score in inferencer.stream(paced(), FPS)]
    )
    print(f'{dtype}, {inferencer.scoring}: from a segment to its score {describe(waits)}')
    if inferencer.scoring == 'bags':
        bag_size = inferencer.detector.bag_size
        print(f'  the last segment of a bag {describe(waits[bag_size - 1 :: bag_size])}')


def describe(waits: np.ndarray) -> str:
    """Format median and 99th percentile of some seconds."""
    return (
        f'median {np.median(waits):.3f} s, 99th percentile {np.percentile(waits, 99):.3f} s '
        f'({len(waits)})'
    )


def joined(videos: str, minutes: float, dtype: str) -> None:
    """Print the real-time factor of the joined video."""
    paths = [str(video.path) for video in find_videos(Path(videos))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'joined.mp4')
        frames = itertools.islice(loop_videos(paths), round(minutes * 60 * FPS))
        encode_frames(path, frames, FPS, preset='veryfast')
        (scored,) = build_i3d(folder, dtype)(path).videos
    print(
        f'{dtype}, {scored.clock.num_frames} frames of {len(paths)} videos: real-time factor '
        f'{scored.real_time_factor:.3f} (below 1 is faster than the video plays), '
        f'resident {resident():.0f} MiB'
    )


def memory(hours: int) -> None:
    """Print the resident memory after each simulated hour."""
    backbone = nn.Conv3d(3, 8, (16, 16, 16), stride=(16, 16, 16))
    network = ClipFeatureExtractor(backbone, [128] * 3, [64] * 3, 8)
    settings = ClipSettings(resize=None, crop_size=48, crops='centre')
    record = dict(network=dict(type='Conv3d'), feature_channels=8, **settings.record())
    extractor = LoadedExtractor(network, settings, record, 'random')
    with tempfile.TemporaryDirectory() as folder:
        detector = load_detector(*write_detector(folder, 8))
    pictures = np.random.default_rng(0).integers(0, 255, (50, 48, 64, 3), np.uint8)

    def camera() -> Iterator[np.ndarray]:
        for number in range(hours * 3600 * FPS):
            yield pictures[number % 50].copy()

    for scoring in SCORINGS:
        inferencer = AnomalyInferencer(detector, extractor, rule=0.5, scoring=scoring)
        hour = 0  # the first line is printed after the first minute
        for score in inferencer.stream(camera(), FPS):
            if score.end_time >= max(60, hour * 3600):
                print(
                    f'{scoring}, hour {hour}: {resident():.1f} MiB, {score.segment + 1} segments',
                    flush=True,
                )
                hour += 1


def resident() -> float:
    """Resident memory of this process in MiB (Linux)."""
    text = Path('/proc/self/status').read_text(encoding='ascii')
    return int(text.split('VmRSS:')[1].split()[0]) / 1024


def main() -> None:
    """Run the chosen measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    jobs = parser.add_subparsers(dest='job', required=True)
    job = jobs.add_parser('latency')
    job.add_argument('--video', required=True)
    job.add_argument('--segments', type=int, default=1000)
    job.add_argument('--dtype', choices=DTYPES, default='float32')
    job = jobs.add_parser('joined')
    job.add_argument('--videos', required=True, help='folder of videos of one size')
    job.add_argument('--minutes', type=float, default=30)
    job.add_argument('--dtype', choices=DTYPES, default='float32')
    jobs.add_parser('memory').add_argument('--hours', type=int, default=6)
    args = vars(parser.parse_args())
    cv2.setNumThreads(0)
    {'latency': latency, 'joined': joined, 'memory': memory}[args.pop('job')](**args)


if __name__ == '__main__':
    main()
