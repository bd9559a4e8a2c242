"""A made-up feature set of UCF-Crime's exact shape, for benchmarks."""

from pathlib import Path

import numpy as np

from mmvad.datasets.synthetic import draw_lengths, write_feature_split

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
) -> int:
    """Write features and annotations; a finished set of the same arguments is left as it is.

    Args:
        root: Data root to fill.
        train_scale: Factor on the segments of the training videos; 1 gives 65 GB.
        test_scale: Factor on the segments of the test videos; 1 gives 5.7 GB.
        signal: Height of the planted signal.
        seed: Of everything.

    Returns:
        Bytes of all feature files.
    """
    done = root / f'made-{train_scale}-{test_scale}-{signal}-{seed}.txt'
    if not done.is_file():
        random = np.random.default_rng(seed)
        for split, counts, total in (
            ('train', TRAIN_VIDEOS, round(TRAIN_SEGMENTS * train_scale)),
            ('test', TEST_VIDEOS, round(TEST_SEGMENTS * test_scale)),
        ):
            labels = np.repeat([0, 1], counts)
            lengths = draw_lengths(len(labels), total, random)
            shape = (NUM_CROPS, NUM_CHANNELS)
            folder = f'features/i3d_r50/{split}'
            write_feature_split(root, split, folder, labels, lengths, shape, signal, random)
        done.write_text('whole\n', encoding='utf-8')
    return sum(path.stat().st_size for path in root.glob('features/*/*/*.npy'))
