import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mmvad.apis.segment_stream import SegmentScore
from mmvad.cli.live_lines import (
    LagWatch,
    describe_change,
    describe_gap,
    describe_score,
)
from mmvad.scores.events import Event, EventChange
from mmvad.scores.scored_video import ScoreGap

START = datetime(2026, 1, 1, tzinfo=UTC)


def late(number, seconds):
    """Segment of this number, a second long, that comes so many seconds late."""
    came = START + timedelta(seconds=number + seconds)
    return SegmentScore(number, 0, 16, float(number), number + 1.0, 0.5, None, came)


def test_falling_behind_is_told_when_it_doubles():
    watch = LagWatch()
    found = [watch.look(late(n, lag), lost=0.0) for n, lag in enumerate([3, 8, 14, 20, 30])]
    assert found == [None, None, 11.0, None, 27.0]
    assert watch.look(late(5, 130), lost=100.0) is None


def test_ten_seconds_are_told_and_less_are_not():
    assert LagWatch().look(late(0, 50), lost=0.0) is None  # lag counts from the first one
    for lag, told in ((9.9, None), (10.0, 10.0)):
        watch = LagWatch()
        watch.look(late(0, 0), lost=0.0)
        assert watch.look(late(1, lag), lost=0.0) == told


def test_seconds_lost_before_the_first_segment_are_not_taken_from_the_lag():
    watch = LagWatch()
    assert watch.look(late(0, 0), lost=40.0) is None
    assert watch.look(late(1, 15), lost=42.0) == 13.0


def test_without_a_frame_rate_no_lag_is_known():
    watch = LagWatch()
    for number, lag in enumerate([0, 100]):
        assert watch.look(replace(late(number, lag), start_time=None), lost=0.0) is None


def test_a_score_is_a_line_of_its_place_and_its_local_time_if_asked_for():
    score = late(3, 0)
    line = 'segment 3  frames 0-16  0:03  score 0.5000'
    assert describe_score(score) == line
    clock = score.arrived_at.astimezone().strftime('%H:%M:%S')
    assert describe_score(score, with_clock=True) == line.replace('0:03', f'0:03  {clock}')
    untimed = describe_score(replace(score, start_time=None), with_clock=True)
    assert re.fullmatch(rf'segment 3  frames 0-16  {clock}  score 0\.5000', untimed)


@pytest.mark.parametrize(
    ('kind', 'times', 'line'),
    [
        ('start', (2.0, 63.5), 'EVENT 7 starts at 0:02, score 0.9000'),
        ('end', (2.0, 63.5), 'EVENT 7 ends at 1:03.5, peak 0.9000'),
        ('start', (None, None), 'EVENT 7 starts at frame 32, score 0.9000'),
        ('end', (None, None), 'EVENT 7 ends at frame 48, peak 0.9000'),
    ],
)
def test_an_event_says_where_it_starts_and_ends(kind, times, line):
    event = Event(7, 2, 3, 32, 48, *times, 0.9, 0.5)
    assert describe_change(EventChange(kind, event)) == line


def test_a_gap_says_how_long_it_was_or_that_it_did_not_end():
    gap = ScoreGap(3, seconds=61.04, attempts=2, reason='rain')
    assert describe_gap(gap) == 'gap of 61.0 s, opened again at attempt 2: rain'
    assert describe_gap(replace(gap, seconds=None)) == 'gap, not opened again in 2 attempts: rain'
