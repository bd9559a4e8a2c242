from types import SimpleNamespace

import numpy as np
import pytest
from video_files import numbered_frames, write_video

from mmvad.video.container import find_video_stream, open_container
from mmvad.video.losses import (
    AviIndex,
    LossFinder,
    missing_matroska_bytes,
    movie_seconds,
    read_avi_index,
)
from mmvad.video.packets import count_missing

NOISE = np.random.default_rng(0).integers(0, 30, (60, 64, 96, 3), np.uint8)
FRAMES = numbered_frames(60) + NOISE


class Packets:
    """Packets of one stream, as `LossFinder` looks at them."""

    def __init__(self, kind):
        container = SimpleNamespace(format=SimpleNamespace(name=kind), name='none://', size=0)
        self.finder = LossFinder(container, SimpleNamespace(index=0, type='video'))
        self.end = 0

    def look(self, dts, hole=0, is_corrupt=False):
        pos, self.end = self.end + hole, self.end + hole + 50
        stream = SimpleNamespace(index=0)
        packet = SimpleNamespace(stream=stream, pos=pos, size=50, dts=dts, is_corrupt=is_corrupt)
        return self.finder.look(packet)


def missing(path):
    with open_container(path) as container:
        return count_missing(container, find_video_stream(container, str(path)))


@pytest.mark.parametrize('name', ['a.mp4', 'a.mkv', 'a.ts', 'a.flv', 'a.avi'])
def test_a_whole_file_misses_nothing(tmp_path, name):
    assert missing(write_video(tmp_path / name, FRAMES)) == (0, 0)


def test_a_jump_in_time_is_a_loss_only_near_a_broken_packet():
    packets = Packets('mpegts')
    found = [packets.look(dts) for dts in (0, 4, 8, 30, 34)]
    found += [packets.look(38, is_corrupt=True), packets.look(42), packets.look(62)]
    assert found == [0, 0, 0, 0, 0, 0, 0, 4]


def test_a_broken_packet_where_time_goes_on_or_back_is_where_recordings_were_joined():
    packets = Packets('mpegts')
    found = [packets.look(dts, is_corrupt=dts == 12) for dts in (0, 4, 8, 12, 16, 0, 4, 8)]
    assert not any(found)


def test_a_jump_long_after_a_broken_packet_is_a_pause():
    packets = Packets('mpegts')
    times = [*range(0, 80, 4), 200]
    assert not any(packets.look(dts, is_corrupt=dts == 8) for dts in times)


def test_holes_in_the_bytes_count_where_containers_have_none():
    assert [Packets(kind).look(0, 5000) for kind in ('matroska,webm', 'flv', 'mpegts')] == [0] * 3
    for kind, expected in (('matroska,webm', 1), ('flv', 0), ('mpegts', 0)):
        packets = Packets(kind)
        assert [packets.look(0), packets.look(4, 5000)] == [0, expected]


def test_a_small_hole_is_a_loss_where_time_jumps():
    packets = Packets('flv')
    assert [packets.look(0), packets.look(4), packets.look(12, 200)] == [0, 0, 1]


def find(index, *packets):
    return [index.find(SimpleNamespace(pos=pos, size=size, dts=dts)) for pos, size, dts in packets]


def test_an_index_counts_lost_packets_and_not_those_that_are_empty():
    entries = [(4, 30), (42, 20), (70, 0), (78, 10), (96, 25)]
    assert find(AviIndex(entries), (104, 30, 0), (178, 10, 1), (196, 25, 2)) == [
        (0, 0),
        (3, 1),
        (4, 0),
    ]


def test_bytes_cut_out_move_the_packets_behind_them():
    entries = [(4, 30), (42, 20), (70, 40), (118, 10), (136, 25)]
    moved = find(AviIndex(entries), (104, 30, 0), (142, 40, 1), (190, 10, 2), (208, 25, 3))
    assert [number for number, _ in moved] == [0, 2, 3, 4]


def test_without_an_index_the_number_is_the_demuxer_s_or_the_next():
    assert find(AviIndex([]), (0, 5, 0), (9, 5, 3), (18, 5, None), (27, 5, 2)) == [
        (0, 0),
        (3, 0),
        (4, 0),
        (5, 0),
    ]


def test_the_index_of_an_avi_is_found_though_bytes_before_it_are_cut_out(tmp_path):
    path = write_video(tmp_path / 'a.avi', FRAMES, 'mpeg4')
    whole = read_avi_index(str(path), 0)
    data = path.read_bytes()
    path.write_bytes(data[:20000] + data[25000:])
    assert len(whole) == 60 and read_avi_index(str(path), 0) == whole
    path.write_bytes(data[: data.rfind(b'idx1')])
    assert read_avi_index(str(path), 0) == read_avi_index('rtsp://gate', 0) == []


def test_matroska_says_how_many_bytes_are_missing(tmp_path):
    path = write_video(tmp_path / 'a.mkv', FRAMES)
    assert missing_matroska_bytes(str(path)) == missing_matroska_bytes('rtsp://gate') == 0
    data = path.read_bytes()
    path.write_bytes(data[:20000] + data[25000:])
    assert missing_matroska_bytes(str(path)) == 5000
    live = write_video(tmp_path / 'l.mkv', FRAMES, container_options={'live': '1'})
    assert missing_matroska_bytes(str(live)) == 0


def test_a_movie_says_how_long_it_is(tmp_path):
    path = write_video(tmp_path / 'a.mp4', FRAMES)
    assert movie_seconds(str(path)) == pytest.approx(2.4)
    assert movie_seconds(str(write_video(tmp_path / 'a.mkv', FRAMES))) is None
    assert movie_seconds('rtsp://gate') is None
