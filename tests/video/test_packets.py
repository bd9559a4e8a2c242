import av
import pytest
from video_files import numbered_frames, write_video

from mmvad.video.container import open_container
from mmvad.video.errors import VideoError
from mmvad.video.packets import decode_packets, with_losses

FRAMES = numbered_frames(20)


class BreakingContainer:
    """Gives some packets of a container and then fails."""

    read_timeout = 2.5

    def __init__(self, container, count, error):
        self.container, self.count, self.error = container, count, error
        self.format, self.size = container.format, container.size

    def demux(self, *streams):
        packets = self.container.demux(*streams)
        for _ in range(self.count):
            yield next(packets)
        raise self.error


@pytest.mark.parametrize(
    ('error', 'reason'),
    [
        (av.ExitError(1, 'Immediate exit requested'), 'no data for 2.5 s'),
        (av.InvalidDataError(1, 'a bad sector'), 'a bad sector'),
    ],
)
def test_reading_that_breaks_off_gives_what_was_read_and_the_reason(tmp_path, error, reason):
    reasons = []
    with open_container(write_video(tmp_path / 'a.mp4', FRAMES)) as container:
        stream = container.streams.best('video')
        found = list(
            decode_packets(BreakingContainer(container, 10, error), stream, reasons.append)
        )
    assert len(reasons) == 1 and reason in reasons[0]
    assert found.count(None) == 1 and len(found) == 10 + 1


def test_packets_before_the_first_frame_that_decodes_are_left_out(tmp_path):
    path = write_video(tmp_path / 'a.ts', numbered_frames(300))  # a key frame every 250
    data = path.read_bytes()
    path.write_bytes(data[len(data) // 3 // 188 * 188 :])
    with open_container(path) as container:
        found = list(decode_packets(container, container.streams.best('video')))
    assert len(found) == 50 and None not in found


def test_losses_stand_behind_the_frames_of_a_decoder_that_passes_over_them(tmp_path):
    path = write_video(tmp_path / 'a.avi', FRAMES, 'mjpeg', pixels='yuvj420p')
    given = [(0.0, 'a frame')]
    assert list(with_losses(iter(given), str(path))) == given
    data = path.read_bytes()
    at = data.index(b'00dc', len(data) // 3)
    end = data.index(b'00dc', at + 4)
    path.write_bytes(data[:at] + bytes(end - at) + data[end:])
    with pytest.raises(VideoError, match=r'a\.avi: \d frames are missing, whose places in time'):
        list(with_losses(iter(given), str(path)))
    frames = numbered_frames(100, 320, 240)
    path = write_video(tmp_path / 'a.mkv', frames, 'mjpeg', pixels='yuvj420p')
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 20000] = bytes(20000)
    path.write_bytes(data)
    found = list(with_losses(iter(given), str(path)))
    assert found[0] == given[0] and found[1] == (0.0, None)


def test_the_sound_of_an_avi_keeps_its_times(tmp_path):
    sound = FRAMES[0, :, 0, 0].repeat(100) / 255, 8000
    path = write_video(tmp_path / 'a.avi', FRAMES, 'mjpeg', pixels='yuvj420p', audio=sound)
    with open_container(path) as container:
        frames = list(decode_packets(container, container.streams.best('audio')))
    assert sum(frame.samples for frame in frames) == len(sound[0])
    assert frames[1].pts - frames[0].pts == frames[0].samples
