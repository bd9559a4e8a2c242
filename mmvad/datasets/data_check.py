"""Checks the feature files of a data set before training and names those that do not fit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from mmvad.datasets.annotation_rules import SPLITS, length_problem
from mmvad.datasets.annotations import load_annotations
from mmvad.datasets.feature_record import read_record, record_path, scored_annotation
from mmvad.datasets.feature_store import FeatureStore
from mmvad.datasets.npy import check_finite


@dataclass
class Summary:
    """What the check found.

    Attributes:
        videos: Videos checked.
        files: Their files that are there.
        problems: Lines reported.
        trimmed: Videos that lose one segment because their audio is one shorter; not a problem.
    """

    videos: int = 0
    files: int = 0
    problems: int = 0
    trimmed: int = 0


def configured_datasets(config: Mapping, splits: Sequence[str] = SPLITS) -> dict[str, Mapping]:
    """Pick the data sets of a config that read different files.

    Args:
        config: Experiment config with ``train_dataloader``, ``val_dataloader`` and so on.
        splits: Which of `SPLITS` to look at.

    Returns:
        ``dataset`` settings by split; a split without data loader is left out, and one with the
            files of an earlier split (a held-out part of the training videos) as well. Joined data
        sets are numbered from 1.

    Raises:
        ValueError: None of the splits has a data set, or one is of another type.

    Example:
        >>> dataset = dict(type='VideoFeatureDataset', ann_file='a.json', features=dict(root='f'))
        >>> config = dict(
        ...     train_dataloader=dict(dataset=dict(dataset, subset='train')),
        ...     val_dataloader=dict(dataset=dict(dataset, subset='held_out')),
        ...     test_dataloader=None,
        ... )
        >>> list(configured_datasets(config))
        ['train']
    """
    datasets = {}
    for split in splits:
        dataset = (config.get(f'{split}_dataloader') or {}).get('dataset')
        if dataset is None:
            continue
        kind = dataset.get('type')
        if kind not in ('VideoFeatureDataset', 'JoinedFeatureDataset'):
            raise ValueError(
                f'{split}_dataloader.dataset: expected type VideoFeatureDataset or '
                f'JoinedFeatureDataset, got {kind!r}'
            )
        parts = dataset['datasets'] if kind == 'JoinedFeatureDataset' else [dataset]
        for number, part in enumerate(parts, 1):
            if not any(_same_files(part, other) for other in datasets.values()):
                datasets[split if len(parts) == 1 else f'{split} {number}'] = part
    if not datasets:
        raise ValueError(f'the config has no data set in any of the splits {list(splits)}')
    return datasets


def check_dataset(
    dataset: Mapping, report: Callable[[str], None] = print, values: bool = True
) -> Summary:
    """Check every file of a data set, and go on after the first problem.

    Args:
        dataset: ``ann_file``, ``features`` and ``data_root`` of a ``VideoFeatureDataset``.
        report: Receives one line per problem.
        values: Whether to search for NaN and Inf as well, which reads every file to its end.

    Returns:
        The counts.

    Raises:
        ValueError: The settings of the feature files contradict each other.

    Example:
        >>> check_dataset(dict(ann_file='nowhere.json', features=dict()), lambda line: None)
        Summary(videos=0, files=0, problems=1, trimmed=0)
    """
    summary = Summary()
    root = Path(dataset.get('data_root', ''))
    try:
        metainfo, entries = load_annotations(root / dataset['ann_file'])
    except (OSError, ValueError) as error:
        report(str(error))
        summary.problems += 1
        return summary
    features = dataset['features']
    store = FeatureStore(**{**features, 'root': root / features['root']})
    for problem in store.shared(entry['video'] for entry in entries):
        report(problem)
        summary.problems += 1
    for entry in tqdm(entries, desc=metainfo['split'], unit='video', leave=False, disable=None):
        summary.videos += 1
        summary.files += sum(path.is_file() for path in store.paths(entry['video']))
        for problem in check_video(store, entry, metainfo, values):
            report(f'{entry["video"]}: {problem}')
            summary.problems += 1
    summary.trimmed = len(store.trimmed)
    return summary


def check_video(
    store: FeatureStore, entry: Mapping, metainfo: Mapping, values: bool = True
) -> list[str]:
    """Check the files of one video, each on its own and all together.

    Args:
        store: Where the files are and what they should look like.
        entry: The video's annotation.
        metainfo: Metainfo of its annotation file.
        values: Whether to search for NaN and Inf as well.

    Returns:
        One sentence per problem: a file is missing, truncated, pickled, not of floats, of the wrong
        width or crop count, empty, or holds NaN or Inf; crops or audio differ in length; the number
        of segments does not fit the number of frames or the events.

    Example:
        >>> store = FeatureStore('nowhere', '{video}.npy', num_crops=10, num_channels=2048)
        >>> check_video(store, dict(video='a', num_frames=None, events=[]), dict(tail='ceil'))
        ['feature file not found: nowhere/a.npy']
    """
    problems = []
    for file_store in _one_file_stores(store):
        try:
            array = file_store.load(entry['video'])  # (S, k, D)
            if values:
                check_finite(array, file_store.paths(entry['video'])[0])
        except (OSError, ValueError) as error:
            problems.append(str(error))
    if problems:
        return problems
    try:
        problem = check_length(store, entry, metainfo)
    except (OSError, ValueError) as error:
        return [str(error)]
    return [f'length mismatch: {problem}'] if problem else []


def check_length(store: FeatureStore, entry: Mapping, metainfo: Mapping) -> str | None:
    """Compare the length of a video's features with its annotation, reading only file headers.

    Args:
        store: Where the files are.
        entry: The video's annotation.
        metainfo: Metainfo of its annotation file.

    Returns:
        What `length_problem` says.

    Raises:
        FileNotFoundError, ValueError: See `FeatureStore.load`.
    """
    num_segments = store.num_segments(entry['video'])
    tolerance = store.tolerance(entry['video'], metainfo['segments_tolerance'])
    record = read_record(record_path(store.paths(entry['video'])[0]))
    scored = scored_annotation(entry, num_segments, record)
    return length_problem(
        num_segments, scored['num_frames'], metainfo['tail'], tolerance, scored['events']
    )


def _one_file_stores(store: FeatureStore) -> list[FeatureStore]:
    """Split a store into one per file, so that every file is checked, not only the first."""
    root, width = store.root, store.num_channels
    if '{crop}' in store.pattern:
        patterns = [store.pattern.replace('{crop}', str(crop)) for crop in range(store.num_crops)]
        stores = [FeatureStore(root, pattern, 1, width, 'SD') for pattern in patterns]
    else:
        stores = [FeatureStore(root, store.pattern, store.num_crops, width, store.layout)]
    if store.audio:
        stores.append(
            FeatureStore(root, store.audio['pattern'], 1, store.audio['num_channels'], 'SD')
        )
    return stores


def _same_files(one: Mapping, other: Mapping) -> bool:
    return all(one.get(key) == other.get(key) for key in ('data_root', 'ann_file', 'features'))
