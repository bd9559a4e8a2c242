"""Synthetic feature sets for benchmarks: noise with a planted anomaly signal."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmvad.datasets.annotation_rules import NORMAL
from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.files import atomic_path
from mmvad.timeline import SEGMENT_FRAMES

ANOMALY = 'Anomaly'
TRAIN_VIDEOS = (800, 810)  # normal, anomalous
TEST_VIDEOS = (150, 140)
TEST_SEGMENTS = 69_634  # R50 family
TRAIN_SEGMENTS = 792_000  # 128 h at 30 frames/s in all (paper, section 4.1), less the test set
NUM_CROPS, NUM_CHANNELS = 10, 2048


def make_ucf_shaped_set(
    root: Path,
    train_scale: float = 1.0,
    test_scale: float = 1.0,
    signal: float = 0.5,
    seed: int = 0,
    train_videos: tuple[int, int] = TRAIN_VIDEOS,
    channels: int = NUM_CHANNELS,
) -> int:
    """Write a set of UCF-Crime's exact shape; the same arguments make it only once.

    Args:
        root: Data root to fill.
        train_scale: Factor on the segments of the training videos; 1 gives 65 GB.
        test_scale: Factor on the segments of the test videos; 1 gives 5.7 GB.
        signal: Height of the planted signal.
        seed: Seed of everything.
        train_videos: Normal and anomalous ones; where there are fewer than in UCF-Crime, there are
            fewer segments in proportion.
        channels: D.

    Returns:
        Bytes of all feature files.
    """
    scale = train_scale * sum(train_videos) / sum(TRAIN_VIDEOS)
    made = (train_scale, test_scale, signal, seed, *train_videos, channels)
    done = root / f'made-{"-".join(map(str, made))}.txt'
    if not done.is_file():
        random = np.random.default_rng(seed)
        for split, counts, total in (
            ('train', train_videos, round(TRAIN_SEGMENTS * scale)),
            ('test', TEST_VIDEOS, round(TEST_SEGMENTS * test_scale)),
        ):
            labels = np.repeat([0, 1], counts)
            lengths = draw_lengths(len(labels), total, random)
            shape = (NUM_CROPS, channels)
            folder = f'features/i3d_r50/{split}'
            write_feature_split(root, split, folder, labels, lengths, shape, signal, random)
        done.write_text('whole\n', encoding='utf-8')
    return sum(path.stat().st_size for path in root.glob('features/*/*/*.npy'))


def draw_lengths(num_videos: int, total: int, random: np.random.Generator) -> np.ndarray:
    """Draw video lengths that sum to a total, long-tailed as surveillance videos are.

    Args:
        num_videos: V.
        total: Segments of all videos together, at least V.
        random: Where the draw comes from.

    Returns:
        (V,) segments, each at least 1.

    Raises:
        ValueError: There are fewer segments than videos.

    Example:
        >>> draw_lengths(3, 60, np.random.default_rng(0)).sum()
        np.int64(60)
    """
    if total < num_videos:
        raise ValueError(f'{num_videos} videos need at least as many segments, got {total}')
    weights = random.lognormal(0, 1, num_videos)
    lengths = 1 + np.floor(weights / weights.sum() * (total - num_videos)).astype(np.int64)
    lengths[np.argmax(lengths)] += total - lengths.sum()
    return lengths


def write_feature_split(
    root: Path,
    split: str,
    folder: str,
    labels: Sequence[int],
    lengths: Sequence[int],
    shape: tuple[int, int],
    signal: float,
    random: np.random.Generator,
) -> None:
    """Write the feature files and the annotation file of one split.

    Features are standard normal noise. In one run of an anomalous video's segments, a tenth to a
    half of them, the first 64 channels are raised; only the test split's annotations say where.

    Args:
        root: Data root.
        split: ``'train'`` or ``'test'``.
        folder: Folder of the feature files below the root, ``<video>_i3d.npy`` each.
        labels: (V,), 0 normal, 1 anomalous.
        lengths: (V,), segments.
        shape: Crops K and channels D.
        signal: Height of the planted signal, in standard deviations.
        random: Where everything comes from.
    """
    entries = []
    for index, (label, length) in enumerate(zip(labels, lengths, strict=True)):
        category = ANOMALY if label else NORMAL
        features = random.standard_normal((length, *shape), np.float32)  # (S, K, D)
        events = []
        if label:
            span = max(1, round(length * random.uniform(0.1, 0.5)))
            start = int(random.integers(0, length - span + 1))
            features[start : start + span, :, :64] += signal
            events = [(start * SEGMENT_FRAMES, (start + span) * SEGMENT_FRAMES)]
        name = f'{category}{index:04d}'
        with atomic_path(root / folder / f'{name}_i3d.npy') as temporary:
            np.save(temporary, features)
        shown = events if split == 'test' else ()
        entries.append(make_entry(name, category, int(length) * SEGMENT_FRAMES, shown))
    metainfo = make_metainfo('synthetic', split, 'ceil')
    save_annotations(root / 'annotations' / f'{split}.json', metainfo, entries)
