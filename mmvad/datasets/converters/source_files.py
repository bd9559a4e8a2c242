"""Reading the text files that data sets are published with: lines, feature lists, masks."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from mmvad.datasets.npy import FLOATS, INTEGERS, open_array

R50_SUFFIX = r'_i3d\.npy'
CROP_SUFFIX = r'__(?P<crop>\d+)\.npy'
AUDIO_SUFFIX = r'__vggish\.npy'
MAX_DIGITS = 18  # of a number of frames, so that it is one of 64 bits

_EVENT_LINE = re.compile(r'(?P<file>.+?)\s+(?P<category>\S+)(?P<numbers>(?:\s+-?\d+)+)')


def read_lines(path: str | Path) -> Iterator[tuple[str, str]]:
    """Go through the lines of a text file that are not blank.

    Args:
        path: Text file with any line endings, with or without a byte order mark or a final newline.

    Yields:
        ``'file, line 3'`` for messages, and the line without surrounding white space.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is not UTF-8, or has no line.

    Example:
        >>> next(read_lines('nowhere.list'))
        Traceback (most recent call last):
        FileNotFoundError: no file at nowhere.list
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'no file at {path}')
    found = False
    with path.open(encoding='utf-8-sig') as stream:
        try:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    found = True
                    yield f'{path}, line {number}', line.strip()
        except UnicodeDecodeError as error:
            raise ValueError(f'{path} is not UTF-8 text: {error}') from None
    if not found:
        raise ValueError(f'{path} has no lines')


def read_feature_list(path: str | Path, suffix: str, num_crops: int = 1) -> dict[str, str]:
    r"""Read the videos' names from a published list of feature files.

    The folders of such lists are those of somebody's machine and are dropped.

    Args:
        path: One feature file per line, Unix or Windows paths.
        suffix: Pattern of what follows the video's name, for example `R50_SUFFIX`; with a group
            ``crop``, a video takes `num_crops` consecutive lines, crop 0 first.
        num_crops: Lines per video.

    Returns:
        Names in the order of the list, each with its ``'file, line 3'`` for messages.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A line does not end in the suffix, a crop is missing or a video is listed twice.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, 'a.list').write_bytes(b'G:\\ten\\Abuse001_x264_i3d.npy\r\n')
        ...     list(read_feature_list(f'{folder}/a.list', R50_SUFFIX))
        ['Abuse001_x264']
    """
    places, current, crop = {}, None, num_crops
    for place, line in read_lines(path):
        match = re.fullmatch(rf'(?:.*[/\\])?(?P<name>[^/\\]+?){suffix}', line)
        if match is None:
            raise ValueError(f'{place}: expected a feature file *{suffix}, got {line!r}')
        if crop == num_crops:
            current, crop = match['name'], 0
            note_video(places, current, place)
        found = int(match['crop']) if 'crop' in match.groupdict() else 0
        if (match['name'], found) != (current, crop):
            raise ValueError(
                f'{place}: expected crop {crop} of {num_crops} of {current!r}, got {line!r}'
            )
        crop += 1
    if crop != num_crops:
        raise ValueError(f'{place}: the last video {current!r} has {crop} of {num_crops} crops')
    return places


def note_video(places: dict[str, str], video: str, place: str) -> None:
    """Record where a video is listed, and refuse it the second time.

    Args:
        places: File and line of each video so far; changed in place.
        video: The next one.
        place: Its file and line.

    Raises:
        ValueError: The video was noted before.

    Example:
        >>> note_video({'a': 'x.list, line 1'}, 'a', 'x.list, line 5')
        Traceback (most recent call last):
        ValueError: x.list, line 5: 'a' is listed already in x.list, line 1
    """
    if video in places:
        raise ValueError(f'{place}: {video!r} is listed already in {places[video]}')
    places[video] = place


def sort_like_list(data_list: Sequence[dict], names: Iterable[str], path: str | Path) -> list[dict]:
    """Sort annotations into the order of a published feature list.

    Args:
        data_list: Annotations, whose videos' last path parts are the names.
        names: Names in the wanted order, from `read_feature_list`.
        path: The list's file name, for the messages.

    Returns:
        The same entries in the order of the list.

    Raises:
        ValueError: List and annotations do not name the same videos.

    Example:
        >>> sort_like_list([{'video': 'Abuse/b'}, {'video': 'Arson/a'}], ['a', 'b'], 'x.list')
        [{'video': 'Arson/a'}, {'video': 'Abuse/b'}]
    """
    by_name = {entry['video'].rpartition('/')[2]: entry for entry in data_list}
    if set(names) != set(by_name):
        raise ValueError(
            f'{path} and the annotations name different videos: only the list has '
            f'{sorted(set(names) - set(by_name))}, only the annotations have '
            f'{sorted(set(by_name) - set(names))}'
        )
    return [by_name[name] for name in names]


def split_event_line(line: str, place: str) -> tuple[str, str, list[int]]:
    """Split a line ``file category number number ...``.

    Args:
        line: Fields separated by any white space; the file's name may contain some.
        place: File and line, for the message.

    Returns:
        File, category and the numbers.

    Raises:
        ValueError: The line has another form.

    Example:
        >>> split_event_line('Abuse028_x264.mp4  Abuse  165  240  -1  -1', 'a.txt, line 1')
        ('Abuse028_x264.mp4', 'Abuse', [165, 240, -1, -1])
    """
    match = _EVENT_LINE.fullmatch(line)
    if match is None:
        raise ValueError(f'{place}: expected "file category number ...", got {line!r}')
    return (
        match['file'],
        match['category'],
        [frame_number(number, place) for number in match['numbers'].split()],
    )


def frame_number(text: str, place: str) -> int:
    """Read a number of frames, or -1.

    Args:
        text: Digits, after a sign or none.
        place: File and line, for the message.

    Raises:
        ValueError: No video is that long.

    Example:
        >>> frame_number('240', 'a.txt, line 1')
        240
    """
    if len(text) > MAX_DIGITS:
        raise ValueError(f'{place}: a number of {len(text)} digits is too large')
    return int(text)


def pair_events(numbers: Sequence[int], place: str) -> list[tuple[int, int]]:
    """Pair ``start end start end ...`` up; ``-1 -1`` means none.

    Args:
        numbers: An even count of frame numbers.
        place: File and line, for the messages.

    Returns:
        ``(start, end)`` as written in the source.

    Raises:
        ValueError: A number is left over, or an event is negative or ends before it starts.

    Example:
        >>> pair_events([165, 240, -1, -1], 'a.txt, line 1')
        [(165, 240)]
    """
    if len(numbers) % 2:
        raise ValueError(f'{place}: expected pairs of start and end, got {list(numbers)}')
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    events = [pair for pair in pairs if pair != (-1, -1)]
    for start, end in events:
        if not 0 <= start <= end:
            raise ValueError(f'{place}: event {start} {end} is not 0 <= start <= end')
    return events


def read_frame_labels(path: str | Path) -> np.ndarray:
    """Read one label per frame from a ``.npy`` file.

    Args:
        path: One-dimensional array of 0 and 1.

    Returns:
        (frames,) bool.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, or the array is not one label per frame.

    Example:
        >>> read_frame_labels('nowhere.npy')
        Traceback (most recent call last):
        FileNotFoundError: no file at nowhere.npy
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'no file at {path}')
    labels = open_array(path, (*FLOATS, *INTEGERS))
    if labels.ndim != 1 or not labels.size or not np.isin(labels, (0, 1)).all():
        raise ValueError(
            f'{path}: expected one label, 0 or 1, per frame; got shape {labels.shape}, '
            f'dtype {labels.dtype}'
        )
    return labels.astype(bool)


def label_events(labels: np.ndarray) -> list[list[int]]:
    """Find the runs of positive frames; the inverse of `mmvad.timeline.frame_labels`.

    Args:
        labels: (frames,).

    Returns:
        Half-open events ``[start, end)``, in order.

    Example:
        >>> label_events(np.array([0, 1, 1, 0, 1]))
        [[1, 3], [4, 5]]
    """
    steps = np.diff(np.concatenate(([0], np.asarray(labels, bool).astype(np.int8), [0])))
    return np.flatnonzero(steps).reshape(-1, 2).tolist()  # (events, 2)
