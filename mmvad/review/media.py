"""The video files of a review page: how the page finds them, which of them it can embed."""

import base64
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from mmvad.addresses import is_address
from mmvad.scores.scored_video import ScoredVideo

MAX_EMBEDDED_BYTES = 256 * 2**20  # browsers limit a text to about 512 MiB
# By extension, on every machine alike: containers that browsers know, and others.
PLAYABLE = {'.mp4': 'mp4', '.m4v': 'mp4', '.webm': 'webm', '.ogv': 'ogg'}
KINDS = {**PLAYABLE, '.mov': 'quicktime', '.mkv': 'x-matroska', '.avi': 'x-msvideo'}
CHUNK = 3 * 2**18  # a multiple of 3, so that base64 pads at the end only


def video_source(
    video: str, folder: Path, relative_path: Callable[[str, Path], str] = os.path.relpath
) -> str | None:
    """Return the address by which a page finds a video.

    Args:
        video: Path, relative to the working folder or absolute, or the address of a stream.
        folder: Folder of the page.
        relative_path: Raises ValueError where there is none.

    Returns:
        A relative address with special characters escaped; an absolute one where no relative one
        exists (another drive); None for a stream, which cannot be played again.

    Example:
        >>> video_source('videos/a #1.mp4', Path('videos')), video_source('rtsp://gate', Path('.'))
        ('./a%20%231.mp4', None)
    """
    if is_address(video):
        return None
    try:
        relative = relative_path(video, folder)
    except ValueError:  # Windows: on another drive
        return Path(video).resolve().as_uri()
    return './' + quote(os.fsencode(Path(relative).as_posix()))


def video_sources(
    scored: ScoredVideo, folder: Path, copies: Mapping[str, str | os.PathLike]
) -> list[str]:
    """Return the addresses of a video's file and of its copy, where there are such files.

    A name of a data set, a feature file and a live source have no file of their own.

    Example:
        >>> video_sources(ScoredVideo('test/a', [0.5]), Path('.'), {'test/a': 'a_annotated.mp4'})
        ['./a_annotated.mp4']
    """
    name = scored.name
    has_file = scored.started_at is None and (has_pictures(name) or is_video(name))
    files = [name if has_file else None, copies.get(name)]
    sources = [video_source(str(file), folder) for file in files if file is not None]
    return [source for source in sources if source is not None]


def has_pictures(name: str) -> bool:
    """Say whether a scored video's name is that of a file whose frames can be shown."""
    return not is_address(name) and not name.endswith('.npy') and Path(name).is_file()


def is_playable(video: str | os.PathLike) -> bool:
    """Say whether browsers know a file's kind of container, by its name."""
    return Path(video).suffix.lower() in PLAYABLE


def is_video(video: str | os.PathLike) -> bool:
    """Say whether a file is a video, by its name."""
    return Path(video).suffix.lower() in KINDS


def check_embeddable(videos: Sequence[str | os.PathLike]) -> None:
    """Check that video files are small enough to be embedded in a page.

    Args:
        videos: Paths and addresses; anything that is not an existing video file is skipped.

    Raises:
        ValueError: One is too large.
    """
    for path in map(Path, videos):
        if is_video(path) and path.is_file() and not _is_small(path):
            raise ValueError(
                f'{path} has {path.stat().st_size / 2**20:.0f} MiB; a page can hold videos of up '
                f'to {MAX_EMBEDDED_BYTES >> 20} MiB, larger ones must be referenced'
            )


def choose_embedded(
    videos: Sequence[ScoredVideo], copies: Mapping[str, str | os.PathLike]
) -> dict[int, Path]:
    """Choose the video files to embed; anything else is left out.

    A copy is used instead of a video at an address or in a format that browsers do not know. If it
    is too large, or there is none, the video stays outside the page.

    Args:
        videos: Of the scores file.
        copies: Other files with the same pictures, by the video's name.

    Returns:
        The files by the number of the video.

    Raises:
        FileNotFoundError: A video that browsers play is missing.
        ValueError: It is too large.
    """
    found = {}
    for index, scored in enumerate(videos):
        name = scored.name
        if scored.error is not None:
            continue
        if not is_address(name) and is_playable(name):
            if not Path(name).is_file():
                raise FileNotFoundError(f'video to be embedded not found: {name}')
            check_embeddable([name])
            found[index] = Path(name)
            continue
        path = Path(copies.get(name, name))
        if is_video(path) and path.is_file() and _is_small(path):
            found[index] = path
    return found


def embed_video(index: int, path: Path) -> Iterator[str]:
    """Yield the block of a page that holds a video file, piece by piece."""
    kind = KINDS[path.suffix.lower()]
    yield f'<script type="text/plain" id="video-{index}">data:video/{kind};base64,'
    with path.open('rb') as file:
        while chunk := file.read(CHUNK):
            yield base64.b64encode(chunk).decode()
    yield '</script>\n'


def _is_small(path: Path) -> bool:
    return path.stat().st_size <= MAX_EMBEDDED_BYTES
