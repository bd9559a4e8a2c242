"""Writes a video with its score below the picture and a border around events; audio is kept."""

import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av

from mmvad.files import atomic_path
from mmvad.review.annotator import Annotator
from mmvad.scores.scored_video import ScoredVideo
from mmvad.video.container import (
    describe_video,
    find_video_stream,
    open_container,
)
from mmvad.video.decoders import convert_pyav
from mmvad.video.packets import decode_packets
from mmvad.video.resample import CLOCK_ERROR

CLOCK = Fraction(1, 90_000)  # the usual clock of video files
ENCODER = dict(preset='veryfast', crf='23')
COPIED = ('aac', 'ac3', 'alac', 'eac3', 'flac', 'mp3', 'mp3float', 'opus')  # players know them
AUDIO_RATE = 48_000
PREROLL = Fraction(1, 10)  # seconds; decoders of audio need the packet before the first sample


def write_annotated_video(
    video: str | os.PathLike,
    out: str | os.PathLike,
    scored: ScoredVideo,
    threshold: float,
    progress: Callable[[int], None] = lambda frames: None,
) -> None:
    """Write an annotated copy of a video as MP4, complete or not at all.

    Memory does not grow with the video. Time stamps, and so variable frame rates, are kept. Audio
    is copied where MP4 players know its codec, and encoded as AAC otherwise. Each picture belongs
    to the segment of its true time; where the clock knows no times, frames are counted.

    Args:
        video: The file that was scored.
        out: MP4 file; its folder is created if missing.
        scored: Its scores and events.
        threshold: Where the score bar has its tick.
        progress: Called with the frames written since the last call.

    Raises:
        FileNotFoundError, PermissionError, VideoError: The video cannot be read, or `out` cannot
            be written.
        ValueError: The video could not be scored, or `out` is not named ``.mp4``.
    """
    if Path(out).suffix != '.mp4':
        raise ValueError(f'an annotated video is an MP4 file, got the name {out}')
    with open_container(video) as source, open_container(video) as audio_source:
        stream = find_video_stream(source, os.fspath(video))
        stream.codec_context.thread_type = 'AUTO'
        frames = decode_packets(source, stream)
        first = next(frame for frame in frames)
        header = describe_video(os.fspath(video), source, stream, first)
        origin = first.time if header.has_clock and first.time is not None else 0.0
        annotator = Annotator(header.width, header.height, scored, threshold)
        with (
            atomic_path(out) as draft,
            av.open(str(draft), 'w', format='mp4', options=dict(movflags='faststart')) as target,
        ):
            encoder = _add_encoder(target, annotator, header.fps)
            audio = _AudioTrack(audio_source, target, origin)
            last, number = -1, 0
            for seconds, picture in convert_pyav(chain([first], frames), header, threads=1):
                if picture is None:  # a packet that could not be decoded, as in extraction
                    continue
                frame = scored.clock.frame_at(seconds + CLOCK_ERROR)
                drawn = annotator.draw(picture, number if frame is None else frame, seconds)
                coded = av.VideoFrame.from_ndarray(drawn, format='rgb24')
                last = max(last + 1, round(seconds / CLOCK))  # never backwards
                coded.pts, coded.time_base = last, CLOCK
                audio.mux_until(seconds)
                target.mux(encoder.encode(coded))
                number += 1
                progress(1)
            target.mux(encoder.encode())
            audio.mux_until(float('inf'))
            audio.finish()


def _add_encoder(target: av.container.OutputContainer, annotator: Annotator, fps: float | None):
    rate = Fraction(fps or 25).limit_denominator(1001)
    encoder = target.add_stream('libx264', rate=rate, options=ENCODER)
    encoder.width, encoder.height = annotator.width, annotator.height
    encoder.pix_fmt = 'yuv420p'
    encoder.codec_context.time_base = CLOCK
    return encoder


class _AudioTrack:
    """Copies or encodes a file's audio into another file, in step with the pictures."""

    def __init__(self, source, target, origin: float) -> None:
        self._stream = source.streams.best('audio')
        self._target = target
        self._encoder = None
        self._next = None
        if self._stream is None or self._stream.codec_context is None:
            self._pieces: Iterator = iter(())
        elif self._stream.codec_context.name in COPIED:
            out = target.add_stream_from_template(self._stream)
            self._pieces = self._copied(source, out, origin)
        else:
            self._encoder = target.add_stream('aac', rate=AUDIO_RATE, layout='stereo')
            self._pieces = self._encoded(source, origin)

    def mux_until(self, seconds: float) -> None:
        """Write what is heard up to a time."""
        while True:
            if self._next is None:
                self._next = next(self._pieces, None)
            if self._next is None or self._next[0] > seconds:
                return
            self._target.mux(self._next[1])
            self._next = None

    def finish(self) -> None:
        """Write what the encoder holds."""
        if self._encoder is not None:
            self._target.mux(self._encoder.encode())

    def _copied(self, source, out, origin: float) -> Iterator[tuple[float, object]]:
        base = self._stream.time_base
        shift = round(origin / base)
        for packet in source.demux(self._stream):
            if (
                packet.pts is None
                or packet.dts is None
                or packet.pts < shift - round(PREROLL / base)
            ):
                continue
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            packet.stream = out
            yield float(packet.pts * base), packet

    def _encoded(self, source, origin: float) -> Iterator[tuple[float, object]]:
        resampler = av.AudioResampler(format='fltp', layout='stereo', rate=AUDIO_RATE)
        for frame in decode_packets(source, self._stream):
            if frame is None or (frame.time is not None and frame.time < origin):
                continue
            if frame.pts is not None:
                frame.pts -= round(origin / frame.time_base)
            for piece in resampler.resample(frame):
                yield piece.time or 0.0, self._encoder.encode(piece)
