from datetime import UTC, datetime

import pytest

from mmvad.cli.summary import describe_event, describe_video, warn
from mmvad.clock import Clock
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo


@pytest.mark.parametrize(
    ('scores', 'line'),
    [
        ([0.25], 'a: 1 segment, highest score 0.25, 0 events'),
        ([0.25, 0.5], 'a: 2 segments, highest score 0.5, 1 event'),
        ([0.5, 0.1, 0.75], 'a: 3 segments, highest score 0.75, 2 events'),
        ([0.123456, 0.00001], 'a: 2 segments, highest score 0.1235, 0 events'),
        ([1.2343e-6], 'a: 1 segment, highest score 1.234e-06, 0 events'),
    ],
)
def test_a_video_is_a_line_of_its_counts_and_highest_score(scores, line):
    assert describe_video(ScoredVideo('a', scores).cut(EventRule(0.5))) == line


def test_a_file_of_known_length_says_how_long_the_scoring_took_beside_it():
    video = ScoredVideo('a', [0.5, 0.5], Clock(2, fps=16), seconds_taken=0.5)
    assert describe_video(video).endswith(', 0 events, real-time factor 0.250')


def test_what_ended_a_video_early_stands_at_the_end():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    video = ScoredVideo('a', [0.5], incomplete='interrupted', started_at=start, arrivals=[1])
    line = 'a: 1 segment, highest score 0.5, 0 events; incomplete: interrupted'
    assert describe_video(video) == line


def test_a_video_that_failed_says_why():
    assert describe_video(ScoredVideo('a', [], error='no stream')) == 'a: not scored: no stream'


def test_an_event_is_a_line_with_its_times_or_frames():
    scores = [0.1, 0.75, 0.5, 0.1]
    (event,) = ScoredVideo('a', scores, Clock(4, fps=16)).cut(EventRule(0.5)).events
    assert describe_event(event) == 'event 1  0:01 to 0:03  peak 0.7500  mean 0.6250'
    (event,) = ScoredVideo('a', scores).cut(EventRule(0.5)).events
    assert describe_event(event) == 'event 1  frames 16 to 48  peak 0.7500  mean 0.6250'


def test_cautions_are_lines_on_stderr(capsys):
    warn(['Doubtful.', 'Untrained\x1b[2J.'])
    out, error = capsys.readouterr()
    assert out == '' and error.startswith('warning: Doubtful.\nwarning: Untrained')
    assert '\x1b' not in error
