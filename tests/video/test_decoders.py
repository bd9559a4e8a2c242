from itertools import islice

import numpy as np
import pytest
from video_files import frame_numbers, numbered_frames, write_video

from mmvad.video.container import (
    VideoHeader,
    describe_video,
    find_video_stream,
    open_container,
)
from mmvad.video.decoders import (
    DECODERS,
    convert_pyav,
    decode_decord,
    decode_opencv,
    decoder_version,
)
from mmvad.video.errors import VideoError
from mmvad.video.packets import decode_packets


@pytest.fixture(scope='module')
def path(tmp_path_factory):
    """Five frames that are shown at unequal times."""
    path = tmp_path_factory.mktemp('decoders') / 'a.mp4'
    return str(write_video(path, numbered_frames(5), times=[0, 40, 140, 200, 500]))


def header_of(path, **changes):
    fields = dict(container='mov', width=96, height=64, rotation=0, fps=10.0)
    return VideoHeader(
        path, **{**fields, 'num_frames': None, 'duration': None, 'has_clock': True, **changes}
    )


def decode(name, header):
    """Read (seconds, frame) with a decoder."""
    if name != 'pyav':
        return list(DECODERS[name](header, 1))
    with open_container(header.path) as container:
        stream = find_video_stream(container, header.path)
        return list(convert_pyav(decode_packets(container, stream), header, 1))


@pytest.mark.parametrize('name', DECODERS)
def test_frames_come_upright_with_their_seconds_from_the_first_one(path, name):
    seconds, frames = zip(*decode(name, header_of(path)), strict=True)
    assert seconds == pytest.approx((0, 0.04, 0.14, 0.2, 0.5), abs=2e-3)
    assert frame_numbers(frames) == [0, 1, 2, 3, 4]
    assert {(frame.shape, frame.dtype) for frame in frames} == {((64, 96, 3), np.dtype('uint8'))}
    red = frames[0][:16, :, 0].mean(0)
    assert red[-8:].min() > 200 and red[:8].max() < 60  # it grows to the right


@pytest.mark.parametrize('name', DECODERS)
@pytest.mark.parametrize(('fps', 'interval'), [(10.0, 0.1), (None, 1.0)])
def test_without_time_stamps_seconds_are_counted(path, name, fps, interval):
    pairs = decode(name, header_of(path, has_clock=False, fps=fps))
    assert [seconds for seconds, _ in pairs] == pytest.approx(interval * np.arange(5))


def test_a_packet_that_pyav_cannot_decode_is_none_at_the_time_of_the_frame_before(path):
    header = header_of(path)
    with open_container(path) as container:
        first, second = islice(decode_packets(container, find_video_stream(container, path)), 2)
        pairs = list(convert_pyav(iter([first, second, None]), header, 1))
    assert pairs[2] == (pairs[1][0], None) and pairs[1][0] == pytest.approx(0.04, abs=2e-3)


@pytest.mark.parametrize('degrees', [90, 180, 270])
def test_pyav_turns_frames_as_the_other_decoders_do(tmp_path, degrees):
    path = str(write_video(tmp_path / 'r.mp4', numbered_frames(2), rotation=degrees))
    with open_container(path) as container:
        stream = find_video_stream(container, path)
        frames = list(decode_packets(container, stream))
        header = describe_video(path, container, stream, frames[0])
        ours = next(convert_pyav(iter(frames), header, 1))[1]
    theirs = next(decode_opencv(header, 1))[1]
    assert ours.shape == (header.height, header.width, 3)
    assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_opencv_says_what_it_cannot_open(tmp_path):
    with pytest.raises(VideoError, match=r'x.mp4: OpenCV cannot open it'):
        next(decode_opencv(header_of(str(tmp_path / 'x.mp4')), 1))


def test_a_missing_decord_names_the_other_decoder(path):
    def refuse(name):
        raise ImportError(name)

    message = r"^decoder 'decord' is not installed \(.*\); use decoder 'pyav'$"
    with pytest.raises(ImportError, match=message):
        next(decode_decord(header_of(path), 1, load=refuse))


def test_decord_does_not_read_what_an_edit_list_shortens(path):
    header = header_of(path, num_frames=20, duration=1.5)
    message = r'a\.mp4: an edit list shortens 2\.000 s to 1\.500 s, which decord does not follow'
    with pytest.raises(VideoError, match=message):
        next(decode_decord(header, 1))


def test_decord_names_a_file_that_it_cannot_read(tmp_path):
    (tmp_path / 'x.mp4').write_bytes(b'no video')
    with pytest.raises(VideoError, match=r'x\.mp4: decord cannot read it: '):
        next(decode_decord(header_of(str(tmp_path / 'x.mp4')), 1))


@pytest.mark.parametrize('name', DECODERS)
def test_the_version_of_every_decoder_is_known(name):
    assert decoder_version(name)[0].isdigit()


def test_a_frame_of_another_size_is_shown_in_that_of_the_first(tmp_path):
    small = write_video(tmp_path / 'small.ts', numbered_frames(10))
    large = write_video(tmp_path / 'large.ts', numbered_frames(10, 160, 128))
    (tmp_path / 'both.ts').write_bytes(small.read_bytes() + large.read_bytes())
    with open_container(tmp_path / 'both.ts') as container:
        stream = find_video_stream(container, 'both.ts')
        frames = decode_packets(container, stream)
        first = next(frames)
        header = describe_video('both.ts', container, stream, first)
        found = [frame for _, frame in convert_pyav(frames, header, 1)]
    assert len(found) == 19 and {frame.shape for frame in found} == {(64, 96, 3)}
