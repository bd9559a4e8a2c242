"""Live sources: what is told is logged before, events are those of the rule, nothing is lost."""

import json
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
from toy_detector import build_inferencer, cheap_extractor, detector_config, write_checkpoint
from video_files import numbered_frames, write_video

from mmvad.addresses import as_source
from mmvad.apis.segment_stream import SegmentScore
from mmvad.cli.live import LiveRun, open_live, score_live, watch
from mmvad.scores.events import EventMachine, find_events
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoreGap
from mmvad.scores.scores_file import read_scores
from mmvad.scores.scores_log import RUNNING
from mmvad.video.errors import VideoError
from mmvad.video.live import Gap
from mmvad.video.readers import VideoReader


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('live')


@pytest.fixture(scope='module')
def extractor(folder):
    return cheap_extractor(folder)


@pytest.fixture(scope='module')
def weights(folder, extractor):
    return write_checkpoint(folder / 'best.pth', detector_config(), extractor.record)


@pytest.fixture
def inferencer(weights, extractor):
    return build_inferencer(weights, extractor, rule=0.5)


def only(path):
    (video,) = read_scores(path).videos
    return video


def changes_of(path, kind):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines = [line for line in lines if line['kind'] == 'event' and line.pop('change') == kind]
    return [{key: value for key, value in line.items() if key != 'kind'} for line in lines]


def test_a_live_source_prints_a_line_a_segment_and_its_gaps(inferencer, tmp_path):
    frames = list(numbered_frames(64))
    lines, path = [], tmp_path / 'out' / 'live.jsonl'
    gap = Gap('rain', seconds=2.0, attempts=1)
    source = iter([*frames[:32], gap, *frames[32:]])
    inferencer.rule = EventRule(1.0)
    assert score_live(inferencer, source, 'rtsp://gate', path, fps=25, say=lines.append) == 0
    assert len(lines) == 5 and lines[2] == 'gap of 2.0 s, opened again at attempt 1: rain'
    assert re.match(r'segment 0  frames 0-16  0:00  \d\d:\d\d:\d\d  score 0\.', lines[0])
    video = only(path)
    assert (video.name, video.incomplete, video.num_segments) == ('rtsp://gate', None, 4)
    assert video.gaps == (ScoreGap(2, 2.0, 1, 'rain'),)
    assert len(video.arrivals) == 4 and video.started_at is not None


@pytest.mark.parametrize(
    'settings', [{}, dict(low_ratio=0.9), dict(min_seconds=1.28), dict(merge_seconds=1.3)]
)
def test_events_as_they_come_are_those_of_the_file(weights, extractor, tmp_path, settings):
    random = np.random.default_rng(0)
    frames = random.integers(0, 256, (16 * 40 + 5, 64, 96, 3), np.uint8)
    path = write_video(tmp_path / 'noise.mp4', frames)
    inferencer = build_inferencer(weights, extractor, scoring='sliding')
    (scored,) = inferencer(path).videos
    inferencer.rule = EventRule(float(np.median(scored.scores)), **settings)
    expected = find_events(scored.scores, inferencer.rule, scored.clock)
    assert len(expected) > 1
    lines, log = [], tmp_path / 'live.jsonl'
    source, fps = open_live(str(path), extractor.settings)
    assert score_live(inferencer, source, str(path), log, fps, say=lines.append) == 0
    told = [line for line in lines if line.startswith('EVENT')]
    assert told == [
        line
        for event in expected
        for line in (
            next(line for line in told if line.startswith(f'EVENT {event.id} starts')),
            next(line for line in told if line.startswith(f'EVENT {event.id} ends')),
        )
    ]
    assert changes_of(log, 'end') == [
        {**vars(event), 'start_time': pytest.approx(event.start_time, abs=1e-9)}
        | {'end_time': pytest.approx(event.end_time, abs=1e-9)}
        for event in expected
    ]
    assert [change['id'] for change in changes_of(log, 'start')] == [e.id for e in expected]
    found = only(log)
    assert found.scores.tolist() == scored.scores.tolist()
    assert [vars(event) for event in found.events] == [
        {key: pytest.approx(value, abs=1e-6) for key, value in vars(event).items()}
        for event in expected
    ]


def test_a_variable_rate_has_its_true_times_while_it_runs(inferencer, tmp_path):
    times = [round(1000 * n / 30) for n in range(160)]
    times += [round(1000 * (160 / 30 + n / 6)) for n in range(96)]
    path = write_video(tmp_path / 'slow.mkv', numbered_frames(256), times=times)
    inferencer.rule = EventRule(0.0)
    lines, log = [], tmp_path / 'live.jsonl'
    source, fps = open_live(str(path), inferencer.extractor.settings)
    assert score_live(inferencer, source, str(path), log, fps, say=lines.append) == 0
    assert any(line.startswith('segment 10  frames 160-176  0:05.3') for line in lines)
    video = only(log)
    assert video.clock.edges[[10, 16]] == pytest.approx([160 / 30, 160 / 30 + 16], abs=0.04)
    (event,) = video.events
    assert event.end_time == pytest.approx(160 / 30 + 16, abs=0.04)
    killed = tmp_path / 'killed.jsonl'
    killed.write_text(''.join(log.read_text().splitlines(keepends=True)[:-1]))
    assert only(killed).incomplete == RUNNING
    assert only(killed).clock.edges == pytest.approx(video.clock.edges, abs=0.04)


def test_everything_that_is_told_is_in_the_log_before(inferencer, tmp_path):
    path, told = tmp_path / 'live.jsonl', []

    def say(line):
        told.append(line)
        video = only(path)
        assert video.incomplete == RUNNING
        assert video.num_segments == sum(line.startswith('segment') for line in told)
        if line.startswith('EVENT'):
            kind = 'start' if 'starts' in line else 'end'
            number = int(line.split()[1])
            assert number in [change['id'] for change in changes_of(path, kind)]

    inferencer.rule = EventRule(0.0)
    frames = iter([*numbered_frames(48), Gap('rain', 1.0), *numbered_frames(48)])
    assert score_live(inferencer, frames, 'x', path, say=say) == 0
    assert [line[:7] for line in told].count('EVENT 1') == 2
    assert len(told) == 6 + 1 + 4


def test_what_came_before_an_interrupt_or_breakdown_is_kept(inferencer, tmp_path):
    def source(error):
        yield from numbered_frames(16 * 4)
        raise error

    for error, why in ((KeyboardInterrupt(), 'interrupted'), (OSError('cable'), 'cable')):
        lines, path = [], tmp_path / f'{why}.jsonl'
        status = score_live(inferencer, source(error), 'x', path, say=lines.append)
        video = only(path)
        assert (video.num_segments, video.incomplete) == (4, why)  # a bag of 3, and the rest
        assert (status, lines[-1]) == (int(why == 'cable'), f'x: {why}')


@pytest.mark.parametrize('when', range(1, 9))
def test_an_interrupt_while_a_line_is_told_loses_and_repeats_no_segment(inferencer, tmp_path, when):
    told = []

    def say(line):
        told.append(line)
        if len(told) == when:
            raise KeyboardInterrupt

    inferencer.rule = EventRule(0.0)
    path = tmp_path / 'live.jsonl'
    assert score_live(inferencer, iter(numbered_frames(16 * 7)), 'x', path, say=say) == 0
    video = only(path)
    assert video.incomplete == 'interrupted'
    scored = [score.score for score in inferencer.stream(numbered_frames(16 * 7))]
    assert video.scores.tolist() == np.float32(scored[: video.num_segments]).tolist()
    assert video.num_segments % 3 == 0 or video.num_segments == 7
    assert len(changes_of(path, 'start')) == len(changes_of(path, 'end')) == 1


def test_an_interrupt_before_the_first_score_is_a_video_without_one(inferencer, tmp_path):
    def source():
        yield from numbered_frames(5)
        raise KeyboardInterrupt

    assert score_live(inferencer, source(), 'x', tmp_path / 'live.jsonl', say=str) == 0
    assert only(tmp_path / 'live.jsonl').error == 'interrupted'


def test_a_closed_pipe_ends_the_run_with_everything_in_the_log(inferencer, tmp_path):
    told = []

    def say(line):
        told.append(line)
        if len(told) > 1:
            raise BrokenPipeError(32, 'Broken pipe')

    path = tmp_path / 'live.jsonl'
    assert score_live(inferencer, iter(numbered_frames(16 * 5)), 'x', path, say=say) == 1
    video = only(path)
    assert video.incomplete == '[Errno 32] Broken pipe' and video.num_segments == 3


def test_an_interrupt_keeps_everything_though_its_lines_cannot_be_told(inferencer, tmp_path):
    told = []

    def source():
        yield from numbered_frames(16 * 5)
        raise KeyboardInterrupt

    def say(line):
        told.append(line)
        if len(told) > 3:
            raise BrokenPipeError

    inferencer.rule = EventRule(1.0)
    path = tmp_path / 'live.jsonl'
    assert score_live(inferencer, source(), 'x', path, say=say) == 0
    assert (only(path).num_segments, only(path).incomplete) == (5, 'interrupted')


def test_a_network_that_fails_leaves_the_log(inferencer, tmp_path):
    def source():
        yield from numbered_frames(16 * 4)
        raise RuntimeError('out of memory')

    path = tmp_path / 'live.jsonl'
    with pytest.raises(RuntimeError, match='out of memory'):
        score_live(inferencer, source(), 'x', path, say=str)
    assert (only(path).num_segments, only(path).incomplete) == (3, 'RuntimeError: out of memory')


def test_a_segment_without_a_score_ends_a_live_run_in_order(extractor, tmp_path):
    weights = write_checkpoint(tmp_path / 'a.pth', detector_config(), seed=2)
    inferencer = build_inferencer(weights, scoring='sliding')
    features = np.zeros((6, 5, 8), np.float32)
    features[3:] = 3e38 * np.random.default_rng(0).choice([-1, 1], (5, 8))
    path = tmp_path / 'live.jsonl'
    assert score_live(inferencer, features, 'x', path, say=str) == 1
    video = only(path)
    assert video.num_segments == 3
    assert video.incomplete.startswith('segment 3 has no score')


@pytest.mark.parametrize(('scoring', 'lost'), [('sliding', 3), ('bags', 3)])
def test_a_live_run_goes_on_after_features_beyond_all_bounds(
    weights, extractor, tmp_path, scoring, lost
):
    inferencer = build_inferencer(weights, extractor, scoring=scoring)
    frames = iter(numbered_frames(16 * 12))  # no file and no array: a live source
    path, lines = tmp_path / 'live.jsonl', []
    network = extractor.network
    count = 0

    def too_large(clips):
        nonlocal count
        count += 1
        scale = 3e38 if count == 4 else 1.0  # the fourth segment, in the second bag of three
        return network(clips) * scale

    too_large.feature_channels = network.feature_channels
    inferencer.extractor = replace(extractor, network=too_large)
    assert score_live(inferencer, frames, 'x', path, fps=16, say=lines.append) == 0
    video = only(path)
    assert (video.incomplete, video.num_segments) == (None, 12 - lost)
    reason = 'no score: the features are too large for the detector'
    assert video.gaps == (ScoreGap(3, float(lost), 0, reason),)
    assert lines.count(f'{reason}; the run goes on') == 1
    assert f'gap of {lost}.0 s: {reason}' in lines
    assert [line.split('  ')[0] for line in lines if line.startswith('segment')] == [
        f'segment {number}' for number in range(12 - lost)
    ]


def test_a_rule_in_seconds_needs_the_rate_of_the_source(weights, extractor, tmp_path):
    inferencer = build_inferencer(weights, extractor, rule=EventRule(0.5, min_seconds=1))
    path = tmp_path / 'live.jsonl'
    with pytest.raises(ValueError, match=r'97 does not say its frame rate, .*; --fps gives it'):
        score_live(inferencer, iter(numbered_frames(32)), '97', path, say=str)
    assert not path.exists()
    assert score_live(inferencer, iter(numbered_frames(32)), '97', path, fps=25, say=str) == 0


def test_passwords_are_hidden_wherever_a_source_is_named(inferencer, tmp_path):
    address = 'rtsp://admin:s3cret@gate/1'

    def source():
        yield from numbered_frames(32)
        yield Gap(f'{address}: timed out', seconds=1.0)
        yield from numbered_frames(32)
        raise VideoError(f'{address}: gone')

    lines, path = [], tmp_path / 'live.jsonl'
    score_live(inferencer, source(), address, path, say=lines.append)
    text = path.read_text() + '\n'.join(lines)
    assert 's3cret' not in text and 'rtsp://gate' in text


@pytest.mark.parametrize('behind', [0, 20])
def test_gaps_are_no_lag(behind):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    gaps, lines = [], []
    stream = SimpleNamespace(
        runs=SimpleNamespace(started_at=start, fps=16), score_gaps=lambda: gaps
    )
    run = LiveRun(stream, EventMachine(EventRule(1.0)), 'x', None, lines.append)
    for number in range(4):
        if number == 2:
            gaps += [ScoreGap(2, 30.0, 1, 'fog'), ScoreGap(2, 40.0, 1, 'rain')]
        late = 70 + behind if number >= 2 else 0
        came = start + timedelta(seconds=number + late)
        run.take(SegmentScore(number, 0, 16, float(number), number + 1.0, 0.5, None, came))
    assert sum(line.startswith('gap of') for line in lines) == 2
    assert [line for line in lines if 'behind' in line] == (
        [
            f'{behind} s behind: the source gives fewer frames per second than it promises, or '
            'more than can be scored'
        ]
        if behind
        else []
    )


def test_live_sources_are_opened_by_kind(extractor, tmp_path):
    video = str(write_video(tmp_path / 'gate.mp4', numbered_frames(50)))
    settings = extractor.settings
    reader, fps = open_live(video, settings)
    assert isinstance(reader, VideoReader) and fps == 25
    reader.close()
    lines = []

    def say(line):
        lines.append(line)
        raise InterruptedError  # instead of the wait

    address = f'file://{video}'
    source, fps = open_live(address, settings, max_attempts=1, say=say)
    items = list(islice(source, 50 + 1))
    assert fps == 25 and isinstance(items[50], Gap) and items[0].shape == (64, 96, 3)
    with pytest.raises(InterruptedError):
        next(source)
    assert lines == ['file:// #1 gives no frames; it is opened again in 1 s']
    with pytest.raises(FileNotFoundError):
        open_live('absent.mp4', settings)
    with pytest.raises(VideoError, match=r'file:// #1: FFmpeg cannot open it: No such file'):
        open_live('file:///absent.mp4', settings)  # as a path
    with pytest.raises(VideoError, match=r'nothing://gate #1: FFmpeg cannot open it: Protocol not'):
        open_live('nothing://gate', settings)
    with pytest.raises(ValueError, match='a feature file is no live source'):
        open_live('a.npy', settings)
    with pytest.raises(ValueError, match='takes 10 frames per second, to which a camera is not'):
        open_live('0', replace(settings, fps=10))


def test_a_camera_that_is_down_at_the_start_is_waited_for(inferencer, tmp_path):
    write_video(tmp_path / 'gate.mkv', numbered_frames(40))
    handler = partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        port = server.server_port
    lines, servers = [], []

    def sleep(seconds):
        if len(lines) == 2:  # the camera comes
            servers.append(ThreadingHTTPServer(('127.0.0.1', port), handler))
            threading.Thread(target=servers[0].serve_forever, daemon=True).start()
        elif servers:  # it has given its video
            servers.pop().server_close()
            raise KeyboardInterrupt

    log = tmp_path / 'live.jsonl'
    address = f'http://127.0.0.1:{port}/gate.mkv'
    assert watch(inferencer, as_source(address), log, say=lines.append, sleep=sleep) == 0
    name = f'http://127.0.0.1:{port} #1'
    reason = f'{name}: FFmpeg cannot open it: Connection refused; waiting, it is opened again in'
    assert lines[:2] == [f'{reason} 1 s', f'{reason} 2 s']
    assert sum(line.startswith('segment ') for line in lines) == 3
    assert f'{name} gives no frames; it is opened again in 1 s' in lines
    video = only(log)
    assert (video.num_segments, video.incomplete, video.clock.fps) == (3, 'interrupted', 25)


def test_a_camera_of_this_machine_is_waited_for_and_given_up(inferencer):
    lines, waits = [], []
    message = 'given up after 3 more attempts: camera 97 cannot be opened'
    with pytest.raises(VideoError, match=message):
        watch(inferencer, '97', None, None, 3, lines.append, waits.append)
    line = 'camera 97 cannot be opened; waiting, it is opened again in {} s'
    assert lines == [line.format(seconds) for seconds in (1, 2, 4)] and waits == [1, 2, 4]


def test_an_interrupt_while_a_camera_is_waited_for_ends_the_run(inferencer, tmp_path):
    def interrupt(seconds):
        raise KeyboardInterrupt

    lines, log = [], tmp_path / 'live.jsonl'
    assert watch(inferencer, '97', log, say=lines.append, sleep=interrupt) is None
    assert lines[1:] == ['97: interrupted before it gave a frame'] and not log.exists()


def test_a_video_behind_an_address_is_scored_as_its_file(inferencer, tmp_path):
    path = write_video(tmp_path / 'gate.mkv', numbered_frames(40))
    handler = partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f'http://me:s3cret@127.0.0.1:{server.server_port}/gate.mkv'
        (video,) = inferencer([address]).videos
        live, fps = open_live(address, inferencer.extractor.settings)
        log = tmp_path / 'live.jsonl'
        name = f'http://127.0.0.1:{server.server_port} #1'
        assert score_live(inferencer, islice(live, 40), name, log, fps, say=str) == 0
        server.shutdown()
    assert video.name == only(log).name == name
    (expected,) = inferencer(path).videos
    for found in (video, only(log)):
        assert found.scores.tolist() == expected.scores.tolist()
        assert found.clock.edges == pytest.approx(expected.clock.edges)


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class FullLog(SimpleNamespace):
    """A log on a disk that is full."""

    def source(self, name, fps, started_at):
        pass

    def segment(self, *values):
        raise OSError(28, 'live.jsonl: 80 bytes cannot be written: No space left on device')


def test_scores_that_the_log_cannot_take_are_told(inferencer):
    lines, stream = [], inferencer.stream(iter(numbered_frames(48)))
    watch = LiveRun(stream, EventMachine(EventRule(1.0)), 'x', FullLog(), lines.append)
    with pytest.raises(OSError, match='cannot be written'):
        watch.take(next(stream))
    for score in stream:
        watch.take(score)
    assert [line.split()[1] for line in lines] == ['0', '1', '2']
