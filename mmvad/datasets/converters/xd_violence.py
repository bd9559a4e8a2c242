"""XD-Violence (Wu et al., ECCV 2020): feature lists, labels in the names, temporal annotations."""

import re
from pathlib import Path

from mmvad.datasets.annotation_rules import NORMAL, check_entry
from mmvad.datasets.annotations import make_entry, make_metainfo
from mmvad.datasets.converters.source_files import (
    AUDIO_SUFFIX,
    CROP_SUFFIX,
    frame_number,
    note_video,
    pair_events,
    read_feature_list,
    read_lines,
)

NUM_CROPS = 5
CLASSES = {
    'B1': 'fighting',
    'B2': 'shooting',
    'B4': 'riot',
    'B5': 'abuse',
    'B6': 'car accident',
    'G': 'explosion',
}
TAIL = 'drop_last'
EVENT_RULE = 'source events are [start, end), 0-based: written unchanged'

_ANNOTATION = re.compile(r'(?P<name>.+?_label_[^\s.]+)(?:\.mp4)?(?P<numbers>(?:\s+-?\d+)+)')


def convert(
    rgb_list: str | Path,
    split: str,
    annotations: str | Path | None = None,
    audio_list: str | Path | None = None,
) -> tuple[dict, list[dict]]:
    r"""Translate ``rgb.list``, or ``rgb_test.list`` with ``annotations.txt``.

    Frame counts are not published; an event may end up to 15 frames after the last segment.

    Args:
        rgb_list: Published list of RGB feature files, five consecutive crops per video.
        split: ``'train'`` or ``'test'``.
        annotations: Lines ``name start end [start end ...]`` of the anomalous test videos.
        audio_list: Published list of VGGish feature files, to check that it names the same videos.

    Returns:
        Metainfo and entries, in the order of the RGB list, for
        `mmvad.datasets.annotations.save_annotations`.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A line is malformed, a name carries no or an unknown label, or the files name
            different videos.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, 'rgb.list')
        ...     _ = path.write_text(''.join(f'v_label_B1-0-0__{crop}.npy\n' for crop in range(5)))
        ...     metainfo, data_list = convert(path, 'train')
        >>> data_list[0]['video'], data_list[0]['category']
        ('v_label_B1-0-0', 'B1')
    """
    names = read_feature_list(rgb_list, CROP_SUFFIX, NUM_CROPS)
    categories = {name: name_category(name, place) for name, place in names.items()}
    sources = [rgb_list]
    if audio_list is not None:
        _check_same(names, read_feature_list(audio_list, AUDIO_SUFFIX), rgb_list, audio_list)
        sources.append(audio_list)
    events = {}
    if annotations is not None:
        events = read_events(annotations)
        anomalous = [name for name in names if categories[name] != NORMAL]
        _check_same(anomalous, events, rgb_list, annotations)
        sources.append(annotations)
    data_list = []
    for name, place in names.items():
        data_list.append(make_entry(name, categories[name], None, events.get(name, ())))
        check_entry(data_list[-1], split, place)
    return make_metainfo('xd_violence', split, TAIL, 0, EVENT_RULE, sources), data_list


def name_category(name: str, place: str) -> str:
    """Read a video's category from its name.

    Args:
        name: ``..._label_A`` is normal; otherwise up to three codes of `CLASSES` joined by ``-``,
            filled up with ``0``.
        place: File and line, for the message.

    Returns:
        ``'Normal'``, or the codes without the zeros.

    Raises:
        ValueError: There is no label, or one of its codes is unknown.

    Example:
        >>> name_category('v=8fhU__#1_label_B1-B2-0', 'rgb.list'), name_category('x_label_A', '')
        ('B1-B2', 'Normal')
    """
    _, found, label = name.rpartition('_label_')
    if found and label == 'A':
        return NORMAL
    codes = [code for code in label.split('-') if code != '0']
    unknown = [code for code in codes if code not in CLASSES]
    if not found or not codes or unknown:
        raise ValueError(
            f'{place}: expected a name that ends in _label_A or in codes of {list(CLASSES)}, '
            f'got {name!r}'
        )
    return '-'.join(codes)


def read_events(path: str | Path) -> dict[str, list[tuple[int, int]]]:
    """Read ``annotations.txt``; a stray ``.mp4`` after some names is dropped.

    Args:
        path: Lines ``name start end [start end ...]``.

    Returns:
        Half-open events ``[start, end)`` of each video.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A line is malformed or names a video twice.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, 'annotations.txt')
        ...     _ = path.write_text('v_label_B4-0-0.mp4 0 1517 1970 3038')
        ...     read_events(path)
        {'v_label_B4-0-0': [(0, 1517), (1970, 3038)]}
    """
    events, places = {}, {}
    for place, line in read_lines(path):
        match = _ANNOTATION.fullmatch(line)
        if match is None:
            raise ValueError(f'{place}: expected "name start end [start end ...]", got {line!r}')
        note_video(places, match['name'], place)
        events[match['name']] = pair_events(
            [frame_number(number, place) for number in match['numbers'].split()], place
        )
    return events


def _check_same(names, others, path: str | Path, other_path: str | Path) -> None:
    if set(names) != set(others):
        raise ValueError(
            f'{path} and {other_path} name different videos: only the first has '
            f'{sorted(set(names) - set(others))}, only the second has '
            f'{sorted(set(others) - set(names))}'
        )
