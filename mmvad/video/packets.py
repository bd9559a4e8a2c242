"""Decode the packets of a media file with PyAV, and say where some are missing."""

from collections import deque
from collections.abc import Callable, Iterator

import av
import numpy as np

from mmvad.video.container import find_video_stream, open_container, reason_of
from mmvad.video.errors import VideoError
from mmvad.video.losses import LossFinder

WRONG_SECONDS = 0.5  # of a time stamp in disorder; less is put right without a word
DECODER_DELAY = 32  # frames that a decoder may hold back, with some to spare


def decode_packets(
    container: av.container.InputContainer,
    stream: av.stream.Stream,
    on_break: Callable[[str], None] = lambda reason: None,
) -> Iterator[av.frame.Frame | None]:
    """Decode a stream in one pass, continuing past damage.

    Demuxers pass over damage without an error; `LossFinder` says where. In AVI, whose frames carry
    no time stamps, the ``pts`` of a frame is its number, which counts those that are missing.

    Args:
        container: Open for reading.
        stream: One of its streams.
        on_break: Called with the reason where reading breaks off, as where an address times out.

    Yields:
        Frames in presentation order, and None for each packet that could not be decoded and each
        place where the demuxer lost bytes. Such packets before the first frame are skipped: a
        recording may start in the middle of a broadcast.
    """
    frames = _decoded(container, stream, on_break)
    if container.format.name.startswith('mov'):
        frames = _with_even_times(frames)
    return _without_late(frames)


def _with_even_times(frames: Iterator[av.frame.Frame | None]) -> Iterator[av.frame.Frame | None]:
    """Place a frame whose time stamp is not between its neighbours' where it belongs.

    Decoders give frames in the order of time, so that the index of such an MP4 is wrong. None
    follows a frame that was wrong by more than `WRONG_SECONDS`.
    """
    before, held = None, None
    for frame in frames:
        is_wrong = False
        if held is not None and frame is not None and None not in (held.pts, frame.pts):
            away = (held.pts - frame.pts) * frame.time_base
            is_wrong = away > WRONG_SECONDS
            if away > 0 and (before is None or frame.pts > before):
                held.pts = frame.pts if before is None else (before + frame.pts) // 2
            elif away > 0:
                frame.pts = held.pts
        if held is not None:
            yield held
            before = held.pts
        if frame is None or is_wrong:
            yield None
        held = frame
    if held is not None:
        yield held


def count_missing(
    container: av.container.InputContainer, stream: av.VideoStream
) -> tuple[int, int]:
    """Count what a file misses, without decoding it.

    Args:
        container: Open for reading.
        stream: Its video stream.

    Returns:
        Packets missing between others; and frames of an AVI that were not recorded or are missing
        before its last one, which shift the time of those that are counted.
    """
    finder, lost, packets = LossFinder(container, stream), 0, 0
    try:
        for packet in container.demux():
            lost += finder.look(packet)
            packets += packet.size > 0 and packet.stream.index == stream.index
    except av.FFmpegError:  # its end is missing, which counts do not tell
        pass
    return lost, 0 if finder.number is None else finder.number + 1 - packets


def _without_late(frames: Iterator[av.frame.Frame | None]) -> Iterator[av.frame.Frame | None]:
    """Drop the frames that a decoder held back over damage until it had shown later ones.

    Their step back in time would look like the start of another recording.
    """
    latest, watched = None, 0
    for frame in frames:
        watched = DECODER_DELAY if frame is None else max(0, watched - 1)
        if frame is not None and frame.pts is not None:
            if watched and latest is not None and frame.pts < latest:
                continue
            latest = frame.pts
        yield frame


def _decoded(
    container: av.container.InputContainer, stream: av.stream.Stream, on_break: Callable
) -> Iterator[av.frame.Frame | None]:
    started, finder = False, LossFinder(container, stream)
    numbers: deque[int] = deque()  # of the packets of an AVI whose frames are still to come
    for packet, lost in _packets(container, stream, finder, on_break):
        if started:
            yield from [None] * lost
        if packet is not None and packet.size and finder.number is not None:
            numbers.append(finder.number)
        try:
            for frame in stream.decode(packet):
                started = True
                if frame.time_base is None:  # of a flush without a packet
                    frame.time_base = stream.time_base
                if finder.number is not None:
                    frame.pts = numbers.popleft() if numbers else finder.number
                yield frame
        except av.FFmpegError:
            if numbers:
                numbers.pop()
            if started:
                yield None


def _packets(
    container: av.container.InputContainer,
    stream: av.stream.Stream,
    finder: LossFinder,
    on_break: Callable,
) -> Iterator[tuple[av.Packet | None, int]]:
    """Yield the packets of a stream, and how many are missing before each.

    Where reading breaks off the last one is None, which flushes what the decoder still holds.
    """
    lost = 0
    try:
        for packet in container.demux():  # of all streams, whose bytes are none that are lost
            lost += finder.look(packet)
            if packet.stream.index == stream.index:
                yield packet, lost
                lost = 0
    except av.FFmpegError as error:
        timed_out = isinstance(error, av.ExitError)
        on_break(f'no data for {container.read_timeout:g} s' if timed_out else reason_of(error))
        yield None, lost + 1


def with_losses(
    frames: Iterator[tuple[float, np.ndarray | None]], path: str
) -> Iterator[tuple[float, np.ndarray | None]]:
    """Add to the frames of a decoder that passes over losses what the packets tell of them.

    Args:
        frames: Seconds and frames of the decoder.
        path: The file.

    Yields:
        The same, and a frame of None for each packet that is missing, at the end.

    Raises:
        VideoError: The file has no time stamps, and frames are missing before its end.
    """
    with open_container(path) as container:
        stream = find_video_stream(container, path)
        lost, skipped = count_missing(container, stream)
    if skipped:
        raise VideoError(
            f"{path}: {skipped} frames are missing, whose places in time only decoder 'pyav' knows"
        )
    yield from frames
    yield from [(0.0, None)] * lost
