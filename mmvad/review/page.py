"""Review page of scored videos: one HTML file that needs no server and no network."""

import base64
import hashlib
import html
import os
import re
from collections.abc import Mapping
from pathlib import Path

from mmvad.files import atomic_path
from mmvad.review.media import choose_embedded, embed_video
from mmvad.review.page_data import page_data
from mmvad.scores.cautions import list_cautions
from mmvad.scores.rule import EventRule
from mmvad.scores.scores_file import ScoresFile
from mmvad.scores.threshold_file import GIVEN

PAGE = Path(__file__).parent / 'page'
UPLOT = Path(__file__).parent / 'vendor' / 'uplot'
SCRIPTS = ('cut_events', 'verdicts', 'words', 'decode', 'clock', 'export', 'chart', 'state')
SCRIPTS += ('list', 'position', 'player', 'controls')


def write_page(
    scores: ScoresFile,
    out: str | os.PathLike,
    embed: bool = False,
    copies: Mapping[str, str | os.PathLike] | None = None,
    title: str | None = None,
    rule: EventRule | None = None,
) -> None:
    """Write the review page of scored videos, complete or not at all.

    Args:
        scores: What the page shows.
        out: HTML file. Videos are referenced relative to its folder, so that the folder can be
            moved together with them.
        embed: Put the video files into the page instead.
        copies: Other files with the same pictures, by the video's name, played where the browser
            does not know the format of the video itself, as with many recorders.
        title: Heading of the page.
        rule: Rule that the page starts with, instead of that of `scores`; a threshold of 0.5
            where neither is given.

    Raises:
        ValueError: The scores are those of whole videos, the rule has a length in seconds and a
            frame rate is not known, or a video to be embedded is larger than browsers can open.
        FileNotFoundError: A video to be embedded does not exist.
    """
    is_given, rule = rule is not None, rule or scores.rule
    made_by = dict(scores.made_by, **(dict(threshold_from=GIVEN) if is_given else {}))
    cautions, rule = list_cautions(made_by, rule), rule or EventRule()
    check_segments(scores)
    _check_rates(scores, rule)
    out, copies = Path(out), copies or {}
    embedded = choose_embedded(scores.videos, copies) if embed else {}
    texts = {
        'title': html.escape(title or 'Anomaly review'),
        'style': _read(UPLOT / 'uPlot.min.css') + _read(PAGE / 'page.css'),
        'script': page_script(),
        'licence': 'uPlot: ' + _read(UPLOT / 'LICENSE').strip(),
        'data': page_data(scores, rule, out.parent, copies, cautions),
    }
    texts['policy'] = content_policy(texts['script'], texts['style'])
    before, after = _read(PAGE / 'page.html').split('{{videos}}')
    with atomic_path(out) as draft, draft.open('w', encoding='utf-8', newline='\n') as file:
        file.write(_fill(before, texts))
        for index, path in embedded.items():
            file.writelines(embed_video(index, path))
        file.write(_fill(after, texts))


def page_script() -> str:
    """Return the page's whole script: uPlot and the files of `SCRIPTS` in one closed scope."""
    own = '\n'.join(_read(PAGE / f'{name}.js') for name in SCRIPTS)
    return f"{_read(UPLOT / 'uPlot.iife.min.js')}\n(() => {{\n'use strict';\n{own}}})();\n"


def content_policy(script: str, style: str) -> str:
    """Return the Content-Security-Policy that admits one script, one style and local videos only.

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


def check_segments(scores: ScoresFile) -> None:
    """Check that there is a score for each segment, as a curve over time needs.

    Raises:
        ValueError: A score is that of a whole video.

    Example:
        >>> check_segments(ScoresFile([]))
    """
    if scores.unit != 'segment':
        raise ValueError(
            f'expected a score for each segment, got one for each {scores.unit}, as recognizers '
            'give; there is no curve to draw'
        )


def _check_rates(scores: ScoresFile, rule: EventRule) -> None:
    for scored in scores.videos:
        if rule.needs_seconds and scored.error is None and scored.clock.edges is None:
            raise ValueError(
                f'video {scored.name!r}: min_seconds={rule.min_seconds:g} and '
                f'merge_seconds={rule.merge_seconds:g} need the frame rate, which is not known'
            )


def _fill(template: str, texts: Mapping[str, str]) -> str:
    """Fill in all texts in one pass, so that nothing in a text counts as a place to fill."""
    return re.sub(r'\{\{(\w+)\}\}', lambda match: texts[match[1]], template)


def _read(path: Path) -> str:
    return path.read_text(encoding='utf-8')
