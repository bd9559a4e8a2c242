"""A small planted set with UCF-Crime's names, categories and three kinds of features.

    python benchmarks/planted_ucf.py --root /tmp/planted_ucf

Whatever runs on UCF-Crime runs on it in minutes, with `--cfg-options features.num_crops=1`: all of
`mmvad paper`, for instance. Frames of an event are raised in a few channels, half of them shared by
all categories and half the category's own; all else is noise.
"""

import argparse
from pathlib import Path

import numpy as np

from mmvad.datasets.annotation_rules import NORMAL
from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.files import atomic_path
from mmvad.timeline import SEGMENT_FRAMES

CATEGORIES = (
    'Abuse',
    'Arrest',
    'Arson',
    'Assault',
    'Burglary',
    'Explosion',
    'Fighting',
    'RoadAccidents',
    'Robbery',
    'Shooting',
    'Shoplifting',
    'Stealing',
    'Vandalism',
)
VIDEOS = {'train': 6, 'test': 3}  # of each category, and as many normal ones as all of them
LENGTHS = (20, 120)  # segments
CHANNELS = {'i3d_r50': 2048, 'i3d_inception': 1024, 'c3d': 4096}
RAISED = 24  # channels, shared by all categories; as many are a category's own


def main() -> None:
    """Write the set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--root', type=Path, required=True, help='data root to fill')
    parser.add_argument('--signal', type=float, default=0.5, help='in standard deviations')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    for split in VIDEOS:
        make_split(args.root, split, args.signal, args.seed)


def make_split(root: Path, split: str, signal: float = 0.5, seed: int = 0) -> None:
    """Write features and annotations of one split.

    Args:
        root: Data root, as the UCF-Crime configs take it.
        split: ``'train'`` or ``'test'``.
        signal: How far an event raises a channel, in standard deviations of the noise.
        seed: Of everything.
    """
    random = np.random.default_rng([seed, list(VIDEOS).index(split)])
    entries = []
    for category, name in video_names(split):
        length = int(random.integers(LENGTHS[0], LENGTHS[1] + 1))
        span = 0 if category == NORMAL else max(2, round(length * random.uniform(0.1, 0.5)))
        start = int(random.integers(0, length - span + 1))
        video = f'{category if span else "Normal_Videos"}/{name}'
        for kind, channels in CHANNELS.items():
            features = random.standard_normal((length, channels), np.float32)
            if span:
                features[start : start + span, raised_channels(category)] += signal
            _save(feature_file(root, kind, split, video), features, kind)
        events = [(start * SEGMENT_FRAMES, (start + span) * SEGMENT_FRAMES)] if span else []
        shown = events if split == 'test' else ()
        entries.append(make_entry(video, category, length * SEGMENT_FRAMES, shown))
    for suffix in ('', '_inception'):
        path = root / 'annotations' / f'{split}{suffix}.json'
        save_annotations(path, make_metainfo('planted_ucf', split, 'ceil'), entries)


def video_names(split: str) -> list[tuple[str, str]]:
    """List category and name of each video; the names are of UCF-Crime's form.

    Example:
        >>> video_names('test')[0], len(video_names('train'))
        (('Abuse', 'Abuse001_x264'), 156)
    """
    first = {'train': VIDEOS['test'] + 1, 'test': 1}[split]
    numbers = range(first, first + VIDEOS[split])
    anomalous = [(name, f'{name}{number:03d}_x264') for name in CATEGORIES for number in numbers]
    normal = range(len(CATEGORIES) * first, len(CATEGORIES) * first + len(anomalous))
    return [*anomalous, *((NORMAL, f'Normal_Videos_{number:03d}_x264') for number in normal)]


def raised_channels(category: str) -> np.ndarray:
    """Give the channels that an event of a category raises: shared ones and its own.

    Example:
        >>> raised_channels('Abuse')[[0, 23, 24]]
        array([ 0, 23, 24])
    """
    own = RAISED * (1 + CATEGORIES.index(category))
    return np.concatenate([np.arange(RAISED), np.arange(own, own + RAISED)])


def feature_file(root: Path, kind: str, split: str, video: str) -> Path:
    """Give the path of a video's feature file where the configs of its kind look for it."""
    folder, name = root / 'features' / kind, Path(video).name
    if kind == 'i3d_inception':
        return folder / f'{video}__0.npy'
    return folder / split / (f'{name}_i3d.npy' if kind == 'i3d_r50' else f'{name}.npy')


def _save(path: Path, features: np.ndarray, kind: str) -> None:
    with atomic_path(path) as temporary:
        np.save(temporary, features if kind == 'i3d_inception' else features[:, None])


if __name__ == '__main__':
    main()
