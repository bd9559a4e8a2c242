import csv
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from mmvad import review
from mmvad.clock import Clock
from mmvad.files import escape_controls
from mmvad.review.table import COLUMNS, harmless_cell, write_table
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, failed_video
from mmvad.scores.scores_file import ScoresFile


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


def in_the_page(function, *arguments):
    """Call a function of the review page's export in Node."""
    source = (Path(review.__file__).parent / 'page' / 'export.js').read_text('utf-8')
    call = f'{source}; console.log(JSON.stringify({function}(...{json.dumps(arguments)})))'
    done = subprocess.run(['node', '-e', call], capture_output=True, check=True, text=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize('start', ['=', '+', '-', '@', '\t', '\r', '\n'])
def test_a_name_that_a_spreadsheet_takes_for_a_formula_is_written_as_a_text(tmp_path, start):
    name = f'{start}cmd|A1.mp4'
    (line,) = table(tmp_path, ScoredVideo(name, [0.1]))
    assert (line['video'], line['score']) == (f"'{escape_controls(name)}", '0.1')


def test_control_characters_of_a_name_are_escaped(tmp_path):
    (line,) = table(tmp_path, ScoredVideo('a\x1b[2J\u202eb\r.mp4', [0.1]))
    assert line['video'] == r'a\x1b[2J\u202eb\r.mp4'


@pytest.mark.skipif(shutil.which('node') is None, reason='runs the page in Node')
@pytest.mark.parametrize('name', ['=1', '+1', '-', '@', '\t', '\r', 'a\x1b\x9f\u202e\u061c\n', 'ü'])
def test_the_page_writes_names_as_the_table_does(name):
    assert in_the_page('harmlessCell', name) == harmless_cell(name)
