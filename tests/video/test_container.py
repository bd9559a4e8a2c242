from types import SimpleNamespace

import pytest
from video_files import cut_short, numbered_frames, write_sound, write_video

from mmvad.video.container import (
    check_decoder,
    describe_video,
    find_video_stream,
    open_container,
)
from mmvad.video.errors import VideoError
from mmvad.video.packets import decode_packets

FRAMES = numbered_frames(20)


def describe(path):
    """Read the header of a file."""
    with open_container(path) as container:
        stream = find_video_stream(container, str(path))
        first = next(decode_packets(container, stream))
        return describe_video(str(path), container, stream, first)


@pytest.mark.parametrize(
    ('name', 'num_frames', 'duration', 'has_clock'),
    [
        ('a.mp4', 20, 0.8, True),
        ('a.avi', 20, 0.8, False),
        ('a.mkv', None, 0.8, True),
        ('a.ts', None, None, True),
    ],
)
def test_the_header_promises_only_what_the_format_stores(
    tmp_path, name, num_frames, duration, has_clock
):
    codec = 'mpeg4' if name.endswith('avi') else 'libx264'
    header = describe(write_video(tmp_path / name, FRAMES, codec))
    assert (header.num_frames, header.has_clock, header.fps) == (num_frames, has_clock, 25)
    assert header.duration == (None if duration is None else pytest.approx(duration, abs=0.01))
    assert (header.width, header.height, header.rotation) == (96, 64, 0)
    assert (header.start is None) == (not has_clock)


def test_a_turned_video_is_described_as_it_is_shown(tmp_path):
    header = describe(write_video(tmp_path / 'a.mp4', FRAMES, rotation=90))
    assert (header.width, header.height) == (64, 96) and header.rotation in (90, 270)


def test_a_slanted_rotation_is_an_error():
    message = r'^a\.mp4: rotation must be a multiple of 90 degrees, got 45$'
    with pytest.raises(VideoError, match=message):
        describe_video('a.mp4', None, None, SimpleNamespace(rotation=45))


def test_what_is_no_video_is_named_with_what_it_is(tmp_path):
    sound = write_sound(tmp_path / 'a.wav', FRAMES[0, :, 0, 0] / 255, 8000)
    text = tmp_path / 'a.txt'
    text.write_text('a thesis\n' * 100)
    for path, message in (
        (sound, r'a\.wav: no video stream; streams found: audio$'),
        (text, r"a\.txt: not a video, FFmpeg reads it as 'tty'$"),
    ):
        with open_container(path) as container, pytest.raises(VideoError, match=message):
            find_video_stream(container, str(path))


def test_a_file_of_no_known_format_is_named(tmp_path):
    (tmp_path / 'a.mp4').write_bytes(b'no video')
    with pytest.raises(VideoError, match=r'a\.mp4: FFmpeg cannot open it: '):
        open_container(tmp_path / 'a.mp4')


def test_a_missing_file_and_a_folder_raise_the_built_in_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'absent\.mp4'):
        open_container(tmp_path / 'absent.mp4')
    with pytest.raises((IsADirectoryError, PermissionError), match=tmp_path.name):
        open_container(tmp_path)


def test_a_stream_without_a_decoder_is_an_error():
    stream = SimpleNamespace(codec_context=None, type='video')
    with pytest.raises(VideoError, match=r'^a\.mp4: FFmpeg has no decoder for its video stream$'):
        check_decoder(stream, 'a.mp4')


def test_a_name_with_a_colon_is_a_file_and_an_address_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / 'gate:1.mp4', FRAMES)
    for form in ('gate:1.mp4', f'file://{tmp_path}/gate:1.mp4', f'FILE://{tmp_path}/gate:1.mp4'):
        with open_container(form) as container:
            assert container.streams.best('video') is not None


def test_a_file_that_is_cut_short_still_promises_its_length(tmp_path):
    whole = write_video(tmp_path / 'a.avi', numbered_frames(60), 'mpeg4')
    assert describe(cut_short(whole, 0.6)).num_frames == 60
