"""Review page of an inference run: one HTML file that needs no server and no network."""

import base64
import hashlib
import html
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np

from mmvad.apis.results import check_results
from mmvad.files import atomic_path

PAGE = Path(__file__).parent / 'report_page'
UPLOT = Path(__file__).parent / 'vendor' / 'uplot'
SCRIPTS = ('cut_events.js', 'decode.js', 'export.js', 'chart.js', 'page.js')

MAX_EMBEDDED_BYTES = 256 * 2**20  # browsers limit a text to about 512 MiB
# By extension, on every machine alike: containers that browsers know, and others.
PLAYABLE = {'.mp4': 'mp4', '.m4v': 'mp4', '.webm': 'webm', '.ogv': 'ogg'}
KINDS = {**PLAYABLE, '.mov': 'quicktime', '.mkv': 'x-matroska', '.avi': 'x-msvideo'}
CHUNK = 3 * 2**18  # a multiple of 3, so that base64 pads at the end only


def write_report(
    results: Mapping,
    out_html: str | Path,
    embed_videos: bool = False,
    title: str = 'Anomaly review',
    copies: Mapping[str, str | Path] | None = None,
) -> None:
    """Write the review page of a run.

    Args:
        results: Document of `mmvad.apis.results`.
        out_html: HTML file. Videos are referenced relative to its folder, so that the folder can be
            moved together with them.
        embed_videos: Put the video files into the page instead.
        title: Heading of the page.
        copies: Other files with the same pictures, by the video's name: what is played where the
            browser does not know the format of the video itself, as of many recorders.

    Raises:
        ValueError: The document does not fit its schema, or a video to be embedded is larger than a
            browser opens.
        FileNotFoundError: A video to be embedded does not exist.
    """
    check_results(results)
    out_html = Path(out_html)
    copies = copies or {}
    embedded = _embeddable(results, copies) if embed_videos else {}
    texts = {
        'title': html.escape(title),
        'style': _read(UPLOT / 'uPlot.min.css') + _read(PAGE / 'page.css'),
        'script': page_script(),
        'licence': 'uPlot: ' + _read(UPLOT / 'LICENSE').strip(),
        'data': page_data(results, out_html.parent, copies),
    }
    texts['policy'] = content_policy(texts['script'], texts['style'])
    before, after = _read(PAGE / 'page.html').split('{{videos}}')
    with atomic_path(out_html) as draft, draft.open('w', encoding='utf-8', newline='\n') as file:
        file.write(_fill(before, texts))
        for index, path in embedded.items():
            file.writelines(_video_block(index, path))
        file.write(_fill(after, texts))


def page_script() -> str:
    """Give the page's whole script: uPlot and the files of `SCRIPTS` in one closed scope."""
    own = '\n'.join(_read(PAGE / name) for name in SCRIPTS)
    return f"{_read(UPLOT / 'uPlot.iife.min.js')}\n(() => {{\n'use strict';\n{own}}})();\n"


def content_policy(script: str, style: str) -> str:
    """Give the Content-Security-Policy that admits one script, one style and local videos only.

    Args:
        script: Text of the script element.
        style: Text of the style element.

    Returns:
        The policy; nothing is fetched from a network, no inline handler runs.

    Example:
        >>> content_policy('', '').split('; ')[0]
        "default-src 'none'"
    """
    digests = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (script, style)
    ]
    return (
        f"default-src 'none'; script-src 'sha256-{digests[0]}'; style-src 'sha256-{digests[1]}'; "
        "media-src 'self' file: data:; img-src data:; base-uri 'none'; form-action 'none'"
    )


def page_data(
    results: Mapping, folder: Path, copies: Mapping[str, str | Path] | None = None
) -> str:
    """Pack a document for the page: JSON that is safe within a script element.

    Scores are float32, attention weights 16-bit parts of the video's largest one, both
    little-endian in base64.

    Args:
        results: Document of `mmvad.apis.results`.
        folder: Where the page will lie.
        copies: See `write_report`.

    Returns:
        ASCII text without ``<``.

    Example:
        >>> from mmvad.apis.events import EventRule
        >>> from mmvad.apis.results import build_results, failed_video
        >>> results = build_results({}, EventRule(), [failed_video('</script>', 'unreadable')])
        >>> '</script>' in page_data(results, Path('.'))
        False
    """
    rule = dict(results['threshold'])
    del rule['low_threshold']  # the page derives it
    data = {
        'model': dict(results['model']),
        'rule': rule,
        'segmentFrames': results['segment_frames'],
        'videos': [_pack_video(entry, folder, copies or {}) for entry in results['videos']],
    }
    text = json.dumps(data, allow_nan=False, separators=(',', ':'))
    return text.replace('<', '\\u003c')


def _pack_video(entry: Mapping, folder: Path, copies: Mapping[str, str | Path]) -> dict:
    files = [entry['video'], copies.get(entry['video'])]
    sources = [video_source(str(file), folder) for file in files if file is not None]
    return {
        'video': entry['video'],
        'sources': [source for source in sources if source is not None],
        'fps': entry['fps'],
        'numFrames': entry['num_frames'],
        'scores': _base64(np.array(entry['scores'], '<f4')),
        'attention': _pack_attention(entry['attention']),
        'groundTruth': entry['ground_truth'],
        'startedAt': entry['started_at'],
        'arrivals': entry['arrivals'],
        'gaps': entry['gaps'],
        'incomplete': entry['incomplete'],
        'error': entry['error'],
    }


def _pack_attention(attention: list | None) -> dict | None:
    if not attention:
        return None
    weights = np.array(attention, np.float64)  # (R, S)
    peak = float(weights.max()) or 1.0
    parts = np.round(weights / peak * 65535).astype('<u2')
    return {'hops': len(attention), 'peak': peak, 'weights': _base64(parts)}


def video_source(video: str, folder: Path) -> str | None:
    """Give the address by which a page finds a video.

    Args:
        video: Path, relative to the working folder or absolute, or the address of a stream.
        folder: Where the page will lie.

    Returns:
        A relative address with special characters escaped; an absolute one where no relative one
        exists (another drive); None for a stream, which cannot be played again.

    Example:
        >>> video_source('videos/a #1.mp4', Path('videos')), video_source('rtsp://gate', Path('.'))
        ('./a%20%231.mp4', None)
    """
    if '://' in video:
        return None
    try:
        relative = os.path.relpath(video, folder)
    except ValueError:  # Windows: on another drive
        return Path(video).resolve().as_uri()
    return './' + quote(os.fsencode(Path(relative).as_posix()))


def is_playable(video: str | Path) -> bool:
    """Say whether browsers know a file's kind of container, by its name."""
    return Path(video).suffix.lower() in PLAYABLE


def check_embeddable(videos: Sequence[str | Path]) -> None:
    """Make sure that video files are small enough to lie in a page.

    Args:
        videos: Paths and addresses; what is no video file, or not there, is passed over.

    Raises:
        ValueError: One is too large.
    """
    for path in map(Path, videos):
        if (
            _is_video(path)
            and path.is_file()
            and (size := path.stat().st_size) > MAX_EMBEDDED_BYTES
        ):
            raise ValueError(
                f'{path} has {size / 2**20:.0f} MiB; a page can hold videos of up to '
                f'{MAX_EMBEDDED_BYTES >> 20} MiB, larger ones must be referenced'
            )


def _embeddable(results: Mapping, copies: Mapping[str, str | Path]) -> dict[int, Path]:
    """Give the video files to embed, by index; what is no video file is left out.

    A copy is taken instead of a video behind an address or in a format that browsers do not know.
    What is too large then, or has no copy, stays outside of the page.
    """
    found = {}
    for index, entry in enumerate(results['videos']):
        video, is_file = entry['video'], '://' not in entry['video']
        if entry['error'] is not None:
            continue
        if is_file and is_playable(video):
            if not Path(video).is_file():
                raise FileNotFoundError(f'video to be embedded not found: {video}')
            check_embeddable([video])
            found[index] = Path(video)
            continue
        path = Path(copies.get(video, video))
        if _is_video(path) and path.is_file() and path.stat().st_size <= MAX_EMBEDDED_BYTES:
            found[index] = path
    return found


def _is_video(path: Path) -> bool:
    return path.suffix.lower() in KINDS


def _media_type(path: Path) -> str:
    return f'video/{KINDS[path.suffix.lower()]}'


def _video_block(index: int, path: Path) -> Iterator[str]:
    yield f'<script type="text/plain" id="video-{index}">data:{_media_type(path)};base64,'
    with path.open('rb') as file:
        while chunk := file.read(CHUNK):
            yield base64.b64encode(chunk).decode()
    yield '</script>\n'


def _fill(template: str, texts: Mapping[str, str]) -> str:
    """Fill in all texts in one pass, so that nothing in a text counts as a place to fill."""
    return re.sub(r'\{\{(\w+)\}\}', lambda match: texts[match[1]], template)


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


def _read(path: Path) -> str:
    return path.read_text(encoding='utf-8')
