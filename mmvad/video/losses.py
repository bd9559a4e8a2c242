"""Finds where the demuxer of a damaged file passes over frames without an error."""

import mmap
import struct
from collections import deque
from statistics import median

import av

# Bytes between two packets of Matroska above which some are lost; headers take less than 100.
LOST_BYTES = 1000
HEADER_BYTES = 100
WATCHED = 8  # packets of the video after one that is suspect in which time may jump
JUMP = 1.5  # usual steps of time

# by version: time scale and length of a movie, behind the times at which it was made and changed
MOVIE_TIMES = {0: struct.Struct('>8xII'), 1: struct.Struct('>16xIQ')}
INDEX_ENTRY = struct.Struct('<4sIII')  # of AVI: name, flags, offset, size


class LossFinder:
    """Looks at all packets of a file in their order in it, and tells where some are missing.

    A jump in time alone may be a pause of a variable frame rate, and a break in the numbers of
    transport packets alone is where two recordings were joined. Both together are a loss, and so is
    a hole in the bytes of Matroska. AVI has no time stamps: there the index at the end of the file
    says which frame a packet is.

    Args:
        container: Open for reading.
        stream: The one whose frames count.

    Attributes:
        number: Of the last packet among the stream's frames, where the container is AVI; else None.
    """

    def __init__(self, container: av.container.InputContainer, stream: av.stream.Stream) -> None:
        self.number: int | None = None
        self._stream = stream.index
        self._size = container.size
        kind = container.format.name
        self._is_matroska = kind.startswith('matroska')
        self._is_flv = kind == 'flv'
        self._finds_bytes = self._is_matroska or self._is_flv
        self._end: int | None = None  # byte after the packets so far
        self._suspect = 0  # packets for which a jump in time is a loss
        self._time: int | None = None
        self._steps: deque[int] = deque(maxlen=9)
        self._index = None
        if kind == 'avi' and stream.type == 'video':
            self._index = AviIndex(read_avi_index(container.name, stream.index))

    def look(self, packet: av.Packet) -> int:
        """Look at the next packet of any stream.

        Returns:
            Packets missing before it, as far as they can be counted; 0 where none are.
        """
        if not packet.size:  # the end
            return self._lost_end()
        lost = self._lost_bytes(packet)
        if packet.stream.index != self._stream:
            return lost
        if self._index is not None:
            self.number, missing = self._index.find(packet)
            return missing
        if packet.is_corrupt:
            self._suspect = WATCHED
        return max(lost, self._lost_time(packet))

    def _lost_bytes(self, packet: av.Packet) -> int:
        if not self._finds_bytes or packet.pos is None:
            return 0
        hole = 0 if self._end is None else packet.pos - self._end
        self._end = max(self._end or 0, packet.pos + packet.size)
        if hole > HEADER_BYTES:
            self._suspect = WATCHED
        return int(self._is_matroska and hole > LOST_BYTES)

    def _lost_end(self) -> int:
        """Say whether FLV, which ends with its last packet, was left before its end."""
        is_left = self._is_flv and self._end is not None and self._size > self._end + LOST_BYTES
        self._end = None  # told once: there is an end of each stream
        return int(is_left)

    def _lost_time(self, packet: av.Packet) -> int:
        if packet.dts is None:
            return 0
        step = 0 if self._time is None else packet.dts - self._time
        self._time = packet.dts
        if self._suspect and self._steps and step > JUMP * median(self._steps):
            self._suspect = 0
            return max(1, round(step / median(self._steps)) - 1)
        self._suspect = max(0, self._suspect - 1)
        if step > 0:
            self._steps.append(step)
        return 0


class AviIndex:
    """Says which frame of an AVI a packet is.

    Args:
        entries: What `read_avi_index` gives.

    Example:
        >>> index = AviIndex([(4, 30), (42, 20), (70, 0), (78, 10)])
        >>> from types import SimpleNamespace as Packet
        >>> index.find(Packet(pos=104, size=30, dts=0)), index.find(Packet(pos=178, size=10, dts=1))
        ((0, 0), (3, 1))
    """

    def __init__(self, entries: list[tuple[int, int]]) -> None:
        self._entries = entries
        self._numbers = {offset: number for number, (offset, _) in enumerate(entries)}
        self._shift: int | None = None  # from positions in the file to offsets of the index
        self._last = -1

    def find(self, packet: av.Packet) -> tuple[int, int]:
        """Find the next packet.

        Args:
            packet: Of the stream of the index.

        Returns:
            Its number, and how many that hold a picture are missing between the one before and it.
            Where the index does not know it, it is the demuxer's number, or the next one.
        """
        last, number = self._last, None
        if self._entries:
            if self._shift is None:
                self._shift = self._entries[0][0] - packet.pos
            there = self._numbers.get(packet.pos + self._shift, -1)
            number = there if there > last else None
            if number is None or self._entries[number][1] != packet.size:
                moved = self._by_size(packet)
                number = number if moved is None else moved
        elif packet.dts is not None and packet.dts > last:
            number = packet.dts
        number = last + 1 if number is None else number
        self._last = number
        skipped = self._entries[last + 1 : number]
        return number, sum(size > 0 for _, size in skipped)

    def _by_size(self, packet: av.Packet) -> int | None:
        """Find a packet that bytes lost or added before it have moved."""
        for number in range(self._last + 1, len(self._entries)):
            offset, size = self._entries[number]
            if size == packet.size:
                self._shift = offset - packet.pos
                return number
        return None


def read_avi_index(path: str, stream: int) -> list[tuple[int, int]]:
    """Read the index at the end of an AVI; a cut before it has moved it from its place.

    Args:
        path: The file, or an address, which has none.
        stream: Number of the stream.

    Returns:
        Offset and size of each of the stream's chunks; empty where there is no index.

    Raises:
        OSError: The file cannot be read.
    """
    if '://' in path:
        return []
    with open(path, 'rb') as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.rfind(b'idx1')
        if at < 0:
            return []
        start, size = at + 8, int.from_bytes(data[at + 4 : at + 8], 'little')
        content = data[start : start + size]
    whole = len(content) // INDEX_ENTRY.size * INDEX_ENTRY.size
    names = (b'%02ddc' % stream, b'%02ddb' % stream)
    entries = INDEX_ENTRY.iter_unpack(content[:whole])
    return [(offset, size) for name, _, offset, size in entries if name in names]


def missing_matroska_bytes(path: str) -> int:
    """Compare the size that a Matroska file says it has with its own.

    Args:
        path: The file, or an address.

    Returns:
        Bytes that are missing; 0 where the file does not say its size, as one that was streamed.

    Raises:
        OSError: The file cannot be read.
    """
    if '://' in path:
        return 0
    with open(path, 'rb') as file:
        head = file.read(4096)
        actual = file.seek(0, 2)
    at = head.find(b'\x18\x53\x80\x67')  # the segment, which holds everything after the header
    if at < 0 or at + 12 > len(head) or not head[at + 4]:
        return 0
    width = 9 - head[at + 4].bit_length()
    size = int.from_bytes(head[at + 4 : at + 4 + width], 'big') & ((1 << 7 * width) - 1)
    if size == (1 << 7 * width) - 1:  # not known
        return 0
    return max(0, at + 4 + width + size - actual)


def movie_seconds(path: str) -> float | None:
    """Read how long an MP4 says it is, which FFmpeg replaces by the length of its tracks.

    Args:
        path: The file, or an address.

    Returns:
        Seconds; None where the file does not say it.

    Raises:
        OSError: The file cannot be read.
    """
    if '://' in path:
        return None
    with open(path, 'rb') as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.rfind(b'mvhd') + 4
        form = MOVIE_TIMES.get(data[at]) if at >= 4 and at + 36 <= len(data) else None
        if form is None:
            return None
        scale, length = form.unpack_from(data, at + 4)
    return length / scale if scale and length else None
