"""Runs over many inputs and live sources: what is written, named, checked in time."""

import csv
import json
import os
import re
import signal
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
from mmvad.apis.inference_run import (
    LagWatch,
    LiveLines,
    Outputs,
    check_folder,
    match_annotations,
    name_outputs,
    open_live,
    score_inputs,
    score_live,
)
from mmvad.apis.inference_tool import finish
from mmvad.apis.input_scoring import SegmentScore
from mmvad.apis.results import read_results, write_results
from toy_detector import cheap_extractor, detector_config, write_checkpoint
from video_files import numbered_frames, write_video

from mmvad.apis import AnomalyInferencer
from mmvad.video.errors import VideoError
from mmvad.video.live import Gap
from mmvad.video.readers import VideoReader


@pytest.fixture(scope='module')
def inferencer(tmp_path_factory):
    folder = tmp_path_factory.mktemp('run')
    extractor = cheap_extractor(folder)
    weights = write_checkpoint(folder / 'best.pth', detector_config(), extractor.record)
    return AnomalyInferencer(detector_config(), weights, extractor, rule=0.5)


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp('videos')
    return [
        str(write_video(folder / f'{name}.mp4', numbered_frames(count)))
        for name, count in (('gate', 50), ('yard', 20))
    ]


def test_everything_is_written_beside_the_document(inferencer, videos, tmp_path):
    bad = tmp_path / 'bad.mp4'
    bad.write_bytes(b'no video')
    outputs = Outputs(tmp_path / 'out', tmp_path / 'page' / 'run.html')
    steps = []
    run = score_inputs(
        inferencer, [*videos, str(bad)], outputs, progress=lambda *step: steps.append(step)
    )
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == [
        'gate.png',
        'gate_annotated.mp4',
        'results.csv',
        'results.json',
        'yard.png',
        'yard_annotated.mp4',
    ]
    assert list(run.failed) == [str(bad)]
    results = read_results(tmp_path / 'out' / 'results.json')
    assert results == run.results
    assert [entry['error'] is None for entry in results['videos']] == [True, True, False]
    assert results['model']['mode'] == 'bags'
    with (tmp_path / 'out' / 'results.csv').open(newline='') as file:
        assert len(list(csv.DictReader(file))) == 4 + 2
    assert 'gate.mp4' in (tmp_path / 'page' / 'run.html').read_text()
    assert sum(frames for index, frames, _ in steps if index == 0) == 50
    shares = [share for index, _, share in steps if index == 0]
    assert shares == sorted(shares) and shares[-1] == 1.0 and shares.count(1.0) == 1


def test_pictures_and_videos_can_be_left_out(inferencer, videos, tmp_path):
    score_inputs(inferencer, videos[:1], Outputs(tmp_path / 'o', curves=False, videos=False))
    assert sorted(path.name for path in (tmp_path / 'o').iterdir()) == [
        'results.csv',
        'results.json',
    ]


def test_feature_files_have_a_curve_and_no_video(inferencer, tmp_path):
    np.save(tmp_path / 'a.npy', np.zeros((4, 8), np.float32))
    run = score_inputs(inferencer, [str(tmp_path / 'a.npy')], Outputs(tmp_path / 'out'))
    assert not run.failed
    assert (tmp_path / 'out' / 'a.png').is_file() and not list((tmp_path / 'out').glob('*.mp4'))


def test_a_picture_that_cannot_be_written_does_not_stop_the_others(
    inferencer, videos, tmp_path, monkeypatch
):
    def fail(*args):
        raise OSError('disk full')

    monkeypatch.setattr('mmvad.apis.inference_run.write_annotated_video', fail)
    run = score_inputs(inferencer, videos, Outputs(tmp_path / 'out'))
    assert run.failed == dict.fromkeys(videos, 'disk full')
    assert len(read_results(tmp_path / 'out' / 'results.json')['videos']) == 2


def test_an_interrupted_run_writes_what_it_has(inferencer, videos, tmp_path):
    def interrupt(index, frames, share):
        if index == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_inputs(inferencer, videos, Outputs(tmp_path / 'out'), progress=interrupt)
    assert len(read_results(tmp_path / 'out' / 'results.json')['videos']) == 1


def test_paths_that_cannot_be_written_are_found_before_the_work(inferencer, videos, tmp_path):
    (tmp_path / 'file').touch()
    seen = []
    for outputs in (
        Outputs(tmp_path / 'file'),
        Outputs(tmp_path / 'file' / 'below'),
        Outputs(report=tmp_path / 'file' / 'run.html'),
    ):
        with pytest.raises(OSError, match='cannot write to '):
            score_inputs(inferencer, videos, outputs, progress=lambda *step: seen.append(step))
    with pytest.raises(IsADirectoryError, match='it is a folder'):
        score_live(inferencer, numbered_frames(16), 'x', Outputs(report=tmp_path))
    assert not seen


def test_a_folder_without_permission_is_named(tmp_path, monkeypatch):
    def refuse(**where):
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr('mmvad.apis.inference_run.tempfile.TemporaryFile', refuse)
    with pytest.raises(PermissionError, match='Permission denied'):
        check_folder(tmp_path)


def test_names_are_short_where_that_is_clear():
    assert name_outputs(['rtsp://gate/1', 'a/b.mp4']) == ['1', 'b']
    assert name_outputs(['a.mp4', 'A.avi', 'b.mp4']) == ['a.mp4', 'A.avi', 'b']
    assert name_outputs(['d/x.mp4', 'e/x.mp4', 'd+x.mp4.mp4'])[:2] == ['d+x.mp4', 'e+x.mp4']
    assert len(set(name_outputs(['d/x.mp4', 'e/x.mp4', 'd+x.mp4.mp4']))) == 3
    with pytest.raises(ValueError, match=r'given twice: a\.mp4'):
        name_outputs(['a.mp4', 'a.mp4'])


def test_an_input_is_never_written_over(inferencer, tmp_path):
    for name in ('gate', 'gate_annotated'):
        write_video(tmp_path / f'{name}.mp4', numbered_frames(16))
    inputs = [str(tmp_path / 'gate.mp4'), str(tmp_path / 'gate_annotated.mp4')]
    with pytest.raises(ValueError, match=r'gate_annotated\.mp4 would be overwritten'):
        score_inputs(inferencer, inputs, Outputs(tmp_path))
    score_inputs(inferencer, inputs[:1], Outputs(tmp_path / 'elsewhere'))


def test_a_live_source_prints_a_line_a_segment_and_its_gaps(inferencer, tmp_path):
    frames = list(numbered_frames(64))
    lines = []
    gap = Gap('rain', seconds=2.0, attempts=1)
    run = score_live(
        inferencer,
        iter([*frames[:32], gap, *frames[32:]]),
        'rtsp://gate',
        Outputs(tmp_path / 'out', tmp_path / 'run.html'),
        fps=25,
        say=lines.append,
    )
    assert len(lines) == 5 and lines[2] == 'gap of 2.0 s, opened again at attempt 1: rain'
    assert re.match(r'segment 0  frames 0-16  0:00  \d\d:\d\d:\d\d  score 0\.', lines[0])
    (entry,) = run.results['videos']
    assert entry['video'] == 'rtsp://gate' and entry['gaps'][0]['segment'] == 2
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == [
        'gate.png',
        'results.csv',
        'results.json',
    ]


def test_what_came_before_an_interrupt_or_breakdown_is_kept(inferencer, tmp_path):
    def source(error):
        yield from numbered_frames(16 * 4)
        raise error

    for error, why in ((KeyboardInterrupt(), 'interrupted'), (OSError('cable'), 'cable')):
        run = score_live(inferencer, source(error), 'x', Outputs(tmp_path / why), say=str)
        (entry,) = run.results['videos']
        assert len(entry['scores']) == 4 and entry['incomplete'] == why  # a bag of 3, and the rest
        assert bool(run.failed) == (why == 'cable')
        assert json.loads((tmp_path / why / 'results.json').read_text()) == run.results


def test_a_live_run_is_saved_now_and_then_and_when_the_network_fails(inferencer, tmp_path):
    path, saved = tmp_path / 'results.json', []

    def say(line):
        until = time.monotonic() + 60
        while len(saved) < 2:  # the document grows while the run goes on
            found = read_results(path)['videos'][0] if path.is_file() else None
            if found is not None and len(found['scores']) > len(saved):
                assert found['incomplete'] == 'still running'
                saved.append(len(found['scores']))
                return
            assert time.monotonic() < until
        raise RuntimeError('out of memory')

    source = iter(numbered_frames(16 * 9))
    with pytest.raises(RuntimeError, match='out of memory'):
        score_live(inferencer, source, 'x', Outputs(tmp_path), 'sliding', say=say, save_every=0.01)
    (entry,) = read_results(path)['videos']
    assert entry['incomplete'] == 'RuntimeError: out of memory'
    assert len(entry['scores']) > saved[-1]


def test_a_save_that_fails_is_told_and_does_not_end_the_run(inferencer, tmp_path, monkeypatch):
    tried = threading.Event()
    lines = []

    def fail_beside_the_work(path, results):
        if threading.current_thread() is not threading.main_thread():
            tried.set()
            raise OSError('disk full')
        write_results(path, results)

    def source():
        yield from numbered_frames(48)
        assert tried.wait(timeout=60)
        yield from numbered_frames(48)

    monkeypatch.setattr('mmvad.apis.inference_run.write_results', fail_beside_the_work)
    run = score_live(
        inferencer, source(), 'x', Outputs(tmp_path), say=lines.append, save_every=0.01
    )
    assert not run.failed and read_results(tmp_path / 'results.json') == run.results
    assert 'not saved now, and tried again later: disk full' in lines


def test_files_are_saved_now_and_then_too(inferencer, videos, tmp_path):
    seen = []

    def look(index, frames, share):
        path = tmp_path / 'results.json'
        until = time.monotonic() + 60
        while index == 1 and not seen and time.monotonic() < until:
            seen.extend(read_results(path)['videos'] if path.is_file() else [])

    score_inputs(
        inferencer, videos, Outputs(tmp_path, videos=False), progress=look, save_every=0.01
    )
    assert [entry['video'] for entry in seen] == videos[:1]
    assert len(read_results(tmp_path / 'results.json')['videos']) == 2


def test_falling_behind_is_told_when_it_doubles():
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def late(number, seconds):
        came = start + timedelta(seconds=number + seconds)
        return SegmentScore(number, 0, 16, float(number), number + 1.0, 0.5, None, came)

    watch = LagWatch()
    found = [watch.look(late(n, lag), lost=0.0) for n, lag in enumerate([3, 8, 14, 20, 30])]
    assert found == [None, None, 11.0, None, 27.0]
    assert watch.look(late(5, 130), lost=100.0) is None
    assert LagWatch().look(replace(late(0, 0), start_time=None), lost=0.0) is None


@pytest.mark.parametrize('behind', [0, 20])
def test_gaps_are_no_lag(behind):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    scoring = SimpleNamespace(started_at=start, gaps=[])
    lines = []
    live = LiveLines(scoring, 0.5, lines.append)
    for number in range(4):
        if number == 2:
            scoring.gaps += [(2, Gap('fog', seconds=30.0)), (2, Gap('rain', seconds=40.0))]
        late = 70 + behind if number >= 2 else 0
        came = start + timedelta(seconds=number + late)
        live.tell(SegmentScore(number, 0, 16, float(number), number + 1.0, 0.5, None, came))
    assert sum(line.startswith('gap of') for line in lines) == 2
    assert [line for line in lines if 'behind' in line] == (
        [
            f'{behind} s behind: the source gives fewer frames a second than it promises, or more '
            'than can be scored'
        ]
        if behind
        else []
    )


def test_an_interrupt_keeps_everything_though_its_lines_cannot_be_told(inferencer, tmp_path):
    told = []

    def source():
        yield from numbered_frames(16 * 5)
        raise KeyboardInterrupt

    def say(line):
        told.append(line)
        if len(told) > 3:
            raise BrokenPipeError

    run = score_live(inferencer, source(), 'x', Outputs(tmp_path), say=say)
    (entry,) = read_results(tmp_path / 'results.json')['videos']
    assert len(entry['scores']) == 5 and entry['incomplete'] == 'interrupted'
    assert run.results['videos'] == [entry]


def test_a_second_interrupt_does_not_disturb_the_end(inferencer, tmp_path, monkeypatch):
    written = []

    def write(path, results):
        os.kill(os.getpid(), signal.SIGINT)
        write_results(path, results)
        written.append(path)

    monkeypatch.setattr('mmvad.apis.inference_run.write_results', write)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        score_live(inferencer, iter(numbered_frames(48)), 'x', Outputs(tmp_path), say=str)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert written and len(read_results(tmp_path / 'results.json')['videos'][0]['scores']) == 3


def test_passwords_do_not_reach_file_names():
    inputs = ['rtsp://a:s3cret@g1/stream', 'rtsp://a:s3cret@g2/stream', 'rtsp://b:s3cret@g2/stream']
    names = name_outputs(inputs)
    assert len(set(names)) == 3 and 's3cret' not in ''.join(names)


def test_an_address_with_a_password_that_breaks_down_at_once_stops_nothing(inferencer, videos):
    def broken():
        raise OSError('rtsp://a:b@gate: no route')
        yield

    document = inferencer(broken())
    assert document['videos'][0]['error'] == 'rtsp://***@gate: no route'


def test_passwords_are_hidden_wherever_a_source_is_named(inferencer, tmp_path):
    address = 'rtsp://admin:s3cret@gate/1'

    def source():
        yield from numbered_frames(32)
        yield Gap(f'{address}: timed out', seconds=1.0)
        yield from numbered_frames(32)
        raise VideoError(f'{address}: gone')

    lines = []
    run = score_live(
        inferencer, source(), address, Outputs(tmp_path, tmp_path / 'r.html'), say=lines.append
    )
    texts = [path.read_text() for path in tmp_path.iterdir() if path.suffix != '.png']
    assert len(texts) == 3 and '***@gate' in texts[0]
    for text in (*texts, *lines, str(run)):
        assert 's3cret' not in text


def test_file_names_that_are_no_utf8_go_through(inferencer, tmp_path, capsys):
    name = os.fsdecode(b'caf\xe9.mp4')
    video = write_video(tmp_path / 'plain.mp4', numbered_frames(20)).rename(tmp_path / name)
    bad = tmp_path / os.fsdecode(b'b\xe9d.mp4')
    bad.write_bytes(b'no video')
    outputs = Outputs(tmp_path / 'out', tmp_path / 'r.html')
    run = score_inputs(inferencer, [str(video), str(bad)], outputs)
    assert finish(run) == 1
    assert {path.name for path in (tmp_path / 'out').iterdir()} >= {
        'caf%E9.png',
        'caf%E9_annotated.mp4',
    }
    assert read_results(tmp_path / 'out' / 'results.json')['videos'][0]['video'] == str(video)
    assert 'b\\udce9d.mp4' in capsys.readouterr().err


def test_ground_truth_is_matched_by_the_end_of_the_path():
    data = [
        dict(video='gate', label=1, events=[[3, 9]]),
        dict(video='test/gate', label=1, events=[[5, 7]]),
        dict(video='yard.v2', label=0, events=[]),
        dict(video='roof', label=1, events=[]),
    ]
    inputs = ['a/test/gate.mp4', 'b/gate.npy', 'yard.v2.avi', 'x/roof.mp4', 'x/other_gate.mp4']
    assert match_annotations(inputs, data) == {
        'a/test/gate.mp4': [[5, 7]],
        'b/gate.npy': [[3, 9]],
        'yard.v2.avi': [],
    }
    with pytest.raises(
        ValueError, match=r"x/gate\.mp4 and y/gate\.mp4 are both annotated as 'gate'"
    ):
        match_annotations(['x/gate.mp4', 'y/gate.mp4'], data)
    with pytest.raises(ValueError, match=r'inputs is annotated: a\.mp4 ends with none of 4 names'):
        match_annotations(['a.mp4'], data)


def test_an_interrupt_before_the_first_score_ends_the_run(inferencer):
    def source():
        yield from numbered_frames(5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_live(inferencer, source(), 'x', Outputs(), say=str)


def test_live_sources_are_opened_by_kind(inferencer, videos):
    settings = inferencer.extractor.settings
    reader, fps = open_live(videos[0], settings)
    assert isinstance(reader, VideoReader) and fps == 25
    reader.close()
    lines = []
    address = f'file://{videos[0]}'
    source, fps = open_live(address, settings, max_attempts=1, say=lines.append)
    items = [next(source) for _ in range(50 + 1 + 3)]
    assert lines == [f'{address} gives no frames; it is opened anew in 1 s']
    assert fps == 25 and isinstance(items[50], Gap) and items[53].shape == (64, 96, 3)
    camera, fps = open_live('97', settings)
    assert fps is None
    with pytest.raises(VideoError, match='camera 97 cannot be opened'):
        next(camera)
    with pytest.raises(FileNotFoundError):
        open_live('absent.mp4', settings)
    with pytest.raises(ValueError, match='a feature file is no live source'):
        open_live('a.npy', settings)
    with pytest.raises(ValueError, match='wants 10 frames a second, to which a camera is not'):
        open_live('0', replace(settings, fps=10))


def test_a_video_behind_an_address_is_scored_and_drawn(inferencer, tmp_path):
    write_video(tmp_path / 'gate.mkv', numbered_frames(40))
    handler = partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f'http://me:s3cret@127.0.0.1:{server.server_port}/gate.mkv'
        run = score_inputs(inferencer, [address], Outputs(tmp_path / 'out', tmp_path / 'r.html'))
        live, fps = open_live(address, inferencer.extractor.settings)
        again = score_live(inferencer, islice(live, 40), address, Outputs(), fps=fps, say=str)
        server.shutdown()
    assert not run.failed
    (entry,), (streamed,) = run.results['videos'], again.results['videos']
    assert entry['video'] == address.replace('me:s3cret', '***')
    assert entry['scores'] == streamed['scores'] and len(entry['scores']) == 3
    assert (tmp_path / 'out' / 'gate_annotated.mp4').is_file()
    assert 's3cret' not in (tmp_path / 'r.html').read_text()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass
