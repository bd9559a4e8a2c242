"""Events on the review page: cut, timed and exported as Python does."""

import csv
import io
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from video_files import numbered_frames, write_video

from mmvad.clock import Clock
from mmvad.review.page_data import page_data
from mmvad.scores.events import Event
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, ScoreGap
from mmvad.scores.scores_file import ScoresFile


def test_slider_changes_the_events_and_reset_brings_them_back(page):
    page.set('threshold', '80')
    assert page.rows == 1
    assert page.text('found') == '1 event in this video; 1 event in 1 of 2 videos'
    page.set('threshold', '5')
    assert page.rows == 1  # low: the whole video is one event
    page.set('threshold-number', '95')
    assert page.rows == 0
    assert page.find('#no-events').is_displayed()
    page.set('threshold-number', '101')
    assert page.run('return mmvad.state.rule.threshold') == 0.95
    assert page.find('#threshold-number').get_attribute('aria-invalid') == 'true'
    page.find('#reset').click()
    page.wait('document.getElementById("events").rows.length === 2')


def test_settings_of_the_rule_change_the_events(page):
    page.set('merge-seconds', '3.2')  # four segments of 0.8 s lie between the events
    assert page.rows == 1
    page.set('merge-seconds', '3.1')
    assert page.rows == 2
    page.set('min-seconds', '1.6')
    assert page.rows == 1
    page.set('low-ratio', '100')
    assert page.rows == 0
    page.set('min-seconds', '-1')
    assert page.run('return mmvad.state.rule.min_seconds') == 1.6


def test_lengths_are_refused_where_a_frame_rate_is_not_known(open_page, unrated, page):
    for identifier in ('min-seconds', 'merge-seconds'):
        assert page.find(f'#{identifier}').get_attribute('disabled') is None
    page = open_page(unrated)
    page.run('document.getElementById("rule").open = true')
    for identifier in ('min-seconds', 'merge-seconds'):
        assert not page.find(f'#{identifier}').is_enabled()
        assert page.find(f'#{identifier}').get_attribute('aria-describedby') == 'no-seconds'
    told = page.find('#no-seconds').text
    assert told == 'No lengths in seconds: the frame rate of camera #1 is not known.'


def test_events_are_exported_as_python_gives_them(page, scores, tmp_path):
    page.driver.execute_cdp_cmd(
        'Page.setDownloadBehavior', {'behavior': 'allow', 'downloadPath': str(tmp_path)}
    )
    page.set('threshold-number', '30')
    page.set('min-seconds', '0.7')
    for identifier, name in (('save-csv', 'events.csv'), ('save-json', 'events.json')):
        page.find(f'#{identifier}').click()
        page.until(lambda path=tmp_path / name: path.exists() and path.stat().st_size)
    rule = EventRule(0.3, low_ratio=0.5, min_seconds=0.7)
    content = json.loads((tmp_path / 'events.json').read_text('utf-8'))
    assert content['rule'] == rule.to_dict()
    lines = csv.DictReader(io.StringIO((tmp_path / 'events.csv').read_text('utf-8')))
    expected = []
    for video, exported in zip(scores.cut(rule).videos[:2], content['videos'], strict=True):
        assert exported['events'] == [asdict(event) for event in video.events]
        expected += [(video.name, *asdict(event).values()) for event in video.events]
    assert lines.fieldnames == ['video', *Event.__dataclass_fields__, 'clock_time']
    found = [
        (line.pop('video'), line.pop('clock_time'), *map(float, line.values())) for line in lines
    ]
    assert found == [(name, '', *map(float, numbers)) for name, *numbers in expected]


def random_video(rng, index):
    """A video of any clock and its rule, with the ties and near misses that floats have."""
    scores = rng.random(rng.integers(1, 80), np.float32)
    if rng.random() < 0.5:
        scores = np.round(scores * 10).astype(np.float32) / np.float32(10)  # ties
    count = len(scores)
    threshold = float(rng.choice([rng.random(), rng.choice(scores), rng.integers(0, 11) / 10]))
    ratio = float(rng.choice([1, 0.5, 0.8, 1 - rng.random()]))
    scores[rng.integers(0, count)] = EventRule(threshold, ratio).low_threshold
    num_frames = None if rng.random() < 0.3 else 16 * count - int(rng.integers(0, 16))
    kind = rng.choice(['unknown', 'constant', 'variable'], p=[0.2, 0.3, 0.5])
    fps = None if kind == 'unknown' else float(rng.choice([25, 29.97, 30]))
    steps = rng.choice([0, 0.4, 0.1 + 0.2, 0.53, 3 * rng.random()], count)
    times = np.concatenate([[0], np.cumsum(steps)]) if kind == 'variable' else None
    clock = Clock(count, num_frames, fps, times)
    lengths = [0.0, 0.0]
    if kind != 'unknown':  # often lengths that stand in the video, give or take the tolerance
        pairs = clock.edges[rng.integers(0, count + 1, (2, 2))]
        near = np.abs(np.diff(pairs).ravel()) + rng.choice([0, 5e-7, -5e-7, 2e-6, -2e-6], 2)
        lengths = [max(0.0, float(length)) for length in near * rng.integers(0, 2, 2)]
    breaks = sorted(rng.integers(0, count + 1, rng.integers(0, 3)).tolist())
    gaps = [ScoreGap(segment, 1.0, 1, 'lost') for segment in breaks]
    video = ScoredVideo(str(index), scores, clock, gaps=gaps)
    return video, EventRule(threshold, ratio, *lengths)


def test_javascript_and_python_cut_the_same_events(page):
    rng = np.random.default_rng(0)
    cases = [random_video(rng, index) for index in range(500)]
    packed = json.loads(page_data(ScoresFile([v for v, _ in cases]), EventRule(), Path('.')))
    found = page.run(
        'return arguments[0].map((packed, index) => {'
        'const video = mmvad.readVideo(packed, index, 16);'
        'return mmvad.describeEvents(video, mmvad.cutVideo(video, arguments[1][index])) })',
        packed['videos'],
        [asdict(rule) for _, rule in cases],
    )
    assert sum(map(len, found)) > 500
    for (video, rule), events in zip(cases, found, strict=True):
        assert events == [asdict(event) for event in video.cut(rule).events], (video, rule)


def test_a_live_source_shows_its_gaps_and_the_time_on_the_clock(open_page):
    video = ScoredVideo(
        'rtsp://camera #1',
        [0.1, 0.9, 0.9, 0.1],
        Clock(4, fps=16),
        gaps=[ScoreGap(2, 3.5, 1, 'the source ended')],
        started_at=datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC),
        arrivals=[1.0, 2.0, 6.5, 7.5],
        incomplete='still running',
    )
    page = open_page(ScoresFile([video]), rule=EventRule(0.5, merge_seconds=60))
    assert page.text('notice').startswith('Only the part up to here was scored: still running.')
    assert page.find('#legend-gap').is_displayed() and page.find('#clock-time').is_displayed()
    assert page.rows == 2  # nothing is joined over a gap
    page.to_start()
    page.press('n')
    page.press('n')
    page.wait('document.getElementById("live").textContent.includes("after a gap of 3.5 s")')
    seen = page.run('return new Date("2026-11-24T12:00:06.500Z").toLocaleString()')
    assert seen in page.text('events')
    _, line = csv.DictReader(
        io.StringIO(page.run('return mmvad.eventsCsv(mmvad.run, mmvad.run.rule)'))
    )
    assert line['clock_time'] == '2026-11-24T12:00:06.500Z'
    assert page.errors() == []


@pytest.fixture
def variable(tmp_path):
    """64 frames at 20 a second, then 36 at 4 a second, in a video that Chromium plays."""
    times = np.concatenate([np.arange(64) * 50, 3200 + np.arange(36) * 250])
    path = write_video(tmp_path / 'v.webm', numbered_frames(100), 'libvpx', 20, times=times)
    edges = np.array([0, 0.8, 1.6, 2.4, 3.2, 7.2, 11.2, 12.2])
    scores = [0.1, 0.1, 0.1, 0.1, 0.9, 0.1, 0.1]
    clock = Clock(7, 100, segment_times=edges)
    return ScoredVideo(str(path), scores, clock, annotated_events=[(64, 72)])


def test_a_video_of_variable_rate_is_labelled_and_played_at_its_true_times(open_page, variable):
    page = open_page(ScoresFile([variable]))
    page.wait('document.getElementById("player").readyState >= 2')
    cells = 'return [...document.getElementById("events").rows[0].cells].map((c) => c.textContent)'
    assert page.run(cells)[1:3] == ['0:03.2', '0:07.2']
    assert page.run('return mmvad.run.videos[0].annotatedEvents') == [[3.2, 5.2]]
    page.press('n')
    page.wait('Math.abs(document.getElementById("player").currentTime - 3.325) < 0.001')
    assert page.segment == 4 and page.text('now-score') == '90%'
    page.run('document.getElementById("player").currentTime = 7.19')
    page.wait('mmvad.state.time === 7.19')
    assert page.segment == 4
    for time in (7.199999, 7.2):  # a player rounds to microseconds
        page.run('document.getElementById("player").currentTime = arguments[0]', time)
        page.wait('mmvad.state.time === arguments[0]', time)
        assert page.segment == 5
    assert abs(page.playhead - 7.2 / 12.2) < 0.01
    assert page.text('segment-seconds') == ', 0.8 to 4 s in this video'


def test_segments_without_length_do_not_stop_the_arrow_keys(open_page):
    from selenium.webdriver import Keys

    clock = Clock(4, segment_times=np.array([0, 1, 1, 2, 3.0]))
    page = open_page(ScoresFile([ScoredVideo('a', [0.1, 0.2, 0.3, 0.4], clock)]))
    page.to_start()
    seen = []
    for key in (Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.ARROW_LEFT):
        page.press(key, '#timeline')
        seen.append(page.segment)
    assert seen == [2, 3, 2, 0]
