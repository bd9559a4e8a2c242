"""What the features without a download give on one's own videos: settings, then a test.

`choose` cross-validates frames of a segment, crops and bag size over the training videos; no camera
is on both sides. Only video labels are known there, so it counts how often an anomalous video of a
fold is above a normal one. `test` trains on all of them with several seeds and scores the test
videos, with ImageNet weights and with random ones in the same network; and it scores them by how
much the features change within a segment, without any training.

    python benchmarks/own_features.py choose VIDEOS --work-dir work_dirs/own_features
    python benchmarks/own_features.py test VIDEOS --work-dir work_dirs/own_features

VIDEOS holds the videos, at any depth, and the lists train.txt and test.txt
(tools/data/custom/README.md).
"""

import argparse
import logging
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cameras
import numpy as np
from mmengine.config import Config

from mmvad.apis.detector import load_detector
from mmvad.apis.inferencer import AnomalyInferencer
from mmvad.config_files import find_config
from mmvad.datasets.annotations import save_annotations
from mmvad.datasets.converters.custom import convert
from mmvad.engine.runner import build_runner
from mmvad.evaluation.functional.frame_report import frame_report
from mmvad.extraction.build import load_extractor
from mmvad.extraction.run import extract_videos
from mmvad.extraction.videos import find_videos
from mmvad.scores.scored_video import ScoredVideo

EXTRACTOR = 'efficientnet_lite0'
OPTIONS = {  # folder of the features, and what differs from the feature config
    'frames4': dict(clip_frames=4),
    'frames8': {},
    'frames16': dict(clip_frames=16),
    'middle': dict(resize=224),
    'five4': dict(resize=256, crops='five', clip_frames=4),
}
BAG_SIZES = (1, 2, 4, 8)
NUM_FOLDS = 8
RANDOM_SEED = 0  # of the untrained network
METRICS = ('AUC', 'AUC_anomalous', 'AP')


def read_list(videos: Path, split: str) -> tuple[dict, list[dict]]:
    """Read the list of a split; each entry gets the name of its video below the folder."""
    metainfo, entries = convert(videos / f'{split}.txt', split)
    names = {Path(video.name).name: video.name for video in find_videos(videos)}
    return metainfo, [dict(entry, video=names[entry['video']]) for entry in entries]


def extract(
    videos: Path, root: Path, option: str, names: Sequence[str], random_seed: int | None = None
) -> tuple[str, int]:
    """Extract what is not there yet; give the folder below the root, and the crops of a segment."""
    folder = option if random_seed is None else f'untrained_{option}'
    extractor = load_extractor(EXTRACTOR, random_seed=random_seed, overrides=OPTIONS[option])
    chosen = [video for video in find_videos(videos) if video.name in names]
    report = extract_videos(chosen, root / folder, extractor)
    if report.failed:
        raise RuntimeError(f'videos could not be extracted: {report.failed}')
    return folder, extractor.settings.num_crops


def load_config(root: Path, work_dir: str, name: str, crops: int, seed: int) -> Config:
    """Read the config for a user's own videos, with a quiet log and all videos for training."""
    cfg = Config.fromfile(find_config('salient_custom'))
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        loader.dataset.data_root = str(root)
        loader.dataset.features.root = name
        loader.dataset.features.num_crops = crops
    cfg.merge_from_dict({'randomness.seed': seed, 'selection': 'last', 'log_level': 'WARNING'})
    cfg.work_dir = work_dir
    cfg.experiment_name = f'{name}-{seed}-{time.time_ns()}'  # runs of one name share a visualizer
    return cfg


def train(root: Path, work_dir: str, name: str, crops: int, seed: int, ann_file: str) -> Path:
    """Train one detector; give its checkpoint."""
    cfg = load_config(root, work_dir, name, crops, seed)
    cfg.train_dataloader.dataset.ann_file = ann_file
    cfg.train_dataloader.dataset.pack = dict(folder=f'{work_dir}/packs')
    build_runner(cfg).train()
    return Path(work_dir, f'epoch_{cfg.train_cfg.max_epochs}.pth')


def ordered_pairs(scores: np.ndarray, labels: np.ndarray) -> tuple[float, int]:
    """Count the pairs in which the anomalous video is above the normal one, a tie as half.

    Args:
        scores: (V,).
        labels: (V,), 0 or 1.

    Returns:
        Ordered pairs, and all pairs.

    Example:
        >>> ordered_pairs(np.array([0.2, 0.2, 0.9]), np.array([0, 1, 1]))
        (1.5, 2)
    """
    gaps = scores[labels == 1][:, None] - scores[labels == 0][None]
    return float((gaps > 0).sum() + 0.5 * (gaps == 0).sum()), gaps.size


def choose(videos: Path, root: Path, options: Sequence[str], seeds: Sequence[int]) -> None:
    """Print the share of ordered pairs of each option and bag size, over all folds and seeds."""
    metainfo, entries = read_list(videos, 'train')
    names, labels = [entry['video'] for entry in entries], [entry['label'] for entry in entries]
    paths = {video.name: video.path for video in find_videos(videos)}
    shown = cameras.find_cameras([cameras.shot_pictures(paths[name]) for name in names])
    folds = cameras.choose_folds(shown, labels, NUM_FOLDS)
    sizes = [len(left) for _, left in folds]
    print(
        f'{len(names)} training videos of {shown.shape[1]} cameras, {NUM_FOLDS} folds; '
        f'{min(sizes)} to {max(sizes)} videos share no camera with a fold and train for it'
    )
    for number, (_, left) in enumerate(folds):
        kept = [entries[index] for index in left]
        save_annotations(root / 'annotations' / f'fold{number}.json', metainfo, kept)
    for name in options:
        _, crops = extract(videos, root, name, names)
        pairs = {bag_size: np.zeros(2) for bag_size in BAG_SIZES}
        for seed in seeds:
            for number, (fold, _) in enumerate(folds):
                with tempfile.TemporaryDirectory() as work_dir:
                    ann_file = f'annotations/fold{number}.json'
                    weights = train(root, work_dir, name, crops, seed, ann_file)
                    files = [str(root / name / f'{names[index]}.npy') for index in fold]
                    cfg = load_config(root, work_dir, name, crops, seed)
                    for bag_size in BAG_SIZES:
                        scored = AnomalyInferencer(load_detector(cfg, weights, bag_size))(files)
                        highest = np.array([video.scores.max() for video in scored.videos])
                        pairs[bag_size] += ordered_pairs(highest, np.array(labels)[fold])
        shares = ', '.join(f'l = {size}: {good / all_:.3f}' for size, (good, all_) in pairs.items())
        print(f'{name}: {shares}', flush=True)


def change_alone(root: Path, folder: str, metainfo: dict, entries: Sequence[dict]) -> np.ndarray:
    """Measure how well the mean change of a segment's features does without training.

    Returns:
        The values of `METRICS`.
    """
    videos = []
    for entry in entries:
        features = np.load(root / folder / f'{entry["video"]}.npy')  # (S, K, 2560)
        change = features[..., features.shape[2] // 2 :].mean(axis=(1, 2))  # (S,)
        scored = ScoredVideo(entry['video'], change / (1 + change))
        videos.append(scored.annotate(entry, metainfo))
    values = frame_report(videos, all_metrics=True).values
    return np.array([values[key] for key in METRICS])


def test(videos: Path, root: Path, option: str, seeds: Sequence[int], bag_size: int) -> None:
    """Print the metrics of the test videos, with ImageNet weights and with random ones."""
    lists = {split: read_list(videos, split) for split in ('train', 'test')}
    for split, (metainfo, entries) in lists.items():
        save_annotations(root / 'annotations' / f'{split}.json', metainfo, entries)
    names = [entry['video'] for _, entries in lists.values() for entry in entries]
    for random_seed in (None, RANDOM_SEED):
        folder, crops = extract(videos, root, option, names, random_seed)
        tell(f'{folder}, change alone', change_alone(root, folder, *lists['test']))
        found = []
        for seed in seeds:
            with tempfile.TemporaryDirectory() as work_dir:
                weights = train(root, work_dir, folder, crops, seed, 'annotations/train.json')
                cfg = load_config(root, work_dir, folder, crops, seed)
                cfg.model.head.bag_size = bag_size
                cfg.test_evaluator.all_metrics = True
                cfg.load_from = str(weights)
                metrics = build_runner(cfg).test()
            found.append([metrics[f'frame/{key}'] for key in METRICS])
            tell(f'{folder}, l = {bag_size}, seed {seed}', found[-1])
        name = f'{folder}, l = {bag_size}, {len(seeds)} seeds'
        tell(f'{name}, mean', np.mean(found, axis=0))
        tell(f'{name}, standard deviation', np.std(found, axis=0))


def tell(name: str, values: Sequence[float]) -> None:
    """Print a line of metrics at once."""
    pairs = zip(METRICS, values, strict=True)
    print(f'{name}: {", ".join(f"{key} {value:.4f}" for key, value in pairs)}', flush=True)


def main() -> None:
    """Choose or test."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    jobs = parser.add_subparsers(dest='job', required=True)
    for name, seeds in (('choose', [0, 1]), ('test', [0, 1, 2, 3, 4])):
        job = jobs.add_parser(name)
        job.add_argument('videos', type=Path)
        job.add_argument('--work-dir', type=Path, default=Path('work_dirs/own_features'))
        job.add_argument('--seeds', type=int, nargs='+', default=seeds)
    choose_job, test_job = (jobs.choices[name] for name in ('choose', 'test'))
    choose_job.add_argument('--options', nargs='+', choices=OPTIONS, default=list(OPTIONS))
    test_job.add_argument('--option', choices=OPTIONS, default='frames8')
    test_job.add_argument('--bag-size', type=int, default=2)
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    args.work_dir.mkdir(parents=True, exist_ok=True)
    if args.job == 'choose':
        choose(args.videos, args.work_dir.resolve(), args.options, args.seeds)
    else:
        test(args.videos, args.work_dir.resolve(), args.option, args.seeds, args.bag_size)


if __name__ == '__main__':
    main()
