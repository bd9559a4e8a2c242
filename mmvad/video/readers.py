"""Read a video frame by frame: upright RGB frames in presentation order, in constant memory."""

import os
from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np

from mmvad.addresses import Address, as_source
from mmvad.clock import Clock, check_fps, clock_of_record
from mmvad.timeline import SEGMENT_FRAMES
from mmvad.video.container import (
    URL_TIMEOUT,
    VideoHeader,
    describe_video,
    find_video_stream,
    open_container,
)
from mmvad.video.decoders import (
    DECODERS,
    TimedFrames,
    convert_pyav,
    decoder_version,
)
from mmvad.video.errors import VideoError
from mmvad.video.packets import DECODER_DELAY, decode_packets, with_losses
from mmvad.video.resample import RisingClock, resample
from mmvad.video.shown_times import ShownTimes

# Frames that a file may be shorter than its header says: encoders of AVI lose one at the end.
TOLERATED_FRAMES = 1.5
SHOWN_GAPS = 3


class VideoReader(Iterator):
    """A one-pass iterator over the frames of a video, and a context manager that closes it.

    Attributes:
        path: The file, or what may be shown of an address.
        decoder: ``'pyav'``, ``'opencv'`` or ``'decord'``.
        header: What the header says, see `VideoHeader`.
        fps: Frames per second that the iterator gives: the requested rate, or the source's average.
        width: Pixels, after the rotation.
        height: Pixels, after the rotation.
        frames_decoded: Frames of the source read so far.
        frames_read: Frames returned so far; more or fewer where the rate is changed.
        undecodable_packets: Packets so far that are missing or could not be decoded; other decoders
            than PyAV report the missing ones at the end.
        gaps: Seconds, from the first frame on, between which such packets are missing: the end of
            the last frame before and the start of the next one.
        broken: Why reading broke off, where it did; only PyAV reports it.
    """

    def __init__(
        self,
        header: VideoHeader,
        decoder: str,
        timed_frames: TimedFrames,
        fps: float | None = None,
        allow_truncated: bool = False,
        broken: list[str] | None = None,
    ) -> None:
        self.path = header.path
        self.decoder = decoder
        self.header = header
        self.fps = fps or header.fps
        self.width = header.width
        self.height = header.height
        self.allow_truncated = allow_truncated
        self.frames_decoded = 0
        self.frames_read = 0
        self.undecodable_packets = 0
        self.gaps: list[tuple[float, float]] = []
        self.broken = [] if broken is None else broken  # filled while the frames are decoded
        self._fps = fps
        self._end = 0.0  # seconds at which the frames read so far end
        self._source = timed_frames
        self._shown = ShownTimes()
        self._frames = self._given_frames()

    def __next__(self) -> np.ndarray:
        frame = next(self._frames)
        self.frames_read += 1
        return frame

    def __enter__(self) -> 'VideoReader':
        return self

    def __exit__(self, *exc_info) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the iterator is then exhausted."""
        self._frames.close()
        self._source.close()

    @property
    def truncated(self) -> bool:
        """Whether frames are missing; known when the iterator is at its end.

        Both the count and the time must be short, where the header promises both: edit lists and
        recordings that start in the middle of a broadcast drop frames of a complete file. Where one
        frame would outlast the promised time, the index of the file is damaged and the time says
        nothing.
        """
        if self.undecodable_packets or self.header.damage:
            return True
        count, duration = self.header.num_frames, self.header.duration
        if count is not None and self.frames_decoded > count and 'mov' in self.header.container:
            return True  # the tables of its index differ in length
        short = [self.frames_decoded < count] if count is not None else []
        if duration is not None and (count is None or self._interval < 2 * duration):
            short.append(self._end + (TOLERATED_FRAMES - 1) * self._interval < duration)
        return bool(short) and all(short)

    def clock(self, num_segments: int) -> Clock:
        """Return the clock of the segments read so far.

        Args:
            num_segments: S, at most those of which a frame was returned.

        Returns:
            The clock, with the true times of a variable frame rate, and with the source's frames
            where the rate is changed.

        Raises:
            ValueError: The video has fewer segments.
        """
        return clock_of_record(num_segments, self._video_times())

    def segment_span(self, segment: int) -> tuple[float, float]:
        """Seconds at which a segment that was given out starts and its last frame ends.

        A time stamp within half a frame of frame ÷ rate is rounded to it, as `clock` does for a
        whole video: an event's least length does not hang on a container's milliseconds.
        """
        times = self._shown.span(segment, self._interval)
        start = segment * SEGMENT_FRAMES
        frames = start, min(start + SEGMENT_FRAMES, self.frames_read)
        if self.fps is None:
            return times
        start_time, end_time = (
            frame / self.fps if abs(seconds - frame / self.fps) <= 0.5 / self.fps else seconds
            for seconds, frame in zip(times, frames, strict=True)
        )
        return start_time, end_time

    def record(self) -> dict:
        """Say how the frames were made, for the record of a feature file (JSON types only).

        Complete when the iterator is at its end. ``segment_times`` and ``source_frames`` are those
        of all segments and the end, see `clock_of_record`; they are None where the frame rates
        imply them, to within half a frame of the result and one frame of the source.
        """
        return {
            'decoder': self.decoder,
            'decoder_version': decoder_version(self.decoder),
            'width': self.width,
            'height': self.height,
            'rotation': self.header.rotation,
            'truncated': self.truncated,
            'damage': self.damage,
            'gaps': [[round(seconds, 6) for seconds in gap] for gap in self.gaps],
            **self._video_times(),
        }

    def _video_times(self) -> dict:
        """Return the part of the record that `clock_of_record` reads."""
        fps, source_fps = self.fps, self.header.fps
        frames, times, sources = self._shown.edges(self._interval, self.frames_decoded)
        is_timed, is_resampled = fps is not None, self._fps is not None
        ratio = source_fps / fps if is_resampled else 1.0
        return {
            'source_fps': source_fps,
            'fps': fps,
            'num_frames': int(frames[-1]),
            'segment_times': _unless_near(times, frames / fps, 0.5 / fps) if is_timed else None,
            'source_frames': _unless_near(sources, frames * ratio, max(1.0, ratio))
            if is_resampled
            else None,
        }

    @property
    def _interval(self) -> float:
        return 1 / (self.header.fps or 1.0)

    def _given_frames(self) -> Iterator[np.ndarray]:
        decoded = self._decoded_frames()
        if self._fps is None:
            clock = RisingClock()
            shown = ((clock.rise(seconds, self._interval), *frame) for seconds, frame in decoded)
        else:
            frames = resample(decoded, self._fps, self._interval)
            shown = ((tick / self._fps, *frame) for tick, frame in enumerate(frames))
        for seconds, number, frame in shown:
            self._shown.add(seconds, number)
            yield frame
        self._check_complete()

    def _decoded_frames(self) -> Iterator[tuple[float, tuple[int, np.ndarray]]]:
        """Yield seconds, and number and frame, of what can be decoded."""
        last, watched = 0.0, 0
        for seconds, frame in self._source:
            if frame is None:
                self.undecodable_packets += 1
                watched = DECODER_DELAY
                continue
            is_late = seconds > self._end + 0.5 * self._interval
            if is_late and (watched or self.header.damage):
                self.gaps.append((self._end, seconds))
            watched = 0 if is_late else max(0, watched - 1)
            # At a variable rate, the best guess is that a frame lasts as long as the one before.
            self._end = max(self._end, seconds + max(self._interval, seconds - last))
            last = seconds
            self.frames_decoded += 1
            yield seconds, (self.frames_decoded - 1, frame)

    def _check_complete(self) -> None:
        if not self.frames_decoded:
            raise VideoError(f'{self.path}: {self.decoder} decodes no frame of it')
        if not self.truncated or self.allow_truncated:
            return
        raise VideoError(
            f'{self.path}: truncated or damaged: {self.damage}; '
            'allow_truncated=True uses the frames that decode'
        )

    @property
    def damage(self) -> str | None:
        """What is missing, in words, when the iterator is at its end; None for a whole file."""
        if not self.truncated:
            return None
        promised = self.header.num_frames
        if promised is None and self.header.duration is not None:
            promised = round(self.header.duration / self._interval)
        found = (
            f'read {self.frames_decoded} frames of '
            f'{"an unknown number" if promised is None else promised} that the header promises, '
            f'{self.undecodable_packets} packets could not be decoded'
        )
        places = ', '.join(f'{start:.2f}–{end:.2f} s' for start, end in self.gaps[:SHOWN_GAPS])
        more = ', …' if len(self.gaps) > SHOWN_GAPS else ''
        return '; '.join(
            [
                found,
                *([self.header.damage] if self.header.damage else []),
                *([f'frames are missing at {places}{more}'] if places else []),
            ]
        )


def open_video(
    path: str | os.PathLike | Address,
    decoder: str = 'pyav',
    fps: float | None = None,
    threads: int = 1,
    allow_truncated: bool = False,
    timeout: float = URL_TIMEOUT,
) -> VideoReader:
    """Open a video for one pass over its frames.

    Pixels are as stored: their aspect ratio, if not square, is ignored, as published extractors do.
    Every decoder shares the header, which PyAV reads. PyAV and OpenCV hold a few frames; decord
    decodes ahead of a slower reader without bound (dmlc/decord issue 208): for short videos only.

    Args:
        path: A file, or an address that FFmpeg knows (see `is_address`).
        decoder: ``'pyav'``, ``'opencv'`` or ``'decord'``; addresses are read by PyAV.
        fps: Frames per second to resample to, see `resample.resample`; None gives every frame once.
        threads: Threads of the decoder; more than 1 holds that many more frames in memory.
        allow_truncated: Use the frames that decode from a truncated or damaged file, instead of
            raising at its end.
        timeout: Seconds that opening an address, or one read from it, may take.

    Returns:
        Iterator over (H, W, 3) uint8 RGB frames.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: The path cannot be read.
        ValueError: The decoder is unknown, or `fps` or `threads` is not positive.
        VideoError: The file is no video, holds no frame, cannot be read by this decoder; or,
            raised while iterating, it is truncated.
    """
    if decoder not in DECODERS:
        raise ValueError(f'decoder must be one of {tuple(DECODERS)}, got {decoder!r}')
    check_fps(fps)
    if threads < 1:
        raise ValueError(f'threads must be at least 1, got {threads}')
    source = as_source(path)
    name = str(source)
    if decoder != 'pyav' and isinstance(source, Address):  # of other FFmpegs, with other protocols
        raise ValueError(f'{name}: an address is read by PyAV only, got decoder {decoder!r}')
    container, broken = open_container(source, timeout), []
    try:
        header, frames = _start_decoding(name, container, threads, broken.append)
        if fps is not None and header.fps is None:
            raise VideoError(f'{name}: its frame rate is unknown, so it cannot be resampled')
    except BaseException:
        container.close()
        raise
    if decoder == 'pyav':
        source = _closing(container, convert_pyav(frames, header, threads))
    else:
        frames.close()
        container.close()
        source = with_losses(DECODERS[decoder](header, threads), name)
    return VideoReader(header, decoder, source, fps, allow_truncated, broken)


def _unless_near(values: np.ndarray, linear: np.ndarray, tolerance: float) -> list[float] | None:
    is_near = bool((np.abs(values - linear) <= tolerance).all())
    return None if is_near else np.round(values, 6).tolist()


def _start_decoding(
    name: str, container, threads: int, on_break: Callable[[str], None]
) -> tuple[VideoHeader, Iterator]:
    """Decode the first frame for the header, and put it back in front of the others."""
    stream = find_video_stream(container, name)
    stream.codec_context.thread_count = threads
    stream.codec_context.thread_type = 'AUTO'
    frames = decode_packets(container, stream, on_break)
    first = next(frames, None)
    if first is None:
        raise VideoError(f'{name}: the video stream holds no frame that can be decoded')
    return describe_video(name, container, stream, first), _chained(first, frames)


def _chained(first, frames) -> Iterator:
    yield from chain([first], frames)


def _closing(container, frames: TimedFrames) -> TimedFrames:
    with container:
        yield from frames
