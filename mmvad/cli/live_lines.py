"""What a live run says: a line per segment, event and gap, and how far it lags behind."""

from mmvad.apis.segment_stream import SegmentScore
from mmvad.clock import format_seconds
from mmvad.scores.events import EventChange
from mmvad.scores.scored_video import ScoreGap


class LagWatch:
    """Notices when segments come later than their number says.

    Example:
        >>> from datetime import datetime, timedelta
        >>> start = datetime(2026, 1, 1)
        >>> first = SegmentScore(0, 0, 16, 0.0, 1.0, 0.5, None, start)
        >>> later = SegmentScore(1, 16, 32, 1.0, 2.0, 0.5, None, start + timedelta(seconds=15))
        >>> watch = LagWatch()
        >>> watch.look(first, lost=0.0), watch.look(later, lost=2.0)
        (None, 12.0)
    """

    def __init__(self) -> None:
        self._first: SegmentScore | None = None
        self._lost_before = 0.0
        self._told = 5.0

    def look(self, score: SegmentScore, lost: float) -> float | None:
        """Take a score as it comes.

        Args:
            score: The next one.
            lost: Seconds of all gaps up to it.

        Returns:
            Seconds by which the segment came later than the frames since the first one say, where
            these are twice as many as when it was last told, and at least 10; else None.
        """
        if score.start_time is None:
            return None
        if self._first is None:
            self._first, self._lost_before = score, lost
        passed = (score.arrived_at - self._first.arrived_at).total_seconds()
        lag = passed - (score.start_time - self._first.start_time) - (lost - self._lost_before)
        if lag < 2 * self._told:
            return None
        self._told = lag
        return lag


def describe_score(score: SegmentScore, with_clock: bool = False) -> str:
    """Write a segment's score as a line.

    Args:
        score: The score.
        with_clock: Whether to say at what local time the segment came.

    Example:
        >>> from datetime import datetime
        >>> describe_score(SegmentScore(3, 48, 64, 1.92, 2.56, 0.75, None, datetime(2026, 1, 1)))
        'segment 3  frames 48-64  0:01.9  score 0.7500'
    """
    seconds = '' if score.start_time is None else f'  {format_seconds(score.start_time)}'
    seconds += f'  {score.arrived_at.astimezone():%H:%M:%S}' if with_clock else ''
    frames = f'frames {score.start_frame}-{score.end_frame}'
    return f'segment {score.segment}  {frames}{seconds}  score {score.score:.4f}'


def describe_change(change: EventChange) -> str:
    """Write the start or end of an event as a line.

    Example:
        >>> from mmvad.scores.events import Event
        >>> describe_change(EventChange('start', Event(1, 2, 3, 32, 48, 2.0, 3.0, 0.9, 0.9)))
        'EVENT 1 starts at 0:02, score 0.9000'
    """
    event, is_start = change.event, change.kind == 'start'
    seconds = event.start_time if is_start else event.end_time
    frame = event.start_frame if is_start else event.end_frame
    place = f'frame {frame}' if seconds is None else format_seconds(seconds)
    what = f'starts at {place}, score' if is_start else f'ends at {place}, peak'
    return f'EVENT {event.id} {what} {event.peak_score:.4f}'


def describe_gap(gap: ScoreGap) -> str:
    """Write a gap as a line.

    Example:
        >>> describe_gap(ScoreGap(3, seconds=3.25, attempts=2, reason='the source ended'))
        'gap of 3.2 s, opened again at attempt 2: the source ended'
        >>> describe_gap(ScoreGap(3, seconds=None, attempts=9, reason='no route'))
        'gap, not opened again in 9 attempts: no route'
        >>> describe_gap(ScoreGap(3, seconds=0.64, attempts=0, reason='no score'))
        'gap of 0.6 s: no score'
    """
    if gap.seconds is None:
        return f'gap, not opened again in {gap.attempts} attempts: {gap.reason}'
    if not gap.attempts:
        return f'gap of {gap.seconds:.1f} s: {gap.reason}'
    return f'gap of {gap.seconds:.1f} s, opened again at attempt {gap.attempts}: {gap.reason}'
