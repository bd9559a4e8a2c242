"""Times the paired bootstrap of two detectors on scores of UCF-Crime's size.

The videos, segments and frames are as many as in UCF-Crime's test set, the scores random with a
planted signal and without equal ones, which is the slowest case. Prints seconds of each step.

    OMP_NUM_THREADS=2 python benchmarks/bootstrap.py
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from feature_sets import TEST_SEGMENTS, TEST_VIDEOS, draw_lengths

from mmvad.evaluation.functional.comparison import compare_systems
from mmvad.evaluation.functional.replicas import ApReplicas, AucReplicas, draw_replicas
from mmvad.evaluation.functional.runs import FrameRuns
from mmvad.scores.scored_video import ScoredVideo
from mmvad.timeline import SEGMENT_FRAMES

POSITIVE_SHARE = 0.16  # of an anomalous video's frames: 84,343 of 1,114,144 in all


def make_videos(signal: float, seed: int) -> list[ScoredVideo]:
    """Make scored videos of UCF-Crime's test set's size; `seed` changes the scores only."""
    shape, random = np.random.default_rng(0), np.random.default_rng(seed)
    videos = []
    labels = np.repeat([0, 1], TEST_VIDEOS)
    for number, length in enumerate(draw_lengths(len(labels), TEST_SEGMENTS, shape)):
        scores, num_frames = random.random(length), length * SEGMENT_FRAMES
        events = []
        if labels[number]:
            event = max(1, round(POSITIVE_SHARE * num_frames))
            start = int(shape.integers(num_frames - event + 1))
            events = [(start, start + event)]
            scores[start // SEGMENT_FRAMES : (start + event) // SEGMENT_FRAMES] += signal
            scores += signal / 2
        scores = scores / (1 + 1.5 * signal)
        video = ScoredVideo(str(number), scores, label=labels[number], annotated_events=events)
        videos.append(video)
    return videos


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print the seconds that a block takes."""
    start = time.perf_counter()
    yield
    print(f'{what}: {time.perf_counter() - start:.2f} s', flush=True)


def main() -> None:
    """Time each step of one detector's replicas, then the whole comparison of two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--replicas', type=int, default=10_000)
    args = parser.parse_args()
    with timed('runs of equal frames of two detectors'):
        first, second = (
            FrameRuns.join(make_videos(signal, seed), 'segments')
            for seed, signal in enumerate((0.3, 0.32))
        )
    print(
        f'{first.num_videos} videos, {first.lengths.sum()} frames in {len(first.lengths)} runs, '
        f'{first.positives.sum()} anomalous'
    )
    with timed('AUC: pairs of each two videos, one detector'):
        auc = AucReplicas.count(first)
    with timed(f'drawing {args.replicas} replicas'):
        counts, again = draw_replicas(args.replicas, first.num_videos, 0, auc.defined)
    with timed(f'AUC of {args.replicas} replicas, one detector'):
        auc.values(counts)
    with timed('AP: sorting once, one detector'):
        ap = ApReplicas.count(first)
    with timed(f'AP of {args.replicas} replicas, one detector'):
        ap.values(counts)
    print(f'{again} replicas of one class drawn again')
    with timed('the whole comparison of two detectors: AUC, AP, macro within AUC'):
        found = compare_systems({'A': [first], 'B': [second]}, args.replicas)
    for difference in found.differences:
        print(
            f'{difference.metric}: {difference.value:+.4f} '
            f'[{difference.low:+.4f}, {difference.high:+.4f}]'
        )


if __name__ == '__main__':
    main()
