"""Packs scored videos for the review page; ``page/decode.js`` reads them."""

import base64
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from mmvad.review.media import video_sources
from mmvad.scores.attention_shares import attention_limit, attention_shares
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile
from mmvad.timeline import SEGMENT_FRAMES


def page_data(
    scores: ScoresFile,
    rule: EventRule,
    folder: Path,
    copies: Mapping[str, str | os.PathLike] | None = None,
    cautions: Sequence[str] = (),
) -> str:
    """Pack scores for the page: JSON that is safe within a script element.

    Scores are float32, times float64, attention weights multiples of an even share
    (`attention_shares`), as 16-bit fractions of the video's largest one; all little-endian in
    base64. The page computes the times of a constant frame rate itself,
    and cuts the events.

    Args:
        scores: What the page shows.
        rule: Rule that the page starts with.
        folder: Folder of the page.
        copies: See `write_page`.
        cautions: Sentences that the page begins with, see `list_cautions`.

    Returns:
        ASCII text without ``<``.

    Example:
        >>> from mmvad.scores.scored_video import failed_video
        >>> scores = ScoresFile([failed_video('</script>', 'unreadable')])
        >>> '</script>' in page_data(scores, EventRule(), Path('.'))
        False
    """
    data = {
        'madeBy': dict(scores.made_by),
        'rule': asdict(rule),
        'cautions': list(cautions),
        'segmentFrames': SEGMENT_FRAMES,
        'videos': [
            _pack_video(scored, scores.made_by, folder, copies or {}) for scored in scores.videos
        ],
    }
    text = json.dumps(data, allow_nan=False, separators=(',', ':'))
    return text.replace('<', '\\u003c')


def _pack_video(scored: ScoredVideo, made_by: Mapping, folder: Path, copies: Mapping) -> dict:
    clock, started_at = scored.clock, scored.started_at
    return {
        'video': scored.name,
        'sources': video_sources(scored, folder, copies),
        'fps': clock and clock.fps,
        'numFrames': clock and clock.num_frames,
        'edges': None if clock is None else _base64(clock.segment_times, '<f8'),
        'scores': _base64(scored.scores, '<f4'),
        'attention': _pack_attention(scored, made_by),
        'label': scored.label,
        'category': scored.category,
        'annotatedEvents': _pack_annotated_events(scored),
        'startedAt': started_at and started_at.isoformat(timespec='milliseconds'),
        'arrivals': _base64(scored.arrivals, '<f8'),
        'gaps': [asdict(gap) for gap in scored.gaps],
        'incomplete': scored.incomplete,
        'error': scored.error,
    }


def _pack_annotated_events(scored: ScoredVideo) -> list[list[float]] | None:
    """Return ``[start, end)`` in seconds if the clock knows them, otherwise in frames."""
    events, clock = scored.annotated_events, scored.clock
    if events is None or clock is None or clock.edges is None:
        return None if events is None else [list(event) for event in events]
    return [[clock.seconds(frame) for frame in event] for event in events]


def _pack_attention(scored: ScoredVideo, made_by: Mapping) -> dict | None:
    if scored.attention is None or not scored.attention.size:
        return None
    shares = attention_shares(scored.attention, made_by, scored.breaks)  # (R, S)
    peak = float(shares.max()) or 1.0
    parts = np.round(shares / peak * 65535)
    most = attention_limit(scored.attention, made_by)
    return {'hops': len(shares), 'most': most, 'peak': peak, 'weights': _base64(parts, '<u2')}


def _base64(array: np.ndarray | None, dtype: str) -> str | None:
    return None if array is None else base64.b64encode(array.astype(dtype).tobytes()).decode()
