import csv
import os
from datetime import UTC, datetime

import numpy as np

from mmvad.review.table import COLUMNS, write_table
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, failed_video
from mmvad.scores.scores_file import ScoresFile
from mmvad.timeline import Clock


def table(tmp_path, *videos):
    write_table(ScoresFile(videos).cut(EventRule(0.5)), tmp_path / 'scores.csv')
    with (tmp_path / 'scores.csv').open(newline='', encoding='utf-8') as file:
        lines = list(csv.DictReader(file))
    assert all(tuple(line) == COLUMNS for line in lines)
    return lines


def test_table_has_one_line_a_segment_with_its_event(tmp_path):
    scores = np.float32([0.1, 0.9, 0.30000001])
    lines = table(
        tmp_path, ScoredVideo('a,b', scores, Clock(3, 40, fps=10)), failed_video('c', 'torn')
    )
    assert [list(line.values()) for line in lines] == [
        ['a,b', '0', '0', '16', '0.0', '1.6', '0.1', '', ''],
        ['a,b', '1', '16', '32', '1.6', '3.2', '0.9', '1', ''],
        ['a,b', '2', '32', '40', '3.2', '4.0', '0.3', '', ''],
    ]


def test_times_are_those_of_the_segments_in_a_video_of_variable_rate(tmp_path):
    clock = Clock(2, segment_times=np.array([0, 0.533333333, 5.1]))
    lines = table(tmp_path, ScoredVideo('a', [0.1, 0.2], clock))
    assert [(line['start_time'], line['end_time']) for line in lines] == [
        ('0.0', '0.533333'),
        ('0.533333', '5.1'),
    ]


def test_times_are_empty_where_the_rate_is_not_known(tmp_path):
    (line,) = table(tmp_path, ScoredVideo('a', [0.1]))
    assert (line['end_frame'], line['start_time'], line['end_time']) == ('16', '', '')


def test_a_live_source_has_the_time_on_the_clock(tmp_path):
    started_at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    video = ScoredVideo('0', [0.1, 0.2], started_at=started_at, arrivals=[0.5, 61.25])
    times = [line['clock_time'] for line in table(tmp_path, video)]
    assert times == ['2026-11-24T12:00:00.500+00:00', '2026-11-24T12:01:01.250+00:00']


def test_file_names_that_are_no_utf8_stand_as_they_are(tmp_path):
    write_table(ScoresFile([ScoredVideo(os.fsdecode(b'caf\xe9'), [0.1])]), tmp_path / 'a.csv')
    assert b'\ncaf\xe9,0,' in (tmp_path / 'a.csv').read_bytes()
