"""UCSD Ped2 (Mahadevan et al., CVPR 2010) in the weakly supervised split of Chen et al. (TEVAD)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mmvad.datasets.annotation_rules import ANOMALY, NORMAL, check_entry
from mmvad.datasets.annotations import make_entry, make_metainfo
from mmvad.datasets.converters.source_files import (
    R50_SUFFIX,
    label_events,
    read_feature_list,
    read_frame_labels,
)
from mmvad.datasets.npy import open_array
from mmvad.timeline import SEGMENT_FRAMES

TAIL = 'ceil'
EVENT_RULE = (
    'runs of ones in the published frame labels, as [start, end), padded tail of the last segment '
    'included'
)


def convert_train(feature_list: str | Path) -> tuple[dict, list[dict]]:
    """Translate ``ped2.list``, one ``Test002_i3d.npy`` per line.

    Args:
        feature_list: Published list; names that start with Test are anomalous, Train normal.

    Returns:
        Metainfo and entries for `mmvad.datasets.annotations.save_annotations`.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A line is malformed or a name starts differently.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, 'ped2.list')
        ...     _ = path.write_text('Test002_i3d.npy')
        ...     convert_train(path)[1][0]['label']
        1
    """
    data_list = [
        make_entry(name, _category(name, place))
        for name, place in read_feature_list(feature_list, R50_SUFFIX).items()
    ]
    return make_metainfo('ped2', 'train', TAIL, source=[feature_list]), data_list


def convert_test(
    feature_list: str | Path, frame_labels: str | Path, segments: Mapping[str, int]
) -> tuple[dict, list[dict]]:
    """Translate ``ped2-test.list`` and ``gt-ped2.npy``, its videos' frame labels end to end.

    Args:
        feature_list: Published list.
        frame_labels: Labels of all videos, end to end, 16 per segment.
        segments: Segments of each video, from `count_feature_segments`.

    Returns:
        Metainfo and entries for `mmvad.datasets.annotations.save_annotations`.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A line is malformed, or labels and segments do not fit.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, 'ped2-test.list')
        ...     _ = path.write_text('Test001_i3d.npy')
        ...     np.save(Path(folder, 'gt.npy'), np.repeat([0, 1], [3, 13]))
        ...     convert_test(path, Path(folder, 'gt.npy'), {'Test001': 1})[1][0]['events']
        [[3, 16]]
    """
    names = read_feature_list(feature_list, R50_SUFFIX)
    labels = read_frame_labels(frame_labels)
    unknown = [name for name in names if name not in segments]
    if unknown:
        raise ValueError(f'{names[unknown[0]]}: segments of {unknown[0]!r} are not known')
    lengths = [SEGMENT_FRAMES * segments[name] for name in names]
    if sum(lengths) != len(labels):
        raise ValueError(
            f'{frame_labels} has {len(labels)} labels, but the videos of {feature_list} have '
            f'{sum(lengths)} frames in their segments'
        )
    parts = np.split(labels, np.cumsum(lengths)[:-1])
    data_list = []
    for (name, place), part in zip(names.items(), parts, strict=True):
        data_list.append(make_entry(name, _category(name, place), None, label_events(part)))
        check_entry(data_list[-1], 'test', place)
    metainfo = make_metainfo(
        'ped2', 'test', TAIL, event_rule=EVENT_RULE, source=[feature_list, frame_labels]
    )
    return metainfo, data_list


def count_feature_segments(feature_list: str | Path, features: str | Path) -> dict[str, int]:
    """Count the videos' segments in their feature files.

    Args:
        feature_list: Published list.
        features: Folder of ``Test001_i3d.npy``, each (S, K, D).

    Returns:
        S of each video.

    Raises:
        FileNotFoundError: A feature file is missing.
        ValueError: A feature file is damaged, or has another number of axes.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, 'ped2-test.list')
        ...     _ = path.write_text('Test001_i3d.npy')
        ...     np.save(Path(folder, 'Test001_i3d.npy'), np.zeros((12, 1, 2048), np.float32))
        ...     count_feature_segments(path, folder)
        {'Test001': 12}
    """
    segments = {}
    for name, place in read_feature_list(feature_list, R50_SUFFIX).items():
        path = Path(features) / f'{name}_i3d.npy'
        if not path.is_file():
            raise FileNotFoundError(f'{place}: no feature file at {path}')
        array = open_array(path)
        if array.ndim != 3:
            raise ValueError(f'{path}: expected (segments, crops, channels), got {array.shape}')
        segments[name] = len(array)
    return segments


def _category(name: str, place: str) -> str:
    if name.startswith('Train'):
        return NORMAL
    if name.startswith('Test'):
        return ANOMALY
    raise ValueError(f'{place}: expected a name that starts with Test or Train, got {name!r}')
