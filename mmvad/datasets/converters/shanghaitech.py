"""ShanghaiTech in the weakly supervised split of Zhong et al., CVPR 2019: lists, frame masks."""

import re
from pathlib import Path

from mmvad.datasets.annotation_rules import NORMAL
from mmvad.datasets.annotations import make_entry, make_metainfo
from mmvad.datasets.converters.source_files import (
    R50_SUFFIX,
    label_events,
    note_video,
    read_feature_list,
    read_frame_labels,
    read_lines,
    sort_like_list,
)
from mmvad.timeline import SEGMENT_FRAMES, count_segments

TAILS = {'r50': 'ceil', 'inception': None}
ANOMALY = 'Anomaly'  # the annotations name no classes
EVENT_RULE = (
    'runs of ones in the frame mask, as [start, end); where the mask ends in a one, the event '
    'reaches to the end of the padded last segment'
)

_NAME = re.compile(r'\d{2}_(?:\d{3}|\d{4})')


def convert(
    split_list: str | Path,
    masks: str | Path,
    split: str,
    family: str,
    feature_list: str | Path | None = None,
) -> tuple[dict, list[dict]]:
    """Translate ``SH_Train.txt`` or ``SH_Test.txt``, one ``01_0015`` per line.

    A 3-digit number belongs to the original training set and is normal. A 4-digit number belongs to
    the original test set and is anomalous where its mask has a one. Only videos with a mask have a
    frame count.

    Args:
        split_list: The split's list.
        masks: Folder of ``01_0015.npy``, one label per frame.
        split: ``'train'`` or ``'test'``.
        family: Key of `TAILS`.
        feature_list: Published list of R50 feature files, to take its order.

    Returns:
        Metainfo and entries for `mmvad.datasets.annotations.save_annotations`.

    Raises:
        FileNotFoundError: A list, or the mask of a 4-digit video, is missing.
        ValueError: A line or mask is malformed, or the lists name different videos.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, 'SH_Test.txt')
        ...     _ = path.write_text('01_0015')
        ...     np.save(Path(folder, '01_0015.npy'), np.repeat([0, 1], [3, 17]))  # 20 frames
        ...     convert(path, folder, 'test', 'r50')[1][0]['events']
        [[3, 32]]
    """
    if family not in TAILS:
        raise ValueError(f'family must be one of {tuple(TAILS)}, got {family!r}')
    data_list, places = [], {}
    for place, name in read_lines(split_list):
        if _NAME.fullmatch(name) is None:
            raise ValueError(f'{place}: expected a name like 01_0015 or 01_001, got {name!r}')
        note_video(places, name, place)
        data_list.append(_entry(name, Path(masks), split, place))
    sources = [split_list, masks]
    if feature_list is not None:
        names = read_feature_list(feature_list, R50_SUFFIX)
        data_list = sort_like_list(data_list, names, feature_list)
        sources.append(feature_list)
    metainfo = make_metainfo(
        'shanghaitech', split, TAILS[family], event_rule=EVENT_RULE, source=sources
    )
    return metainfo, data_list


def _entry(name: str, masks: Path, split: str, place: str) -> dict:
    if len(name.partition('_')[2]) == 3:
        return make_entry(name, NORMAL)
    mask = masks / f'{name}.npy'
    if not mask.is_file():
        raise FileNotFoundError(
            f'{place}: {name} belongs to the original test set and needs its frame mask, '
            f'no file at {mask}'
        )
    labels = read_frame_labels(mask)
    events = label_events(labels)
    if labels[-1]:  # the published ground truth repeats the last label over the padded tail
        events[-1][1] = SEGMENT_FRAMES * count_segments(len(labels), 'ceil')
    return make_entry(
        name,
        ANOMALY if events else NORMAL,
        len(labels),
        events if split == 'test' else (),
    )
