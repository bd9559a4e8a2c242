"""The annotation file of a split: one JSON with the videos, their labels and their events.

Every data set is translated into this form once (``tools/data/*/prepare.py``), and everything else
reads it through `load_annotations`.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmvad.datasets.annotation_rules import (
    ENTRY_KEYS,
    METAINFO_KEYS,
    NORMAL,
    check_annotations,
    check_keys,
)
from mmvad.files import atomic_path, read_json

PREPARED = ('ucf_crime', 'shanghaitech', 'xd_violence', 'ped2')


def load_annotations(path: str | Path) -> tuple[dict, list[dict]]:
    """Read and check the annotation file of one split.

    Args:
        path: JSON file ``{"metainfo": {...}, "data_list": [...]}``.

    Returns:
        The metainfo (`METAINFO_KEYS`) and one dict per video (`ENTRY_KEYS`), in the file's order.
        Events are half-open, 0-based frame intervals ``[start, end)``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is not JSON, or breaks a rule of `check_annotations`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_annotations(
        ...         f'{folder}/test.json',
        ...         make_metainfo('mine', 'test', None),
        ...         [make_entry('a', 'Normal', 40)],
        ...     )
        ...     load_annotations(f'{folder}/test.json')[1][0]['video']
        'a'
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f'no annotation file at {path} (looked for {path.absolute()}); '
            f'{_guide(path)} says how to make it'
        )
    content = read_json(path, 'annotation file')
    check_keys(content, ('metainfo', 'data_list'), str(path))
    check_annotations(content['metainfo'], content['data_list'], source=str(path))
    return content['metainfo'], content['data_list']


def save_annotations(path: str | Path, metainfo: Mapping, data_list: Sequence[Mapping]) -> None:
    """Check and write the annotation file of one split, complete or not at all.

    Keys are in a fixed order, videos in the given order, one per line; the same input gives the
    same bytes. Missing folders are created.

    Args:
        path: JSON file to write; an existing one is replaced only when the new one is complete.
        metainfo: `METAINFO_KEYS`.
        data_list: One mapping per video, `ENTRY_KEYS`.

    Raises:
        ValueError: The annotations break a rule of `check_annotations`.

    Example:
        >>> save_annotations('test.json', make_metainfo('mine', 'test', None), [])
        Traceback (most recent call last):
        ValueError: test.json: data_list is empty, expected at least one video
    """
    path = Path(path)
    check_annotations(metainfo, data_list, source=str(path))
    head = json.dumps({key: metainfo[key] for key in METAINFO_KEYS}, ensure_ascii=False, indent=2)
    rows = ',\n'.join(
        json.dumps({key: entry[key] for key in ENTRY_KEYS}, ensure_ascii=False)
        for entry in data_list
    )
    with atomic_path(path) as draft:
        draft.write_text(
            f'{{\n"metainfo": {head},\n"data_list": [\n{rows}\n]\n}}\n',
            encoding='utf-8',
            newline='\n',
        )


def make_metainfo(
    dataset: str,
    split: str,
    tail: str | None,
    segments_tolerance: int = 0,
    event_rule: str = '',
    source: Sequence[str | Path] = (),
) -> dict:
    """Build the metainfo of an annotation file.

    Args:
        dataset: Name of the data set.
        split: One of `SPLITS`.
        tail: How the feature extractor counted segments (`mmvad.timeline.count_segments`), None
            where that is unknown; lengths then come from the features unchecked.
        segments_tolerance: How many segments a feature file may fall short.
        event_rule: One sentence on how the source's events were translated.
        source: The files that the annotations were made from; their folders are dropped.

    Returns:
        The metainfo.

    Example:
        >>> make_metainfo('ucf_crime', 'train', 'ceil', source=['/home/me/list.txt'])['source']
        ['list.txt']
    """
    return {
        'dataset': dataset,
        'split': split,
        'tail': tail,
        'segments_tolerance': segments_tolerance,
        'event_rule': event_rule,
        'source': [Path(name).name for name in source],
    }


def make_entry(
    video: str,
    category: str,
    num_frames: int | None = None,
    events: Sequence[Sequence[int]] = (),
) -> dict:
    """Build the entry of a video; its label follows from its category.

    Args:
        video: Path below the data set's video folder, without the container's extension.
        category: `NORMAL`, or the name of the anomaly.
        num_frames: Frames of the video, None where the annotations do not say.
        events: Half-open, 0-based frame intervals ``[start, end)``.

    Returns:
        The entry.

    Example:
        >>> make_entry('Abuse/Abuse028_x264', 'Abuse', 1412, [(165, 241)])['label']
        1
    """
    return {
        'video': video,
        'num_frames': num_frames,
        'label': int(category != NORMAL),
        'category': category,
        'events': [list(event) for event in events],
    }


def _guide(path: Path) -> str:
    known = [part for part in path.absolute().parts if part in PREPARED]
    return f'tools/data/{known[-1] if known else "custom"}/README.md'
