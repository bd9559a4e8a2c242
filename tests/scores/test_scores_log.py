import json
import os
import re

import numpy as np
import pytest
from scored_examples import NOON, assert_same, random_file, random_stream
from test_scores_file import DOCS

from mmvad.clock import Clock
from mmvad.scores.events import EventMachine
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, ScoreGap, failed_video
from mmvad.scores.scores_file import read_scores, write_scores
from mmvad.scores.scores_log import RUNNING, ScoresLog, read_log

RULE = EventRule(0.8, low_ratio=0.8, min_seconds=1.5, merge_seconds=1.3)
MADE_BY = dict(detector='salient_ucf', bag_size=28)
HEAD = dict(kind='run', version=2, made_by={}, rule=EventRule().to_dict())
SOURCE = dict(kind='source', video='gate', fps=16.0, started_at=None)
SEGMENT = dict(kind='segment', segment=0, time=0.0, score=0.5, attention=None, arrival=None)
END = dict(kind='end', num_frames=None, incomplete=None)


def write_source(log, video, end=True, rule=RULE):
    """Write a video as a live run does, and give the events that it announced."""
    machine, events = EventMachine(rule), []
    gaps = {gap.segment: gap for gap in video.gaps}

    def announce(changes):
        for change in changes:
            log.event(change)
            events.extend([change.event] if change.kind == 'end' else [])

    log.source(video.name, video.clock.fps, video.started_at)
    edges = video.clock.edges
    for segment, score in enumerate(video.scores):
        if segment in gaps:
            announce(machine.flush())
            log.gap(gaps[segment])
        attention = None if video.attention is None else video.attention[:, segment]
        arrival = None if video.arrivals is None else video.arrivals[segment]
        log.segment(segment, float(edges[segment]), score, attention, arrival)
        announce(machine.push(score, (edges[segment], edges[segment + 1])))
    if not end:
        return events
    announce(machine.flush())
    if len(video.scores) in gaps:
        log.gap(gaps[len(video.scores)])
    edges = video.clock.edges
    end_time = None if edges is None else float(edges[-1])
    log.end(video.clock.num_frames, video.incomplete, end_time)
    return events


def live_video(count=200, **changes):
    rng = np.random.default_rng(count)
    known = dict(
        scores=rng.random(count, np.float32),
        clock=Clock(count, fps=12.5),
        attention=rng.random((2, count), np.float32),
        started_at=NOON,
        arrivals=np.round(np.arange(count) * 1.28 + rng.random(count), 3),
        gaps=[ScoreGap(50, 3.5, 2, 'lost')],
    )
    return ScoredVideo('rtsp://gate', **{**known, **changes})


def lines(*values):
    return [json.dumps(value) + '\n' for value in values]


def test_videos_survive_the_log(tmp_path):
    videos = [random_file().cut(RULE), failed_video('caf\udce9.mp4', 'no video stream')]
    with ScoresLog(tmp_path / 'made' / 'scores.jsonl', MADE_BY, RULE) as log:
        for video in videos:
            log.video(video)
    scores = read_scores(tmp_path / 'made' / 'scores.jsonl')
    assert (scores.made_by, scores.rule, scores.unit) == (MADE_BY, RULE, 'segment')
    for before, after in zip(videos, scores.videos, strict=True):
        assert_same(before, after)


@pytest.mark.parametrize(
    'video',
    [
        live_video(),
        live_video(incomplete='interrupted'),
        random_stream(),
        live_video(attention=None, started_at=None, arrivals=None, gaps=()),
    ],
)
def test_a_source_s_segments_survive_the_log_with_the_events_that_were_announced(tmp_path, video):
    with ScoresLog(tmp_path / 'scores.jsonl', MADE_BY, RULE) as log:
        events = write_source(log, video)
    (read,) = read_scores(tmp_path / 'scores.jsonl').videos
    assert_same(read, video.cut(RULE))
    assert read.events == tuple(events)
    assert len(video.scores) < 100 or len(events) > 5


def test_a_log_goes_into_a_scores_file(tmp_path):
    with ScoresLog(tmp_path / 'scores.jsonl', MADE_BY, RULE) as log:
        write_source(log, live_video())
    scores = read_scores(tmp_path / 'scores.jsonl')
    write_scores(tmp_path / 'scores.json', scores)
    assert_same(read_scores(tmp_path / 'scores.json').videos[0], scores.videos[0])


def test_segment_times_of_variable_rate_survive_the_log(tmp_path):
    clock = Clock(3, fps=16, segment_times=[0, 0.5, 2.25, 2.75])
    video = ScoredVideo('a', [0.9, 0.1, 0.2], clock)
    with ScoresLog(tmp_path / 'scores.jsonl', {}, RULE) as log:
        write_source(log, video)
    (read,) = read_scores(tmp_path / 'scores.jsonl').videos
    assert_same(read, video.cut(RULE))


def test_source_of_unknown_rate_has_no_times(tmp_path):
    with ScoresLog(tmp_path / 'scores.jsonl', {}, EventRule()) as log:
        log.source('a', None, None)
        log.segment(0, None, 0.9, None, None)
        log.end(9)
    (read,) = read_scores(tmp_path / 'scores.jsonl').videos
    assert read.clock.edges is None and read.clock.num_frames == 9
    assert len(read.events) == 1


def test_a_running_source_is_read_while_it_is_written(tmp_path):
    video = live_video(60)
    with ScoresLog(tmp_path / 'scores.jsonl', MADE_BY, RULE) as log:
        write_source(log, video, end=False)
        (read,) = read_scores(tmp_path / 'scores.jsonl').videos
        assert read.incomplete == RUNNING
        assert (read.scores == video.scores).all()
        assert read.events == video.cut(RULE).events
        log.end()
        assert read_scores(tmp_path / 'scores.jsonl').videos[0].incomplete is None


def test_a_source_without_a_segment_is_no_scored_video(tmp_path):
    with ScoresLog(tmp_path / 'scores.jsonl', {}, RULE) as log:
        log.source('a', 25, NOON)
        assert read_scores(tmp_path / 'scores.jsonl').videos[0].error == RUNNING
        log.end()
    assert read_scores(tmp_path / 'scores.jsonl').videos[0].error == 'no segment was scored'


def test_a_log_cut_off_at_any_byte_is_read_up_to_its_last_whole_line(tmp_path):
    with ScoresLog(tmp_path / 'scores.jsonl', MADE_BY, RULE) as log:
        log.video(random_file())
        write_source(log, live_video(5, gaps=()))
    content = (tmp_path / 'scores.jsonl').read_bytes()
    start = content.index(b'\n') + 1
    for length in range(start, len(content)):
        (tmp_path / 'cut.jsonl').write_bytes(content[:length])
        scores = read_scores(tmp_path / 'cut.jsonl')
        kinds = [json.loads(line)['kind'] for line in content[:length].split(b'\n')[:-1]]
        assert len(scores.videos) == kinds.count('video') + kinds.count('source')
        if 'source' in kinds:
            assert len(scores.videos[-1].scores) == kinds.count('segment')


def test_several_sources_follow_each_other(tmp_path):
    first, second = live_video(5, gaps=()), random_stream('rtsp://door')
    with ScoresLog(tmp_path / 'scores.jsonl', {}, RULE) as log:
        write_source(log, first)
        log.video(random_file())
        write_source(log, second)
        log.source('rtsp://yard', None, None)
        log.source('rtsp://hall', None, None)
    read = read_scores(tmp_path / 'scores.jsonl').videos
    assert [video.name for video in read] == [
        'rtsp://gate',
        random_file().name,
        'rtsp://door',
        'rtsp://yard',
        'rtsp://hall',
    ]
    assert_same(read[0], first.cut(RULE))
    assert_same(read[2], second.cut(RULE))


def test_a_gap_is_told_when_it_begins_and_again_when_it_ends(tmp_path):
    with ScoresLog(tmp_path / 'scores.jsonl', {}, EventRule()) as log:
        log.source('a', 16, None)
        log.segment(0, 0.0, 0.9, None, None)
        log.gap(ScoreGap(1, None, 0, 'lost'))
        assert len(read_scores(tmp_path / 'scores.jsonl').videos[0].gaps) == 1
        log.gap(ScoreGap(1, 2.5, 3, 'lost'))
        log.segment(1, 1.0, 0.9, None, None)
    (read,) = read_scores(tmp_path / 'scores.jsonl').videos
    assert read.gaps == (ScoreGap(1, 2.5, 3, 'lost'),)
    assert len(read.events) == 2


def test_two_gaps_at_one_segment_both_stay():
    gap = dict(kind='gap', segment=0, seconds=1.0, attempts=1, reason='lost')
    (read,) = read_log(lines(HEAD, SOURCE, gap, gap, SEGMENT, END)).videos
    assert len(read.gaps) == 2


def test_a_log_that_is_there_is_kept_under_another_name(tmp_path):
    for name in 'abc':
        with ScoresLog(tmp_path / 'scores.jsonl', {}, RULE) as log:
            log.video(ScoredVideo(name, [0.5]))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 3 and all(name.endswith('.jsonl') for name in names)
    kept = {read_scores(tmp_path / name).videos[0].name for name in names}
    assert kept == set('abc')
    assert read_scores(tmp_path / 'scores.jsonl').videos[0].name == 'c'


def test_an_empty_log_is_overwritten(tmp_path):
    (tmp_path / 'scores.jsonl').touch()
    with ScoresLog(tmp_path / 'scores.jsonl', {}, RULE):
        assert os.listdir(tmp_path) == ['scores.jsonl']
    assert read_scores(tmp_path / 'scores.jsonl').videos == []


def test_lines_are_ascii_and_short(tmp_path):
    with ScoresLog(tmp_path / 'scores.jsonl', {}, RULE) as log:
        log.source('门', None, None)
        log.segment(0, 0.0, np.float32(0.1), np.array([0.7], np.float32), 1.23456)
    last = (tmp_path / 'scores.jsonl').read_text(encoding='ascii').splitlines()[-1]
    assert json.loads(last) == dict(
        kind='segment', segment=0, time=0.0, score=0.1, attention=[0.7], arrival=1.235
    )


def test_documentation_names_every_kind_and_key_of_the_lines(tmp_path):
    with ScoresLog(tmp_path / 'scores.jsonl', {}, RULE) as log:
        write_source(log, live_video())
        log.video(random_file())
    named = set(re.findall(r'`(\w+)`', DOCS.read_text(encoding='utf-8')))
    for line in (tmp_path / 'scores.jsonl').read_text().splitlines():
        content = json.loads(line)
        assert {content['kind'], *content} <= named


def test_a_scores_file_is_no_log_and_a_log_no_scores_file(tmp_path):
    (tmp_path / 'a.jsonl').write_text(json.dumps(HEAD))
    assert read_scores(tmp_path / 'a.jsonl').videos == []
    (tmp_path / 'a.jsonl').write_text('{"kind": "run", "vers')
    with pytest.raises(ValueError, match=r'a.jsonl: not a JSON file'):
        read_scores(tmp_path / 'a.jsonl')


@pytest.mark.parametrize(
    ('change', 'text'),
    [
        (dict(version=1), 'expected a log of version 2, got 1'),
        (dict(version=None), 'expected a log of version 2, got None'),
        (dict(made_by=None), 'data.made_by must be object, got None'),
        (dict(made_by=dict(a=[])), 'data.made_by.a must be string or number'),
        (dict(rule=None), 'an event rule must have the keys'),
    ],
)
def test_malformed_head_is_an_error_that_names_the_file(tmp_path, change, text):
    (tmp_path / 'a.jsonl').write_text(json.dumps({**HEAD, **change}) + '\n')
    with pytest.raises(ValueError, match=f'a.jsonl: {text}'):
        read_scores(tmp_path / 'a.jsonl')


@pytest.mark.parametrize(
    ('values', 'text'),
    [
        ([SEGMENT], "line 2: no line of kind 'segment' belongs here"),
        ([END], "line 2: no line of kind 'end' belongs here"),
        ([SOURCE, END, SEGMENT], "line 4: no line of kind 'segment' belongs here"),
        ([SOURCE, dict(kind='alarm')], "line 3: no line of kind 'alarm' belongs here"),
        ([dict(video='a')], 'line 2: no line of kind None belongs here'),
        ([[]], 'line 2: expected an object, got list'),
        ([dict(kind='source', video='a')], "line 2: lacks 'fps'"),
        ([SOURCE, dict(SEGMENT, segment=1)], 'line 3: expected segment 0, got 1'),
        ([SOURCE, SEGMENT, SEGMENT], 'line 4: expected segment 1, got 0'),
        ([SOURCE, dict(SEGMENT, score=None)], 'line 3: must be real number'),
        (
            [SOURCE, SEGMENT, dict(SEGMENT, segment=1, attention=[1])],
            'line 4: expected 0 weights .* got 1',
        ),
        ([SOURCE, SEGMENT, dict(SEGMENT, segment=1, time=None)], r'line 4: .* got 0 and \[\]'),
        ([SOURCE, dict(SEGMENT, score=2), END], r"line 4: video 'gate': scores must lie in"),
        ([SOURCE, dict(kind='gap', segment=1)], 'line 3: .*missing'),
        ([dict(kind='video', video='a', scores='')], r'line 2: data.videos\[0\].scores must be'),
        ([dict(kind='video', video='a', scores=[])], "line 2: video 'a': expected scores of"),
    ],
)
def test_line_that_is_none_of_a_log_is_an_error_that_names_its_number(values, text):
    with pytest.raises(ValueError, match=text):
        read_log(lines(HEAD, *values))


def test_a_broken_line_in_the_midst_is_an_error():
    with pytest.raises(ValueError, match='line 2: '):
        read_log([*lines(HEAD), '{"kind"\n', *lines(SOURCE)])


def test_a_video_twice_is_an_error():
    with pytest.raises(ValueError, match="'gate' was scored more than once"):
        read_log(lines(HEAD, SOURCE, END, SOURCE, END))
