import json
import os
import weakref
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from video_files import (
    LISTS,
    MILLISECOND,
    cut_short,
    frame_numbers,
    numbered_frames,
    write_lists,
    write_sound,
    write_video,
)

from mmvad.clock import clock_of_record
from mmvad.video.container import VideoHeader
from mmvad.video.decoders import DECODERS
from mmvad.video.errors import VideoError
from mmvad.video.readers import VideoReader, open_video

ALL = tuple(DECODERS)
STREAMING = ('pyav', 'opencv')  # decord needs a duration in the header


def read(path, decoder='pyav', **options):
    with open_video(path, decoder, **options) as reader:
        frames = list(reader)
    return frames, reader


def largest_difference(first, second):
    return max(int(np.abs(a.astype(int) - b).max()) for a, b in zip(first, second, strict=True))


def mean_difference(first, second):
    return np.mean([np.abs(a.astype(int) - b).mean() for a, b in zip(first, second, strict=True)])


@pytest.fixture(scope='module')
def clips(tmp_path_factory):
    """Forty numbered frames in each container."""
    folder = tmp_path_factory.mktemp('clips')
    frames = numbered_frames(40)
    times = np.cumsum([0, *np.random.default_rng(0).integers(10, 120, 39)])
    odd = numbered_frames(40, 97, 65)
    return {
        'mp4': write_video(folder / 'a.mp4', frames),
        'mkv': write_video(folder / 'a.mkv', frames),
        'avi': write_video(folder / 'a.avi', frames, 'mpeg4'),
        'variable mp4': write_video(folder / 'v.mp4', frames, times=times),
        'variable mkv': write_video(folder / 'v.mkv', frames, times=times),
        'odd mp4': write_video(folder / 'o.mp4', odd, pixels='yuv444p'),
        'odd avi': write_video(folder / 'o.avi', odd, 'mpeg4'),
        'h264': write_video(folder / 'a.h264', frames, container_format='h264'),
        'ts': write_video(folder / 'a.ts', frames),
        'live mkv': write_video(folder / 'l.mkv', frames, container_options={'live': '1'}),
    }


@pytest.mark.parametrize('decoder', ALL)
@pytest.mark.parametrize(
    'name', ['mp4', 'mkv', 'avi', 'variable mp4', 'variable mkv', 'odd mp4', 'odd avi']
)
def test_every_frame_comes_once_and_in_order(clips, name, decoder):
    frames, reader = read(clips[name], decoder)
    assert frame_numbers(frames) == list(range(40))
    assert reader.frames_read == reader.frames_decoded == 40
    assert (frames[0].shape[1], frames[0].shape[0]) == (reader.width, reader.height)
    assert frames[0].dtype == np.uint8


@pytest.mark.parametrize('decoder', STREAMING)
@pytest.mark.parametrize('name', ['h264', 'ts', 'live mkv'])
def test_files_without_duration_are_read_whole(clips, name, decoder):
    frames, reader = read(clips[name], decoder)
    assert frame_numbers(frames) == list(range(40))
    assert reader.header.num_frames is reader.header.duration is None


@pytest.mark.parametrize('name', ['h264', 'live mkv'])
def test_decord_says_that_it_needs_a_duration(clips, name):
    with pytest.raises(VideoError, match=r'decord cannot read it: .*duration'):
        read(clips[name], 'decord')


@pytest.mark.parametrize('decoder', ['opencv', 'decord'])
@pytest.mark.parametrize('name', ['mp4', 'mkv', 'avi', 'variable mp4', 'odd mp4'])
def test_decoders_give_the_same_pixels(clips, name, decoder):
    assert largest_difference(read(clips[name])[0], read(clips[name], decoder)[0]) <= 2


def test_opencv_gives_the_same_pixels_for_odd_sizes_of_halved_colour(clips):
    frames = read(clips['odd avi'])[0]
    assert largest_difference(frames, read(clips['odd avi'], 'opencv')[0]) <= 2
    assert mean_difference(frames, read(clips['odd avi'], 'decord')[0]) < 3


@pytest.mark.parametrize('name', ['demo.mp4', 'test.mp4', 'test.avi'])
def test_decoders_agree_on_real_samples(shared_data, name):
    path = shared_data / 'videos' / 'samples' / name
    frames = read(path)[0]
    assert len(frames) == {'demo.mp4': 280, 'test.mp4': 300, 'test.avi': 164}[name]
    for decoder in ('opencv', 'decord'):
        assert largest_difference(frames[::7], read(path, decoder)[0][::7]) <= 2


def test_surveillance_videos_have_the_frames_that_their_list_says(shared_data):
    folder = shared_data / 'videos' / 'surveillance'
    lines = [line.split() for line in (folder / 'train.txt').read_text().splitlines()]
    for name, *_, num_frames in lines[:3]:
        path = next(folder.rglob(Path(name).name))
        frames = read(path)[0]
        assert len(frames) == int(num_frames)
        assert largest_difference(frames[::50], read(path, 'opencv')[0][::50]) <= 2


@pytest.mark.parametrize('decoder', ALL)
@pytest.mark.parametrize('degrees', [90, 180, 270])
def test_rotation_is_applied_by_all_decoders(tmp_path, degrees, decoder):
    path = write_video(tmp_path / 'turned.mp4', numbered_frames(8), rotation=degrees)
    plain = read(write_video(tmp_path / 'plain.mp4', numbered_frames(8)))[0]
    frames, reader = read(path, decoder)
    assert reader.header.rotation == degrees
    assert (reader.height, reader.width) == frames[0].shape[:2]
    expected = [np.rot90(frame, degrees // 90) for frame in plain]  # anticlockwise
    assert largest_difference(frames, expected) <= 2


def test_a_slanted_rotation_is_refused(tmp_path):
    path = write_video(tmp_path / 'slanted.mp4', numbered_frames(4), rotation=30)
    with pytest.raises(VideoError, match='rotation must be a multiple of 90 degrees, got'):
        open_video(path)


@pytest.mark.parametrize('decoder', ALL)
def test_unusual_names_are_files_for_all_decoders(tmp_path, decoder, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_video('./plain.mp4', numbered_frames(4))
    name = 'v=aB__#00-01 ü%03d:x_label_B1-B2.mp4'
    Path('plain.mp4').rename(name)
    assert len(read(name, decoder)[0]) == 4


@pytest.mark.parametrize('decoder', ALL)
def test_half_the_rate_takes_every_second_frame(clips, decoder):
    frames, reader = read(clips['mp4'], decoder, fps=12.5)
    assert frame_numbers(frames) == list(range(0, 40, 2))
    assert (reader.fps, reader.header.fps, reader.frames_decoded) == (12.5, 25, 40)


@pytest.mark.parametrize('name', ['mp4', 'mkv', 'avi', 'h264', 'ts'])
@pytest.mark.parametrize('decoder', STREAMING)
def test_the_same_rate_changes_nothing(clips, name, decoder):
    assert frame_numbers(read(clips[name], decoder, fps=25)[0]) == list(range(40))


@pytest.mark.parametrize('name', ['variable mp4', 'variable mkv'])
def test_variable_rate_becomes_constant_by_time_stamps(clips, name):
    times = np.cumsum([0, *np.random.default_rng(0).integers(10, 120, 39)])
    results = [frame_numbers(read(clips[name], decoder, fps=20)[0]) for decoder in ALL]
    ticks = np.arange(len(results[0])) * 50
    assert results[0] == (np.searchsorted(times, ticks + 1, side='right') - 1).tolist()
    assert abs(len(results[0]) * 50 - times[-1]) <= 100
    assert results[1] == results[0] == results[2]


@pytest.mark.parametrize('decoder', ALL)
@pytest.mark.parametrize('name', ['cut.avi', 'cut.mkv', 'cut.mp4'])
def test_a_truncated_file_says_how_much_was_read(tmp_path, name, decoder):
    if (name, decoder) == ('cut.mp4', 'decord'):
        pytest.skip('decord refuses the file as a whole, see the next test')
    frames = np.random.default_rng(0).integers(0, 256, (60, 64, 96, 3), np.uint8)
    codec = 'mpeg4' if name.endswith('avi') else 'libx264'
    whole = write_video(tmp_path / name, frames, codec, container_options={'movflags': 'faststart'})
    path = cut_short(whole, 0.6)
    with pytest.raises(VideoError, match=r'truncated or damaged: read \d\d frames of 60 that'):
        read(path, decoder)
    kept, reader = read(path, decoder, allow_truncated=True)
    assert 20 < len(kept) < 45
    assert reader.truncated
    assert reader.record()['truncated'] is True
    assert largest_difference(kept[:20], read(whole)[0][:20]) <= 2


def test_decord_refuses_a_truncated_mp4(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (60, 64, 96, 3), np.uint8)
    options = {'movflags': 'faststart'}
    path = cut_short(write_video(tmp_path / 'a.mp4', frames, container_options=options), 0.6)
    with pytest.raises(VideoError, match='decord cannot read it'):
        read(path, 'decord', allow_truncated=True)


def test_a_hole_in_the_midst_is_damage(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (60, 64, 96, 3), np.uint8)
    path = write_video(tmp_path / 'a.mp4', frames)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20000] = b'\xff' * 20000
    path.write_bytes(data)
    with pytest.raises(VideoError, match=r'truncated or damaged: .* [1-9]\d* packets could not'):
        read(path)
    frames, reader = read(path, allow_truncated=True)
    assert reader.undecodable_packets > 0
    assert len(frames) > 20


def noisy_frames(count):
    noise = np.random.default_rng(0).integers(0, 30, (count, 64, 96, 3), np.uint8)
    return numbered_frames(count) + noise


def damage_clusters(path):
    """Overwrite the middle of a Matroska file from the start of a cluster on."""
    data = bytearray(path.read_bytes())
    at = data.index(b'\x1f\x43\xb6\x75', len(data) // 3)
    data[at : at + 400] = np.random.default_rng(1).bytes(400)
    path.write_bytes(data)


@pytest.mark.parametrize('fps', [None, 10])
def test_matroska_that_lost_a_cluster_is_damaged(tmp_path, fps):
    options = dict(cluster_time_limit='1000')  # milliseconds
    path = write_video(tmp_path / 'a.mkv', noisy_frames(200), container_options=options)
    damage_clusters(path)
    with pytest.raises(VideoError, match=r'truncated or damaged: read 1\d\d frames of 200 that'):
        read(path, fps=fps)
    frames, reader = read(path, fps=fps, allow_truncated=True)
    assert reader.frames_decoded < 190
    assert reader.record()['truncated'] is True
    assert reader.clock(-(-len(frames) // 16)).edges[-1] == pytest.approx(8, abs=0.05)


@pytest.mark.parametrize('at', [16, 17, 18])
def test_mp4_whose_frames_outlast_it_is_damaged(tmp_path, at):
    path = write_video(tmp_path / 'a.mp4', noisy_frames(40))
    data = bytearray(path.read_bytes())
    data[data.find(b'stts') + at] = 255  # of the time that a frame lasts
    path.write_bytes(data)
    with pytest.raises(VideoError, match=r'truncated or damaged: read 1 frames of 40 that'):
        read(path)


def test_a_pause_of_a_variable_rate_is_no_damage(tmp_path):
    times = [40 * index + 2000 * (index >= 30) for index in range(60)]
    audio = np.sin(np.arange(5 * 16000) / 20), 16000
    path = write_video(tmp_path / 'a.mkv', noisy_frames(60), times=times, audio=audio)
    frames, reader = read(path)
    assert len(frames) == 60 and not reader.truncated


def test_an_mp4_that_lost_its_index_is_refused(tmp_path):
    path = cut_short(write_video(tmp_path / 'a.mp4', numbered_frames(40)), 0.5)
    with pytest.raises(VideoError, match=r'cut_a.mp4: FFmpeg cannot open it|no video stream'):
        open_video(path)


def edit_list_of(path, share):
    """Shorten the duration that the edit list of an MP4 plays."""
    data = bytearray(path.read_bytes())
    at = data.find(b'elst') + 12
    data[at : at + 4] = int(int.from_bytes(data[at : at + 4], 'big') * share).to_bytes(4, 'big')
    path.write_bytes(data)


def test_an_edit_list_shortens_a_video_without_damage(tmp_path):
    path = write_video(tmp_path / 'a.mp4', numbered_frames(40))
    edit_list_of(path, 0.5)
    for decoder in STREAMING:
        assert frame_numbers(read(path, decoder)[0]) == list(range(20))
    with pytest.raises(VideoError, match=r'edit list shortens 1.600 s to 0.800 s, which decord'):
        read(path, 'decord')


def test_files_that_are_no_video_are_named(tmp_path):
    cases = {
        'noise.mp4': (np.random.default_rng(0).bytes(4000), 'noise.mp4: FFmpeg cannot open it'),
        'empty.mp4': (b'', 'empty.mp4: FFmpeg cannot open it'),
        'notes.txt': (b'some text\n' * 100, "notes.txt: not a video, FFmpeg reads it as 'tty'"),
        'still.png': (
            cv2.imencode('.png', numbered_frames(1)[0])[1].tobytes(),
            'still.png: not a video, FFmpeg reads it as',
        ),
    }
    for name, (data, message) in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(VideoError, match=message):
            open_video(tmp_path / name)


def test_sound_only_is_named(tmp_path):
    path = write_sound(tmp_path / 'voice.wav', np.zeros(1600, np.float32), 16000)
    with pytest.raises(VideoError, match=r'voice.wav: no video stream; streams found: audio'):
        open_video(path)


def test_a_cover_picture_is_no_video(tmp_path):
    path = tmp_path / 'song.mp3'
    with av.open(str(path), 'w') as container:
        sound = container.add_stream('libmp3lame', rate=16000, layout='mono')
        cover = container.add_stream('mjpeg', rate=1)
        cover.width, cover.height, cover.pix_fmt = 96, 64, 'yuvj420p'
        cover.disposition = av.stream.Disposition.attached_pic
        picture = av.VideoFrame.from_ndarray(numbered_frames(1)[0], format='rgb24')
        container.mux(cover.encode(picture) + cover.encode())
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), 'fltp', 'mono')
        silence.sample_rate = 16000
        for piece in av.AudioResampler('s16p', 'mono', 16000, frame_size=576).resample(silence):
            container.mux(sound.encode(piece))
        container.mux(sound.encode())
    with pytest.raises(VideoError, match=r'song.mp3: no video stream; streams found: audio, video'):
        open_video(path)


def test_an_unknown_codec_is_named(tmp_path):
    path = write_video(tmp_path / 'a.avi', numbered_frames(4), 'mpeg4')
    path.write_bytes(path.read_bytes().replace(b'FMP4', b'ZZZZ'))
    with pytest.raises(VideoError, match=r'a.avi: FFmpeg has no decoder for its video stream'):
        open_video(path)


def test_a_video_without_frames_is_named(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (9, 64, 96, 3), np.uint8)
    path = write_video(tmp_path / 'a.avi', frames, 'mpeg4')
    data = path.read_bytes()
    path.write_bytes(data[: data.find(b'movi') + 4])
    with pytest.raises(VideoError, match=r'a.avi: the video stream holds no frame|cannot open'):
        open_video(path)


def test_paths_that_cannot_be_read_raise_the_built_in_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'absent.mp4'):
        open_video(tmp_path / 'absent.mp4')
    with pytest.raises((IsADirectoryError, PermissionError), match=tmp_path.name):
        open_video(tmp_path)
    locked = tmp_path / 'locked.mp4'
    locked.touch(mode=0)
    if os.access(locked, os.R_OK):
        pytest.skip('this user may read everything')
    with pytest.raises(PermissionError, match=r'locked.mp4'):
        open_video(locked)


def test_a_url_that_does_not_answer_is_named():
    with pytest.raises(VideoError, match='FFmpeg cannot open it'):
        open_video('rtsp://127.0.0.1:9/none')


def test_arguments_are_checked(clips):
    with pytest.raises(ValueError, match=r"decoder must be one of .*'pyav'.*, got 'vlc'"):
        open_video(clips['mp4'], 'vlc')
    with pytest.raises(ValueError, match='fps must be a positive number, got 0'):
        open_video(clips['mp4'], fps=0)
    with pytest.raises(ValueError, match='threads must be at least 1, got 0'):
        open_video(clips['mp4'], threads=0)


def test_a_decoder_that_finds_no_frame_is_named():
    header = VideoHeader('x.mp4', 'mov', 9, 9, 0, 25.0, None, None, True)
    with pytest.raises(VideoError, match=r'x.mp4: opencv decodes no frame of it'):
        next(VideoReader(header, 'opencv', (pair for pair in ())))


def test_an_unknown_rate_cannot_be_resampled(clips, monkeypatch):
    import mmvad.video.readers as module

    def without_rate(*args):
        return VideoHeader('x.mp4', 'mov', 9, 9, 0, None, None, None, False)

    monkeypatch.setattr(module, 'describe_video', without_rate)
    with pytest.raises(VideoError, match='its frame rate is unknown'):
        open_video(clips['mp4'], fps=5)


def test_the_record_is_json_and_complete(clips):
    reader = read(clips['mp4'], fps=50)[1]
    record = reader.record()
    assert record.pop('decoder_version')
    assert record == {
        'decoder': 'pyav',
        'width': 96,
        'height': 64,
        'rotation': 0,
        'source_fps': 25.0,
        'fps': 50,
        'num_frames': 80,
        'truncated': False,
        'damage': None,
        'gaps': [],
        'segment_times': None,
        'source_frames': None,
    }


def test_threads_do_not_change_frames(clips):
    one, two = read(clips['mp4'])[0], read(clips['mp4'], threads=2)[0]
    assert largest_difference(one, two) == 0


def test_closing_early_ends_the_iterator(clips):
    for decoder in ALL:
        with open_video(clips['mp4'], decoder) as reader:
            next(reader)
        assert next(reader, None) is None
        assert reader.frames_read == 1


@pytest.mark.parametrize('decoder', ALL)
def test_no_frame_is_held_behind_the_reader(clips, decoder):
    references = []
    with open_video(clips['mp4'], decoder, fps=20) as reader:
        for frame in reader:
            references.append(weakref.ref(frame))
            assert sum(reference() is not None for reference in references) <= 3


@pytest.fixture(scope='module')
def slowing(tmp_path_factory):
    """160 frames at 30 a second, then 96 at 6 a second: segment 10 starts at 5.333 s."""
    times = [*np.arange(160) / 30, *(160 / 30 + np.arange(96) / 6)]
    path = tmp_path_factory.mktemp('slowing') / 'slowing.mp4'
    return write_video(path, numbered_frames(256), times=np.round(np.array(times) * 1000))


@pytest.mark.parametrize('decoder', STREAMING)
def test_segments_of_a_variable_rate_start_when_their_first_frame_is_shown(slowing, decoder):
    reader = read(slowing, decoder)[1]
    clock = reader.clock(16)
    expected = [*np.arange(0, 160, 16) / 30, *(160 / 30 + np.arange(0, 97, 16) / 6)]
    assert clock.edges == pytest.approx(np.array(expected), abs=2e-3)
    assert clock.source_frames is None
    record = json.loads(json.dumps(reader.record()))
    assert clock_of_record(16, record).edges.tolist() == clock.edges.tolist()
    assert clock_of_record(12, record).edges == pytest.approx(np.array(expected[:13]), abs=2e-3)


def test_a_variable_rate_that_is_resampled_keeps_the_frames_of_its_source(slowing):
    reader = read(slowing, fps=10)[1]
    clock = reader.clock(-(-reader.frames_read // 16))
    assert clock.segment_times is None
    assert clock.seconds(80) == 8.0
    # 8 s is 2.667 s behind frame 160, at 6 frames a second: source frame 176.
    assert clock.source_frames[[0, 3, 5]] == pytest.approx([0, 144, 176], abs=1)
    assert clock.source_frames[-1] == 256
    assert clock.from_source([(176, 200)])[0] == pytest.approx((80, 120), abs=3)


@pytest.mark.parametrize('name', ['mp4', 'mkv', 'avi', 'h264', 'ts'])
def test_a_constant_rate_needs_no_times_of_segments(clips, name):
    for fps in (None, 12.5, 30):
        record = read(clips[name], fps=fps)[1].record()
        assert record['segment_times'] is record['source_frames'] is None


def test_the_clock_of_segments_read_so_far_is_known_while_reading(slowing):
    with open_video(slowing) as reader:
        list(islice(reader, 200))
        assert reader.clock(11).edges[10] == pytest.approx(160 / 30, abs=2e-3)


def read_times(seconds):
    """Read frames of 10 a second, as the header says, that are shown at these times."""
    header = VideoHeader('cam', 'mpegts', 4, 4, 0, 10.0, None, None, True)
    frame = np.zeros((4, 4, 3), np.uint8)
    reader = VideoReader(header, 'pyav', iter((time, frame) for time in seconds))
    assert len(list(reader)) == len(seconds)
    return reader


@pytest.mark.parametrize(('late', 'is_kept'), [(0.04, False), (0.06, True)])
def test_times_are_kept_where_a_segment_is_late_by_more_than_half_a_frame(late, is_kept):
    record = read_times([*np.arange(16) / 10, *(np.arange(16, 32) / 10 + late)]).record()
    assert (record['segment_times'] is not None) == is_kept


def test_a_time_stamp_in_disorder_does_not_turn_time_back():
    seconds = [*np.arange(16) / 10, 0.9, *np.arange(17, 32) / 10]
    assert read_times(seconds).clock(2).edges == pytest.approx(np.array([0, 1.5, 3.2]))


def test_recordings_that_are_joined_go_on_in_time():
    reader = read_times([*np.arange(16) / 10, *np.arange(16) / 10])
    assert reader.clock(2).edges == pytest.approx(np.array([0, 1.6, 3.2]))


@pytest.mark.parametrize(('duration', 'truncated'), [(1.94, False), (1.96, True)])
def test_half_a_frame_less_than_the_header_promises_is_no_truncation(duration, truncated):
    header = VideoHeader('a.mp4', 'mp4', 4, 4, 0, 10.0, 20, duration, True)
    frames = ((index / 10, np.zeros((4, 4, 3), np.uint8)) for index in range(19))
    reader = VideoReader(header, 'pyav', frames, allow_truncated=True)
    assert len(list(reader)) == 19  # they end at 1.9 s
    assert reader.truncated == truncated


def test_a_segment_without_a_frame_rate_keeps_the_times_of_its_frames():
    header = VideoHeader('a.h264', 'h264', 4, 4, 0, None, None, None, True)
    frame = np.zeros((4, 4, 3), np.uint8)
    reader = VideoReader(header, 'pyav', iter((number / 4, frame) for number in range(16)))
    assert len(list(reader)) == 16
    assert reader.segment_span(0) == (0.0, 4.0)


@pytest.mark.parametrize('kind', LISTS)
@pytest.mark.parametrize('form', ['{}', 'file://{}', 'FILE:{}'])
def test_a_playlist_named_as_a_video_does_not_read_its_neighbours(tmp_path, clips, kind, form):
    for path in write_lists(tmp_path, kind, clips['mp4']):
        with pytest.raises(VideoError, match=r'FFmpeg cannot open it|not a video'):
            open_video(form.format(path))


@pytest.mark.parametrize('kind', LISTS)
@pytest.mark.parametrize('decoder', ['opencv', 'decord'])
def test_a_playlist_reaches_no_other_decoder(tmp_path, clips, kind, decoder, monkeypatch):
    opened = []
    monkeypatch.setitem(DECODERS, decoder, lambda *arguments: opened.append(arguments))
    for path in write_lists(tmp_path, kind, clips['mp4']):
        with pytest.raises(VideoError, match=r'FFmpeg cannot open it|not a video'):
            open_video(path, decoder)
    assert opened == []


@pytest.mark.parametrize('protocol', ['concat:{}|{}', 'subfile,,start,0,end,0,,:{}', 'cache:{}'])
def test_protocols_around_a_file_are_not_followed(clips, protocol):
    with pytest.raises((VideoError, OSError)):
        open_video(protocol.format(clips['mp4'], clips['mp4']))


def test_addresses_are_read_by_pyav_alone(clips):
    with pytest.raises(ValueError, match=r"file:// #1: an address is read by PyAV only, got .*'op"):
        open_video(f'file://{clips["mp4"]}', 'opencv')


def damage_bytes(path, at, content):
    data = bytearray(path.read_bytes())
    data[at : at + len(content)] = content
    path.write_bytes(data)
    return path


def shown_at(path, **options):
    """Frames' numbers at the starts of segments, and the times of these."""
    frames, reader = read(path, allow_truncated=True, **options)
    numbers = frame_numbers(frames)[::16]
    return numbers, reader.clock(-(-len(frames) // 16)).edges[:-1], reader


@pytest.mark.parametrize('lost', ['overwritten', 'cut out'])
def test_frames_that_an_avi_lost_move_no_later_ones(tmp_path, lost):
    path = write_video(tmp_path / 'a.avi', numbered_frames(40), 'mjpeg', pixels='yuvj420p')
    data = path.read_bytes()
    at = data.index(b'00dc', len(data) // 3)
    end = data.index(b'00dc', at + 5000)
    path.write_bytes(data[:at] + (b'' if lost == 'cut out' else bytes(end - at)) + data[end:])
    with pytest.raises(VideoError, match=r'packets could not be decoded; frames are missing at 0'):
        read(path)
    numbers, times, reader = shown_at(path)
    assert numbers[1] > 16 and times == pytest.approx(np.array(numbers) / 25, abs=0.02)
    [(start, stop)] = reader.record()['gaps']
    assert stop - start == pytest.approx(reader.undecodable_packets / 25)
    with pytest.raises(VideoError, match='frames are missing, whose places in time only'):
        read(path, 'opencv', allow_truncated=True)


def test_frames_that_an_avi_did_not_record_are_no_damage(tmp_path):
    times = [40 * index + 800 * (index >= 20) for index in range(40)]
    path = tmp_path / 'a.avi'
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('mpeg4', rate=25)
        stream.height, stream.width, stream.bit_rate = 64, 96, 8_000_000
        for time, rgb in zip(times, numbered_frames(40), strict=True):
            frame = av.VideoFrame.from_ndarray(rgb, format='rgb24')
            frame.pts, frame.time_base = time, MILLISECOND
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    frames, reader = read(path)
    assert len(frames) == 40 and not reader.truncated and reader.gaps == []
    assert reader.clock(3).edges.tolist() == pytest.approx([0, 0.64, 2.08, 2.4])


@pytest.mark.parametrize('decoder', STREAMING)
@pytest.mark.parametrize('name', ['a.mkv', 'a.ts', 'a.flv'])
def test_lost_packets_are_found_whatever_decodes(tmp_path, name, decoder):
    path = write_video(tmp_path / name, noisy_frames(40), 'libx264')
    size = len(path.read_bytes())
    damage_bytes(path, size // 2 // 188 * 188, bytes(188 * 16))
    with pytest.raises(VideoError, match=r'truncated or damaged: read \d\d frames of '):
        read(path, decoder)
    if decoder == 'pyav' and name == 'a.ts':  # the others lose all that follows
        assert shown_at(path)[2].gaps


def test_recordings_joined_to_one_transport_stream_are_no_damage(tmp_path, clips):
    data = clips['ts'].read_bytes()
    (tmp_path / 'two.ts').write_bytes(data + data)
    frames, reader = read(tmp_path / 'two.ts')
    assert len(frames) == 80 and not reader.truncated


def test_matroska_whose_bytes_are_cut_out_is_damaged(tmp_path):
    path = write_video(tmp_path / 'a.mkv', noisy_frames(60))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + data[len(data) // 2 + 777 :])
    with pytest.raises(VideoError, match='; 777 bytes of the file are missing'):
        read(path)


def box_at(path, name):
    return path.read_bytes().find(name)


def test_an_mp4_whose_tables_differ_in_length_is_damaged(tmp_path):
    path = write_video(tmp_path / 'a.mp4', noisy_frames(40))
    damage_bytes(path, box_at(path, b'stts') + 15, b'\x18')  # 24 frames of 40
    with pytest.raises(VideoError, match='truncated or damaged: read 40 frames of 24 that'):
        read(path)


def test_an_mp4_whose_clock_is_not_that_of_its_track_is_damaged(tmp_path):
    path = write_video(tmp_path / 'a.mp4', noisy_frames(40))
    damage_bytes(path, box_at(path, b'mdhd') + 16, b'\x01')
    with pytest.raises(VideoError, match=r'its tracks last 0\.00\d+ s and the file 1\.6 s'):
        read(path)


def test_a_wrong_time_of_one_frame_in_an_mp4_moves_no_other(tmp_path):
    path = write_video(tmp_path / 'a.mp4', noisy_frames(60))
    # the second entry, of one frame
    damage_bytes(path, box_at(path, b'ctts') + 12 + 8 + 6, b'\x40')  # 1.28 s
    with pytest.raises(VideoError, match='truncated or damaged'):
        read(path)
    frames, reader = read(path, allow_truncated=True)
    assert len(frames) >= 58 and reader.clock(4).edges == pytest.approx(
        [0, 0.64, 1.28, 1.92, 2.4], abs=0.09
    )
