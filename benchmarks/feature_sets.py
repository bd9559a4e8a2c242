"""Made-up feature sets of real shapes, for benchmarks: noise with a planted anomaly signal."""

from pathlib import Path

import numpy as np

from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.timeline import SEGMENT_FRAMES

# UCF-Crime: training videos, test videos, segments of the test set (R50 family)
TRAIN_VIDEOS = {'normal': 800, 'anomalous': 810}
TEST_VIDEOS = {'normal': 150, 'anomalous': 140}
TEST_SEGMENTS = 69_634
TRAIN_SEGMENTS = 792_000  # 128 h at 30 frames/s in all (paper, section 4.1), less the test set
NUM_CROPS, NUM_CHANNELS = 10, 2048


def make_ucf_shaped_set(root: Path, scale: float = 1.0, signal: float = 0.5, seed: int = 0) -> int:
    """Write features and annotations of UCF-Crime's shape.

    A tenth to a half of an anomalous video is anomalous: there one direction of the feature space,
    the same everywhere, is raised by `signal` standard deviations in each of 64 channels.

    Args:
        root: Data root to fill; a finished set of the same arguments is left as it is.
        scale: Factor on the segments of each video; 1 gives 70 GB.
        signal: Height of the planted signal.
        seed: Of everything.

    Returns:
        Bytes of all feature files.
    """
    done = root / f'made-{scale}-{signal}-{seed}.txt'
    if not done.is_file():
        random = np.random.default_rng(seed)
        for split, counts, total in (
            ('train', TRAIN_VIDEOS, TRAIN_SEGMENTS),
            ('test', TEST_VIDEOS, TEST_SEGMENTS),
        ):
            _make_split(root, split, counts, round(total * scale), signal, random)
        done.write_text('whole\n', encoding='utf-8')
    return sum(path.stat().st_size for path in root.glob('features/*/*/*.npy'))


def _make_split(
    root: Path,
    split: str,
    counts: dict[str, int],
    total: int,
    signal: float,
    random: np.random.Generator,
) -> None:
    labels = np.repeat([0, 1], [counts['normal'], counts['anomalous']])
    lengths = _lengths(len(labels), total, random)
    folder = root / 'features' / 'i3d_r50' / split
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for index, (label, length) in enumerate(zip(labels, lengths, strict=True)):
        name = f'{"Anomaly" if label else "Normal"}{index:04d}'
        features = random.standard_normal((length, NUM_CROPS, NUM_CHANNELS), np.float32)
        events = []
        if label:
            span = max(1, round(length * random.uniform(0.1, 0.5)))
            start = random.integers(0, length - span + 1)
            features[start : start + span, :, :64] += signal
            events = [[int(start) * SEGMENT_FRAMES, int(start + span) * SEGMENT_FRAMES]]
        np.save(folder / f'{name}_i3d.npy', features)
        category = 'Anomaly' if label else 'Normal'
        num_frames = int(length) * SEGMENT_FRAMES
        shown = events if split == 'test' else []
        entries.append(make_entry(name, category, num_frames, events=shown))
    metainfo = make_metainfo('ucf_crime', split, 'ceil')
    save_annotations(root / 'annotations' / f'{split}.json', metainfo, entries)


def _lengths(num_videos: int, total: int, random: np.random.Generator) -> np.ndarray:
    """Draw video lengths that sum to the total, long-tailed as surveillance videos are."""
    weights = random.lognormal(0, 1, num_videos)
    lengths = np.maximum(1, np.floor(weights / weights.sum() * total)).astype(int)
    lengths[np.argmax(lengths)] += total - lengths.sum()
    return lengths
