"""Table of scored segments as CSV."""

import csv
import os
from collections.abc import Iterator
from datetime import timedelta

from mmvad.files import atomic_path, escape_controls
from mmvad.scores.rule import shortest_float
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile

COLUMNS = (
    'video',
    'segment',
    'start_frame',
    'end_frame',
    'start_time',
    'end_time',
    'score',
    'event',
    'clock_time',
)
FORMULA_STARTS = ('=', '+', '-', '@', '\t', '\r', '\n')


def write_table(scores: ScoresFile, out: str | os.PathLike) -> None:
    """Write one line per segment, with the columns `COLUMNS`, complete or not at all.

    Times are seconds to the microsecond, empty where the frame rate is not known. ``event`` is
    empty where the segment is in none, ``clock_time`` for files. Videos without scores have no
    line. A name that a spreadsheet would take for a formula has an apostrophe before it;
    control characters of names are escaped.

    Args:
        scores: What to write.
        out: CSV file, UTF-8.

    Example:
        >>> from pathlib import Path
        >>> from mmvad.scores.rule import EventRule
        >>> from mmvad.clock import Clock
        >>> video = ScoredVideo('a.mp4', [0.1, 0.9], Clock(2, 20, fps=10)).cut(EventRule())
        >>> write_table(ScoresFile([video]), 'scores.csv')
        >>> print(Path('scores.csv').read_text().strip())
        video,segment,start_frame,end_frame,start_time,end_time,score,event,clock_time
        a.mp4,0,0,16,0.0,1.6,0.1,,
        a.mp4,1,16,20,1.6,2.0,0.9,1,
    """
    how = dict(encoding='utf-8', errors='surrogateescape', newline='')  # file names as they are
    with atomic_path(out) as draft, draft.open('w', **how) as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(COLUMNS)
        for scored in scores.videos:
            writer.writerows(_lines(scored))


def harmless_cell(text: str) -> str:
    """Keep spreadsheets from taking a text for a formula, as OWASP advises, and escape controls.

    Example:
        >>> harmless_cell('=1+1.mp4'), harmless_cell('a=1.mp4')
        ("'=1+1.mp4", 'a=1.mp4')
    """
    mark = "'" if text.startswith(FORMULA_STARTS) else ''
    return mark + escape_controls(text)


def _lines(scored: ScoredVideo) -> Iterator[list]:
    events = {
        segment: event.id
        for event in scored.events
        for segment in range(event.start_segment, event.end_segment)
    }
    name, edges = harmless_cell(scored.name), None
    if scored.clock is not None and scored.clock.edges is not None:
        edges = scored.clock.edges.round(6).tolist()
    for segment, score in enumerate(scored.scores):
        frames = scored.clock.segment_frames(segment)
        times = ['', ''] if edges is None else edges[segment : segment + 2]
        event, arrival = events.get(segment, ''), _clock_time(scored, segment)
        yield [name, segment, *frames, *times, shortest_float(score), event, arrival]


def _clock_time(scored: ScoredVideo, segment: int) -> str:
    if scored.started_at is None:
        return ''
    arrival = scored.started_at + timedelta(seconds=float(scored.arrivals[segment]))
    return arrival.isoformat(timespec='milliseconds')
