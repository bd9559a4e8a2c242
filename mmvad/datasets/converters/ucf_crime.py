"""UCF-Crime (Sultani et al., CVPR 2018): official training list and temporal annotations."""

from dataclasses import dataclass
from pathlib import Path

from mmvad.datasets.annotation_rules import NORMAL, check_entry
from mmvad.datasets.annotations import make_entry, make_metainfo
from mmvad.datasets.converters.source_files import (
    CROP_SUFFIX,
    R50_SUFFIX,
    note_video,
    pair_events,
    read_feature_list,
    read_lines,
    sort_like_list,
    split_event_line,
)
from mmvad.timeline import SEGMENT_FRAMES, count_segments

NORMAL_PREFIX = 'Normal_Videos'
TRAIN_NORMAL = 'Training_Normal_Videos_Anomaly'
TEST_NORMAL = 'Testing_Normal_Videos_Anomaly'


@dataclass(frozen=True)
class Family:
    """What a feature family's published ground truth and lists look like."""

    tail: str
    segments_tolerance: int
    both_ends_count: bool
    event_rule: str
    list_suffix: str
    num_crops: int


FAMILIES = {
    'r50': Family(
        tail='ceil',
        segments_tolerance=0,
        both_ends_count=True,
        event_rule='source events [start, end] count both ends, 0-based: written as '
        '[start, end + 1), clipped to the end of the padded last segment',
        list_suffix=R50_SUFFIX,
        num_crops=1,
    ),
    'inception': Family(
        tail='floor',
        segments_tolerance=1,  # 9 test videos have one segment fewer
        both_ends_count=False,
        event_rule='source events are read as [start, end), 0-based: written unchanged, clipped to '
        'the end of the padded last segment',
        list_suffix=CROP_SUFFIX,
        num_crops=10,
    ),
}


def convert_train(
    train_list: str | Path, family: str, feature_list: str | Path | None = None
) -> tuple[dict, list[dict]]:
    """Translate ``Anomaly_Train.txt``, one ``Abuse/Abuse001_x264.mp4`` per line.

    The folder is the category; frame counts are not part of the list.

    Args:
        train_list: The official list.
        family: Key of `FAMILIES`.
        feature_list: Published list of the family's files, to take its order.

    Returns:
        Metainfo and entries for `mmvad.datasets.annotations.save_annotations`.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A line is malformed, or the lists name different videos.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, 'Anomaly_Train.txt')
        ...     _ = path.write_text('Abuse/Abuse001_x264.mp4')
        ...     metainfo, data_list = convert_train(path, 'r50')
        >>> data_list[0]['video'], data_list[0]['label'], metainfo['tail']
        ('Abuse/Abuse001_x264', 1, 'ceil')
    """
    rules = _rules(family)
    data_list, places = [], {}
    for place, line in read_lines(train_list):
        folder, _, file = line.partition('/')
        if not file.endswith('.mp4') or '/' in file:
            raise ValueError(f'{place}: expected "<class>/<video>.mp4", got {line!r}')
        category = NORMAL if folder == TRAIN_NORMAL else folder
        _check_class(file, category, place)
        data_list.append(make_entry(line.removesuffix('.mp4'), category))
        note_video(places, line, place)
    sources = [train_list]
    if feature_list is not None:
        data_list = _sort(data_list, feature_list, rules)
        sources.append(feature_list)
    metainfo = make_metainfo(
        'ucf_crime', 'train', rules.tail, rules.segments_tolerance, rules.event_rule, sources
    )
    return metainfo, data_list


def convert_test(
    temporal: str | Path, family: str, feature_list: str | Path | None = None
) -> tuple[dict, list[dict]]:
    """Translate ``Temporal_Anomaly_Annotation.txt``, with or without frame counts at the ends.

    Args:
        temporal: Lines ``file class start end start end [frames]``.
        family: Key of `FAMILIES`.
        feature_list: Published list of the family's files, to take its order.

    Returns:
        Metainfo and entries for `mmvad.datasets.annotations.save_annotations`.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A line is malformed, or the lists name different videos.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, 'Temporal_Anomaly_Annotation_frames.txt')
        ...     _ = path.write_text('Abuse028_x264.mp4  Abuse  165  240  -1  -1  1412')
        ...     [convert_test(path, family)[1][0]['events'] for family in FAMILIES]
        [[[165, 241]], [[165, 240]]]
    """
    rules = _rules(family)
    data_list, places = [], {}
    for place, line in read_lines(temporal):
        data_list.append(_test_entry(line, place, rules))
        check_entry(data_list[-1], 'test', place)
        note_video(places, data_list[-1]['video'], place)
    sources = [temporal]
    if feature_list is not None:
        data_list = _sort(data_list, feature_list, rules)
        sources.append(feature_list)
    metainfo = make_metainfo(
        'ucf_crime', 'test', rules.tail, rules.segments_tolerance, rules.event_rule, sources
    )
    return metainfo, data_list


def _rules(family: str) -> Family:
    if family not in FAMILIES:
        raise ValueError(f'family must be one of {tuple(FAMILIES)}, got {family!r}')
    return FAMILIES[family]


def _test_entry(line: str, place: str, rules: Family) -> dict:
    file, category, numbers = split_event_line(line, place)
    if not file.endswith('.mp4') or len(numbers) not in (4, 5):
        raise ValueError(
            f'{place}: expected "<video>.mp4 class start end start end [frames]", got {line!r}'
        )
    _check_class(file, category, place)
    num_frames = numbers[4] if len(numbers) == 5 else None
    events = [
        [start, end + rules.both_ends_count] for start, end in pair_events(numbers[:4], place)
    ]
    if num_frames is not None:
        # five events end 1-2 frames after their video, two at its last frame
        limit = SEGMENT_FRAMES * count_segments(num_frames, 'ceil')
        events = [[start, min(end, limit)] for start, end in events]
    folder = TEST_NORMAL if category == NORMAL else category
    return make_entry(f'{folder}/{file.removesuffix(".mp4")}', category, num_frames, events)


def _check_class(file: str, category: str, place: str) -> None:
    prefix = NORMAL_PREFIX if category == NORMAL else category
    if not file.startswith(prefix):
        raise ValueError(f'{place}: {file!r} is listed as {category}, but not named {prefix}...')


def _sort(data_list: list[dict], feature_list: str | Path, rules: Family) -> list[dict]:
    names = read_feature_list(feature_list, rules.list_suffix, rules.num_crops)
    return sort_like_list(data_list, names, feature_list)
