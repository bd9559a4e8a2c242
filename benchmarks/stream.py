"""A stream end to end: latency, real-time factor, memory over hours; random weights.

Latency: frames come at the video's pace; from a segment's last frame to its score, in sliding mode,
where every segment is scored at once, and in bags, for the segment that completes one. Real-time
factor: time to score the file over its length. Memory: frames made in a loop, a network that costs
nothing.

    python benchmarks/stream.py --video VIDEO --segments 100
    python benchmarks/stream.py --memory 6
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

from mmvad.apis import AnomalyInferencer
from mmvad.apis.detector import find_config
from mmvad.apis.extraction_settings import ClipSettings
from mmvad.apis.feature_extraction import LoadedExtractor
from mmvad.datasets.video import open_video
from mmvad.models.feature_extractor import ClipFeatureExtractor
from mmvad.timeline import SEGMENT_FRAMES

FPS = 30


def write_detector(folder: str, width: int) -> tuple[Config, Path]:
    """Save the paper's detector with random weights over features of some width."""
    cfg = Config.fromfile(find_config('salient_ucf'))
    cfg.model.head.in_channels = width
    with DefaultScope.overwrite_default_scope('mmaction'):
        detector = MODELS.build(cfg.model)
    path = Path(folder, f'detector{width}.pth')
    torch.save(dict(state_dict=detector.state_dict()), path)
    return cfg, path


def loop_video(video: str) -> Iterator[np.ndarray]:
    """Give the frames of a video again and again."""
    while True:
        with open_video(video) as reader:
            yield from reader


def measure_latency(inferencer: AnomalyInferencer, video: str, segments: int, mode: str) -> None:
    """Print the latency of segments whose frames come at the pace of `FPS`."""
    complete = []

    def paced() -> Iterator[np.ndarray]:
        frames = itertools.islice(loop_video(video), segments * SEGMENT_FRAMES)
        start = time.perf_counter()
        for number, frame in enumerate(frames):
            time.sleep(max(0.0, start + number / FPS - time.perf_counter()))
            if number % SEGMENT_FRAMES == SEGMENT_FRAMES - 1:
                complete.append(time.perf_counter())
            yield frame

    latencies = []
    bag_size = inferencer.detector.head.bag_size
    for score in inferencer.stream(paced(), FPS, mode):
        if mode == 'bags' and score.segment % bag_size:
            continue  # given out together with the bag's first segment
        last = score.segment + (bag_size - 1 if mode == 'bags' else 0)
        latencies.append(time.perf_counter() - complete[min(last, segments - 1)])
    latencies = 1e3 * np.array(latencies[1:])  # the first one warms up
    print(
        f'  latency, {mode}: median {np.median(latencies):.0f} ms, '
        f'99th percentile {np.percentile(latencies, 99):.0f} ms ({len(latencies)} scores)'
    )


def measure(video: str, dtype: str, segments: int, folder: str) -> None:
    """Print real-time factor and latencies of the I3D R50 port with centre crop."""
    cfg, weights = write_detector(folder, 2048)
    inferencer = AnomalyInferencer(
        cfg,
        weights,
        'i3d_r50_port',
        extractor_seed=0,
        dtype=dtype,
        overrides=dict(crops='centre'),
    )
    print(f'I3D R50, centre crop, {dtype}, {torch.get_num_threads()} threads')
    inferencer(video)
    factors = [inferencer(video)['videos'][0]['timing']['real_time_factor'] for _ in range(3)]
    print(f'  real-time factor {np.median(factors):.3f} (below 1 is faster than the video runs)')
    measure_latency(inferencer, video, segments, 'sliding')
    measure_latency(inferencer, video, segments, 'bags')


def measure_memory(hours: int, folder: str) -> None:
    """Print the resident memory after each simulated hour."""
    cfg, weights = write_detector(folder, 8)
    backbone = nn.Conv3d(3, 8, (16, 16, 16), stride=(16, 16, 16))
    network = ClipFeatureExtractor(backbone, [128] * 3, [64] * 3, 8)
    settings = ClipSettings(resize=None, crop_size=112, crops='centre')
    record = dict(network=dict(type='Conv3d'), feature_channels=8, **settings.record())
    extractor = LoadedExtractor(network, settings, record, 'random')
    inferencer = AnomalyInferencer(cfg, weights, extractor)
    random = np.random.default_rng(0)
    pictures = random.integers(0, 255, (50, 120, 160, 3), np.uint8)

    def camera() -> Iterator[np.ndarray]:
        for number in range(hours * 3600 * FPS):
            yield pictures[number % 50].copy()

    for mode in ('bags', 'sliding'):
        hour = 0  # the first line stands behind the first minute
        for score in inferencer.stream(camera(), FPS, mode):
            if score.end_time >= max(60, hour * 3600):
                print(f'{mode}, hour {hour}: {resident():.1f} MiB, {score.segment + 1} segments')
                hour += 1


def resident() -> float:
    """Resident memory of this process in MiB (Linux)."""
    text = Path('/proc/self/status').read_text(encoding='ascii')
    return int(text.split('VmRSS:')[1].split()[0]) / 1024


def main() -> None:
    """Run the measurement that the flags ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    job = parser.add_mutually_exclusive_group(required=True)
    job.add_argument('--video')
    job.add_argument('--memory', type=int, metavar='HOURS')
    parser.add_argument('--segments', type=int, default=100, help='of a latency measurement')
    args = parser.parse_args()
    cv2.setNumThreads(0)
    with tempfile.TemporaryDirectory() as folder:
        if args.memory is not None:
            measure_memory(args.memory, folder)
        else:
            for dtype in ('float32', 'bfloat16'):
                measure(args.video, dtype, args.segments, folder)


if __name__ == '__main__':
    main()
