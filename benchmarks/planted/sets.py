"""Feature sets with a planted anomaly, each with one difficulty, of known truth and fixed seed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmvad.datasets.annotation_rules import NORMAL
from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.timeline import SEGMENT_FRAMES

CHANNELS = 128
VIDEOS = {'train': (80, 80), 'test': (30, 30)}  # normal, anomalous, as UCF-Crime's proportions
HEIGHT = 4.0  # of the anomaly along its direction, in standard deviations of the noise
LENGTHS = (20, 400)  # segments
ANOMALY = 'Anomaly'


@dataclass(frozen=True)
class PlantedSet:
    """One difficulty.

    Attributes:
        name: Of the set.
        matters: Which ingredient of a head should matter here.
        scene: Standard deviation of an offset that all segments of a video share, in each channel.
        hard_normal: Share of all videos that hold a normal run along half of the anomaly's
            direction.
        without_event: Share of the anomalous training videos in which nothing happens.
        event_segments: Least and largest length of an event; None takes a tenth to a half of the
            video.
        magnitude: Length of a vector that all features share. The anomaly takes `HEIGHT` of it
            away, so that anomalous features are the *smaller* ones; 0 adds the anomaly elsewhere.
        shuffled: The segments of each test video stand in random order; otherwise the set is
            `plain`.
        segments: Least and largest length of a video.
        height: Of the anomaly, in standard deviations of the noise.
        turns: An event is three directions in turn, one a segment: first, second, other, first, …
            Normal videos hold such runs in the reverse turn, first, other, second, first, …: only
            the order of its segments tells an anomalous video.
        grid: Events start at a multiple of so many segments.
    """

    name: str
    matters: str
    scene: float = 0.0
    hard_normal: float = 0.0
    without_event: float = 0.0
    event_segments: tuple[int, int] | None = None
    magnitude: float = 0.0
    shuffled: bool = False
    segments: tuple[int, int] = LENGTHS
    height: float = HEIGHT
    turns: bool = False
    grid: int = 1


SETS = (
    PlantedSet('plain', 'none: the control'),
    PlantedSet('scene', 'what is relative to the video: e − mean(e), scene removal', scene=0.5),
    PlantedSet(
        'hard_normal',
        'a classifier that sees both halves of the direction; hard-normal triplets',
        hard_normal=0.5,
    ),
    PlantedSet('without_event', 'dropping the pairs with the highest loss', without_event=0.3),
    PlantedSet(
        'event_lengths', 'a score for each segment; a small l or γ > 0', event_segments=(2, 200)
    ),
    PlantedSet(
        'small_magnitude', 'anything but the norm: heads that choose by it fail', magnitude=8.0
    ),
    PlantedSet('shuffled', 'no use of neighbours: an order-free head keeps `plain`', shuffled=True),
)
BAG = 8  # segments of an event of `aligned`
PAPER_SETS = (  # where the answers to the paper's Table 1 and Figure 6 are known
    PlantedSet(
        'ordered',
        'the order of segments, and nothing else',
        segments=(32, 32),
        height=6.0,
        turns=True,
    ),
    PlantedSet('unordered', 'no order: each segment of an event says it', segments=(32, 32)),
    PlantedSet(
        'aligned',
        f'l = {BAG}: events are whole bags of {BAG}',
        segments=(64, 64),
        height=1.5,
        event_segments=(BAG, BAG),
        grid=BAG,
    ),
)
ALL_SETS = (*SETS, *PAPER_SETS)


def make_planted_set(planted: PlantedSet, root: Path, seed: int = 0) -> dict:
    """Write features and annotations of both splits.

    Args:
        planted: Which.
        root: Folder to fill.
        seed: Of everything; sets of one seed share their directions and lengths.

    Returns:
        The data set as `detector_runs.load_config` takes it.
    """
    for number, split in enumerate(VIDEOS):
        random = np.random.default_rng([seed, number])
        entries = []
        for index, label in enumerate(np.repeat([0, 1], VIDEOS[split])):
            features, (start, end) = make_video(planted, split, int(label), random, seed)
            if planted.shuffled and split == 'test':
                order = np.random.default_rng([seed, 2, index]).permutation(len(features))
                features, events = features[order], runs_of((order >= start) & (order < end))
            else:
                events = [(start, end)] if end > start else []
            category = ANOMALY if label else NORMAL
            name = f'{split}_{category}{index:03d}'
            path = root / 'features' / f'{name}.npy'
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, features)
            frames = [(a * SEGMENT_FRAMES, b * SEGMENT_FRAMES) for a, b in events]
            shown = frames if split == 'test' else ()
            entries.append(make_entry(name, category, len(features) * SEGMENT_FRAMES, shown))
        metainfo = make_metainfo(f'planted {planted.name}', split, 'ceil')
        save_annotations(root / 'annotations' / f'{split}.json', metainfo, entries)
    features = dict(root='features', pattern='{video}.npy', num_crops=1, num_channels=CHANNELS)
    return dict(
        data_root=str(root),
        features=features,
        train='annotations/train.json',
        test='annotations/test.json',
    )


def make_video(
    planted: PlantedSet, split: str, label: int, random: np.random.Generator, seed: int
) -> tuple[np.ndarray, tuple[int, int]]:
    """Make one video; all draws are made for every set, so that sets differ by their planting only.

    Args:
        planted: Which set.
        split: ``'train'`` or ``'test'``.
        label: 0 normal, 1 anomalous.
        random: Where the video comes from.
        seed: Where the directions come from.

    Returns:
        Features (S, 1, D) float32 and the event, half-open segments, empty where there is none.
    """
    first, second, other, shared = directions(seed)
    length = int(np.exp(random.uniform(*np.log(planted.segments))) + 1e-9)
    features = random.standard_normal((length, CHANNELS))  # (S, D)
    scene = random.standard_normal(CHANNELS)
    event_length, event_place, run_place = random.uniform(size=3)
    has_run, is_empty = random.uniform(size=2) < (planted.hard_normal, planted.without_event)
    features += planted.scene * scene + planted.magnitude * shared
    if has_run:
        start, end = place(max(1, length // 5), run_place, length)
        features[start:end] += HEIGHT * (first + other) / np.sqrt(2)
    if (not label and not planted.turns) or (is_empty and split == 'train'):
        return features[:, None].astype(np.float32), (0, 0)
    span = length * (0.1 + 0.4 * event_length)
    if planted.event_segments is not None:
        least, most = np.log(planted.event_segments)
        span = min(np.exp(least + event_length * (most - least)), 0.9 * length)
    if planted.turns:  # whole turns, so that either order has as many of each direction
        span = 3 * max(1, round(span / 3))
    start, end = place(max(1, round(span)), event_place, length, planted.grid)
    if planted.turns:
        turn = np.arange(end - start) * (1 if label else -1) % 3
        features[start:end] += planted.height * np.stack([first, second, other])[turn]
    elif planted.magnitude:
        features[start:end] -= planted.height * shared
    else:
        features[start:end] += planted.height * (first + second) / np.sqrt(2)
    return features[:, None].astype(np.float32), (start, end) if label else (0, 0)


def directions(seed: int) -> np.ndarray:
    """Draw four orthonormal directions, (4, D): the anomaly's two halves, another, the shared."""
    values = np.random.default_rng([seed, 9]).standard_normal((CHANNELS, 4))
    return np.linalg.qr(values)[0].T


def place(span: int, where: float, length: int, grid: int = 1) -> tuple[int, int]:
    """Place a run of `span` segments at a share `where` of the places there are, `grid` apart.

    Example:
        >>> place(3, 0.5, 10), place(3, 0.5, 10, grid=3)
        ((4, 7), (3, 6))
    """
    start = int(where * ((length - span) // grid + 1)) * grid
    return start, start + span


def runs_of(inside: np.ndarray) -> list[tuple[int, int]]:
    """List the half-open runs of True.

    Example:
        >>> runs_of(np.array([True, False, True, True]))
        [(0, 1), (2, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(int), [0]])))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
