import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from video_files import numbered_frames, write_video

from mmvad.video.errors import VideoError
from mmvad.video.live import FrameRuns, Gap, read_camera, reconnecting, wait_until_open
from mmvad.video.readers import open_video


def never(*wait):
    raise AssertionError('waited')


class Clock:
    """Time that passes only while something waits."""

    def __init__(self):
        self.now, self.waits = 0.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds


def opening(*runs):
    """Open one run after another; an exception in it is raised at that point."""
    runs = iter(runs)

    def frames(items):
        for item in items:
            if isinstance(item, Exception):
                raise item
            yield item

    def open_next():
        run = next(runs, OSError('no route'))
        if isinstance(run, Exception):
            raise run
        return frames(run)

    return open_next


def test_the_wait_grows_up_to_a_limit_and_starts_anew_with_a_frame():
    clock = Clock()
    source = opening([1], OSError('a'), OSError('b'), OSError('c'), [2], OSError('d'), [3])
    found = reconnecting(
        source, first_delay=1, max_delay=4, max_attempts=4, sleep=clock.sleep, clock=clock
    )
    items = [next(found) for _ in range(5)]
    assert items[::2] == [1, 2, 3]
    assert clock.waits == [1, 2, 4, 4, 1, 2]
    first, second = items[1], items[3]
    assert (first.reason, first.attempts, first.seconds) == ('the source ended', 4, 11)
    assert (second.attempts, second.seconds) == (2, 3)


def test_a_gap_is_known_before_the_source_is_back():
    found = reconnecting(opening([1, VideoError('torn')]), sleep=never)
    assert next(found) == 1
    gap = next(found)
    assert (gap.reason, gap.seconds, gap.attempts) == ('torn', None, 0)


def test_a_source_that_does_not_come_back_is_given_up():
    clock = Clock()
    found = reconnecting(opening([1]), max_attempts=2, sleep=clock.sleep, clock=clock)
    with pytest.raises(VideoError, match='did not come back in 2 attempts over 3 s: no route'):
        list(found)


def test_a_source_that_was_never_there_is_an_error_at_once(tmp_path):
    with pytest.raises(FileNotFoundError):
        next(reconnecting(str(tmp_path / 'absent.mp4'), sleep=never))


def test_an_address_that_is_down_at_the_start_is_waited_for():
    clock = Clock()
    found = reconnecting('rtsp://127.0.0.1:1', max_attempts=2, sleep=clock.sleep, clock=clock)
    gap = next(found)
    assert gap.reason == 'rtsp://127.0.0.1:1 #1: FFmpeg cannot open it: Connection refused'
    with pytest.raises(VideoError, match=r'#1 gave no frame in 2 attempts over 3 s: .* refused'):
        next(found)
    assert (gap.attempts, clock.waits) == (2, [1, 2])


def test_a_file_by_its_address_is_an_error_at_once():
    with pytest.raises(VideoError, match='No such file'):
        next(reconnecting('file:///absent.mp4', sleep=never))


def test_what_is_waited_for_at_the_start_is_given_up_after_as_many_attempts():
    waits = []
    with pytest.raises(VideoError, match='given up after 3 more attempts: no route'):
        wait_until_open(
            opening(), lambda *wait: waits.append(wait), first_delay=1, max_delay=3, max_attempts=3
        )
    assert waits == [('no route', 1), ('no route', 2), ('no route', 3)]


def test_a_protocol_that_ffmpeg_does_not_know_is_not_waited_for():
    with pytest.raises(VideoError, match='Protocol not found'):
        wait_until_open(partial(open_video, 'nothing://gate'), never)


def test_a_file_is_opened_again_when_it_ends(tmp_path):
    path = write_video(tmp_path / 'a.mp4', numbered_frames(5))
    found = reconnecting(str(path), sleep=lambda seconds: None)
    kinds = [isinstance(item, Gap) for item, _ in zip(found, range(12), strict=False)]
    assert kinds == [False] * 5 + [True] + [False] * 5 + [True]


def test_a_source_that_is_dropped_by_the_reader_is_closed():
    closed = []

    def frames():
        try:
            yield from range(3)
        finally:
            closed.append(True)

    found = reconnecting(frames, sleep=never)
    next(found)
    found.close()
    assert closed == [True]


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(first_delay=-1), 'expected 0 <= first_delay <= max_delay'),
        (dict(factor=0.5), 'factor >= 1'),
        (dict(max_delay=0.5), 'expected 0 <= first_delay <= max_delay'),
        (dict(max_attempts=0), 'max_attempts must be at least 1 or None'),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        reconnecting('rtsp://gate', **settings)


def test_runs_end_at_gaps_and_none_is_empty():
    gaps = [Gap(name, seconds=1.0) for name in 'abc']
    runs = FrameRuns([gaps[0], 1, 2, gaps[1], gaps[2], 3])
    assert [(gap.reason, list(run)) for gap, run in runs] == [('a', [1, 2]), ('c', [3])]
    assert (runs.frames_read, runs.num_gaps, runs.pending) == (3, 3, None)
    unfinished = FrameRuns([1, gaps[0]])
    assert [list(run) for _, run in unfinished] == [[1]]
    assert unfinished.pending is gaps[0]


def test_no_frame_at_all_is_one_empty_run():
    assert [(gap, list(run)) for gap, run in FrameRuns([])] == [(None, [])]


def test_frames_of_an_array_are_a_run():
    ((gap, run),) = ((gap, list(run)) for gap, run in FrameRuns(np.zeros((3, 4, 4, 3), np.uint8)))
    assert gap is None and len(run) == 3


def test_a_camera_that_is_not_there_is_named():
    with pytest.raises(VideoError, match='camera 97 cannot be opened'):
        read_camera(97)


def test_a_camera_gives_rgb_and_is_released():
    class Capture:
        released = False
        left = 2

        def isOpened(self):
            return True

        def read(self):
            self.left -= 1
            return self.left >= 0, np.full((2, 2, 3), (1, 2, 3), np.uint8)

        def release(self):
            self.released = True

    capture = Capture()
    frames = list(read_camera(0, lambda index: capture))
    assert len(frames) == 2 and frames[0][0, 0].tolist() == [3, 2, 1]
    assert capture.released


class StallingHandler(BaseHTTPRequestHandler):
    """Gives the first part of the server's video and then nothing more, with the line open."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.video[: len(self.server.video) // 2])
        self.server.done.wait(timeout=30)

    def log_message(self, *args):
        pass


@pytest.fixture
def stalling_server(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 255, (120, 64, 96, 3), np.uint8)
    with ThreadingHTTPServer(('127.0.0.1', 0), StallingHandler) as server:
        server.video = write_video(tmp_path / 'gate.mkv', pictures).read_bytes()
        server.done = threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}/gate.mkv'
        server.done.set()
        server.shutdown()


def test_a_source_that_falls_silent_is_opened_again(stalling_server):
    opening = partial(open_video, stalling_server, allow_truncated=True, timeout=2.0)
    found = reconnecting(opening, sleep=lambda seconds: None)
    items = []
    while sum(isinstance(item, Gap) for item in items) < 2:
        items.append(next(found))
    first, second = (index for index, item in enumerate(items) if isinstance(item, Gap))
    assert 20 < first < 120 and second == 2 * first + 1
    assert 'no data for 2 s' in items[first].reason and items[first].attempts == 1


def test_frames_before_a_silence_have_their_times(stalling_server):
    with (
        open_video(stalling_server, timeout=2.0) as reader,
        pytest.raises(VideoError, match='truncated'),
    ):
        for _ in reader:
            pass
    assert reader.broken == ['no data for 2 s'] and reader.truncated
