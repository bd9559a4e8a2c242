"""Predictions and their annotations as one JSON file, to be scored again later."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmvad.evaluation.prediction import VideoPrediction, check_complete
from mmvad.fileio import atomic_path

VERSION = 1
KEYS = (
    'video',
    'num_frames',
    'num_segments',
    'label',
    'category',
    'events',
    'tail',
    'segments_tolerance',
    'scores',
)


def save_dump(
    path: str | Path, predictions: Sequence[VideoPrediction], metainfo: Mapping | None = None
) -> None:
    """Write predictions; a reader sees the old file or the whole new one, never a part.

    Args:
        path: JSON file; its folder is made where it is missing.
        predictions: All videos. Scores are written to the last digit.
        metainfo: What the data set says about itself.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / 'dump.json'
        >>> save_dump(path, [VideoPrediction('a', [0.1], 0, 'Normal')], {'dataset': 'toy'})
        >>> metainfo, predictions = load_dump(path)
        >>> metainfo, predictions[0].scores.tolist()
        ({'dataset': 'toy'}, [0.1])
    """
    content = {
        'version': VERSION,
        'metainfo': dict(metainfo or {}),
        'videos': [_to_entry(prediction) for prediction in predictions],
    }
    write_json(path, content)


def write_json(path: str | Path, content: Mapping) -> None:
    """Write a JSON file in one step.

    Args:
        path: File; its folder is made where it is missing.
        content: What `json` can write; NaN is refused.

    Raises:
        ValueError: The content holds NaN or infinity (raised by `json`).

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / 'metrics.json'
        >>> write_json(path, {'AUC': 0.5})
        >>> path.read_text()
        '{"AUC": 0.5}'
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    with atomic_path(path) as draft:
        draft.write_text(text, encoding='utf-8')


def load_dump(path: str | Path) -> tuple[dict, list[VideoPrediction]]:
    """Read predictions and check them.

    Args:
        path: JSON file that `save_dump` wrote.

    Returns:
        The data set's metainfo and the videos, in the order of the file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no JSON, no dump, of another version, has a malformed entry, a video
            twice, or another number of scores than ``num_segments``; the text names the file.

    Example:
        >>> load_dump('nowhere.json')
        Traceback (most recent call last):
        ...
        FileNotFoundError: no dump of predictions at nowhere.json
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'no dump of predictions at {path}')
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:  # malformed JSON or UTF-8
        raise ValueError(f'{path}: not a JSON file: {error}') from error
    if not isinstance(content, dict) or 'version' not in content:
        raise ValueError(f"{path}: not a dump of predictions: expected an object with 'version'")
    if content['version'] != VERSION:
        raise ValueError(f'{path}: expected version {VERSION}, got {content["version"]!r}')
    metainfo, videos = content.get('metainfo'), content.get('videos')
    if not isinstance(metainfo, dict) or not isinstance(videos, list):
        raise ValueError(f"{path}: expected an object 'metainfo' and a list 'videos'")
    try:
        predictions = [_from_entry(index, entry) for index, entry in enumerate(videos)]
        check_complete(predictions)
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from error
    return metainfo, predictions


def relabel(
    predictions: Sequence[VideoPrediction], metainfo: Mapping, data_list: Sequence[Mapping]
) -> list[VideoPrediction]:
    """Hold dumped scores against another annotation file.

    Args:
        predictions: Videos of a dump.
        metainfo: Metainfo of the annotation file; ``tail`` and ``segments_tolerance`` count.
        data_list: Its entries.

    Returns:
        The same scores with that file's labels, events and lengths, in the order of `data_list`.

    Raises:
        ValueError: One side has a video that the other lacks.

    Example:
        >>> entry = dict(video='a', num_frames=20, label=1, category='Abuse', events=[[3, 9]])
        >>> old = VideoPrediction('a', [0.5, 0.7], 0, 'Normal')
        >>> relabel([old], {'tail': 'ceil', 'segments_tolerance': 0}, [entry])[0].events
        ((3, 9),)
    """
    scores = {prediction.video: prediction.scores for prediction in predictions}
    names = {entry['video'] for entry in data_list}
    for side, missing in (
        ('annotations', scores.keys() - names),
        ('predictions', names - scores.keys()),
    ):
        if missing:
            raise ValueError(
                f'the {side} lack {len(missing)} of the videos, first {min(missing)!r}'
            )
    return [
        VideoPrediction(
            video=entry['video'],
            scores=scores[entry['video']],
            label=entry['label'],
            category=entry['category'],
            events=entry['events'],
            num_frames=entry['num_frames'],
            tail=metainfo['tail'],
            segments_tolerance=metainfo['segments_tolerance'],
        )
        for entry in data_list
    ]


def _to_entry(prediction: VideoPrediction) -> dict:
    return {
        'video': prediction.video,
        'num_frames': prediction.num_frames,
        'num_segments': len(prediction.scores),
        'label': prediction.label,
        'category': prediction.category,
        'events': [list(event) for event in prediction.events],
        'tail': prediction.tail,
        'segments_tolerance': prediction.segments_tolerance,
        'scores': prediction.scores.tolist(),
    }


def _from_entry(index: int, entry: object) -> VideoPrediction:
    if not isinstance(entry, dict):
        raise ValueError(f'videos[{index}]: expected an object, got {type(entry).__name__}')
    lacking = [key for key in KEYS if key not in entry]
    if lacking:
        raise ValueError(f'videos[{index}] ({entry.get("video")!r}) lacks {lacking}')
    for key, kind, fits in _checks(entry):
        if not fits:
            raise ValueError(
                f'videos[{index}] ({entry["video"]!r}): {key} must be {kind}, got {entry[key]!r}'
            )
    if len(entry['scores']) != entry['num_segments']:
        raise ValueError(
            f'video {entry["video"]!r}: expected one score for each of its '
            f'{entry["num_segments"]} segments, got {len(entry["scores"])}'
        )
    return VideoPrediction(**{key: entry[key] for key in KEYS if key != 'num_segments'})


def _checks(entry: dict) -> list[tuple[str, str, bool]]:
    events, scores = entry['events'], entry['scores']
    return [
        ('video', 'a text', isinstance(entry['video'], str) and entry['video'] != ''),
        ('num_frames', 'a whole number or null', _is_int(entry['num_frames'], null=True)),
        ('num_segments', 'a whole number', _is_int(entry['num_segments'])),
        ('label', 'a whole number', _is_int(entry['label'])),
        ('category', 'a text', isinstance(entry['category'], str)),
        (
            'events',
            'a list of [start, end]',
            isinstance(events, list) and all(map(_is_pair, events)),
        ),
        ('tail', 'a text or null', entry['tail'] is None or isinstance(entry['tail'], str)),
        ('segments_tolerance', 'a whole number', _is_int(entry['segments_tolerance'])),
        ('scores', 'a list of numbers', isinstance(scores, list) and all(map(_is_number, scores))),
    ]


def _is_int(value: object, null: bool = False) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (null and value is None)


def _is_number(value: object) -> bool:
    return _is_int(value) or (isinstance(value, float) and math.isfinite(value))


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_int, value))
