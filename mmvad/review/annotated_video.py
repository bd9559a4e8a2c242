"""Writes a video with its score below the picture and a border around events; sound is kept."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import cv2
import numpy as np

from mmvad.apis.events import check_scores
from mmvad.datasets.video.container import (
    decode_packets,
    describe_video,
    find_video_stream,
    open_container,
)
from mmvad.datasets.video.decoders import convert_pyav
from mmvad.fileio import atomic_path
from mmvad.timeline import SEGMENT_FRAMES
from mmvad.visualization.figures import BLUE, VERMILION, format_seconds

CLOCK = Fraction(1, 90_000)  # the usual clock of video files
ENCODER = dict(preset='veryfast', crf='23')
COPIED = ('aac', 'ac3', 'alac', 'eac3', 'flac', 'mp3', 'mp3float', 'opus')  # players know them
SOUND_RATE = 48_000
PREROLL = Fraction(1, 10)  # seconds; decoders of sound need the packet before the first sample
BACKGROUND, GREY, LIGHT = (24, 24, 24), (110, 110, 110), (225, 225, 225)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


SCORE, ALARM = _rgb(BLUE), _rgb(VERMILION)


class Annotator:
    """Draws what is known of a frame around it.

    Below the picture: the frame's score as a number and as a bar with a tick at the threshold, then
    the curve of the whole video with its events and the place of the frame. In an event the picture
    has a border, and the text says so: colour alone tells nothing.

    Args:
        width: Pixels of the picture.
        height: Pixels of the picture.
        scores: (S,) in [0, 1].
        threshold: Where the tick stands.
        events: Entries with ``id``, ``start_frame`` and ``end_frame``, as in a result document.

    Raises:
        ValueError: The scores are not those of a video.

    Example:
        >>> annotator = Annotator(64, 48, [0.25, 0.75], threshold=0.5)
        >>> picture = np.zeros((48, 64, 3), np.uint8)
        >>> annotator.draw(picture, 3, 0.1).shape == (annotator.height, annotator.width, 3)
        True
    """

    def __init__(
        self,
        width: int,
        height: int,
        scores: Sequence[float] | np.ndarray,
        threshold: float,
        events: Sequence[Mapping] = (),
    ) -> None:
        self._scores = check_scores(scores)
        self._threshold = threshold
        self._events = events
        self._picture = (width, height)
        self._row = max(14, min(height, width) // 14)  # height of a line of text
        self._border = max(2, min(height, width) // 60)
        self.width = width + width % 2  # the encoder takes even sides only
        below = 3 * self._row
        self.height = height + below + (height + below) % 2
        self._canvas = np.full((self.height, self.width, 3), BACKGROUND, np.uint8)
        self._draw_curve()

    def draw(self, picture: np.ndarray, frame: int, seconds: float) -> np.ndarray:
        """Draw one frame.

        Args:
            picture: (H, W, 3) uint8, RGB.
            frame: Number of the frame in the clock of the scores.
            seconds: Its time, to be shown.

        Returns:
            (height, width, 3) uint8, RGB, a new array. Frames behind the last segment have no
            score.
        """
        canvas = self._canvas.copy()
        width, height = self._picture
        canvas[:height, :width] = picture
        event = next(
            (each for each in self._events if each['start_frame'] <= frame < each['end_frame']),
            None,
        )
        if event is not None:
            edge = self._border
            for part in (
                canvas[:edge, :width],
                canvas[height - edge : height, :width],
                canvas[:height, :edge],
                canvas[:height, width - edge : width],
            ):
                part[:] = ALARM
        segment = frame // SEGMENT_FRAMES
        score = float(self._scores[segment]) if segment < len(self._scores) else None
        self._draw_score(canvas, score, event, seconds)
        column = min(width - 1, segment * width // len(self._scores))
        canvas[height + self._row :, column : column + 1] = LIGHT
        return canvas

    def _draw_score(self, canvas, score: float | None, event: Mapping | None, seconds: float):
        width, height = self._picture
        text = 'no score' if score is None else f'{score:.2f}'
        text += f'  {format_seconds(int(seconds))}'
        text += '' if event is None else f'  EVENT {event["id"]}'
        scale = self._row / 34
        base = height + self._row - self._row // 4
        cv2.putText(canvas, text, (4, base), cv2.FONT_HERSHEY_SIMPLEX, scale, LIGHT, 1, cv2.LINE_AA)
        left, right = width // 2 + 4, width - 4
        top, bottom = height + self._row // 4, height + self._row - self._row // 4
        cv2.rectangle(canvas, (left, top), (right, bottom), GREY, 1)
        if score is not None:
            colour = ALARM if np.float32(score) >= np.float32(self._threshold) else SCORE
            end = left + round(score * (right - left))
            cv2.rectangle(canvas, (left, top), (end, bottom), colour, -1)
        tick = left + round(self._threshold * (right - left))
        cv2.line(canvas, (tick, top - 2), (tick, bottom + 2), LIGHT, 1)

    def _draw_curve(self) -> None:
        """Draw the highest score of each column once, for all frames."""
        width, height = self._picture
        top, bottom = height + self._row + 2, height + 3 * self._row - 2
        edges = np.linspace(0, len(self._scores), width + 1)
        for column in range(width):
            first = int(edges[column])
            last = max(first + 1, int(np.ceil(edges[column + 1])))
            peak = float(self._scores[first:last].max())
            frames = (first * SEGMENT_FRAMES, last * SEGMENT_FRAMES)
            in_event = any(
                event['start_frame'] < frames[1] and frames[0] < event['end_frame']
                for event in self._events
            )
            start = bottom - round(peak * (bottom - top))
            self._canvas[start:bottom, column] = ALARM if in_event else SCORE
        line = bottom - round(self._threshold * (bottom - top))
        self._canvas[line, :width:4] = LIGHT


def write_annotated_video(
    video: str | os.PathLike,
    out: str | os.PathLike,
    scores: Sequence[float] | np.ndarray,
    threshold: float,
    events: Sequence[Mapping] = (),
    resampled_fps: float | None = None,
    progress: Callable[[int], None] = lambda frames: None,
) -> None:
    """Write the video anew as MP4, whole or not at all, in memory that does not grow with it.

    Time stamps are kept, so are variable frame rates. Sound is copied as it is where MP4 players
    know its codec, and else encoded as AAC.

    Args:
        video: The file that was scored.
        out: MP4 file; its folder is made where it is missing.
        scores: (S,) in [0, 1].
        threshold: Where the score's bar has its tick.
        events: As in a result document.
        resampled_fps: Frames a second to which the video was resampled before it was scored; None
            where each of its frames was taken once.
        progress: Called with the frames written since the last call.

    Raises:
        FileNotFoundError, PermissionError, VideoError: The video cannot be read, or `out` not be
            written.
        ValueError: The scores are not those of a video, or `out` is not named ``.mp4``.
    """
    if Path(out).suffix != '.mp4':
        raise ValueError(f'an annotated video is an MP4 file, got the name {out}')
    with open_container(video) as source, open_container(video) as sound_source:
        stream = find_video_stream(source, os.fspath(video))
        stream.codec_context.thread_type = 'AUTO'
        frames = decode_packets(source, stream)
        first = next(frame for frame in frames)
        header = describe_video(os.fspath(video), source, stream, first)
        origin = first.time if header.has_clock and first.time is not None else 0.0
        annotator = Annotator(header.width, header.height, scores, threshold, events)
        with (
            atomic_path(out) as draft,
            av.open(str(draft), 'w', format='mp4', options=dict(movflags='faststart')) as target,
        ):
            rate = Fraction(header.fps or 25).limit_denominator(1001)
            encoder = target.add_stream('libx264', rate=rate, options=ENCODER)
            encoder.width, encoder.height = annotator.width, annotator.height
            encoder.pix_fmt = 'yuv420p'
            encoder.codec_context.time_base = CLOCK
            sound = _SoundTrack(sound_source, target, origin)
            timed = convert_pyav(chain([first], frames), header, threads=1)
            last, number = -1, 0
            for seconds, picture in timed:
                if picture is None:  # a packet that could not be decoded, as in extraction
                    continue
                clock = number if resampled_fps is None else int(seconds * resampled_fps + 1e-3)
                drawn = annotator.draw(picture, clock, seconds)
                frame = av.VideoFrame.from_ndarray(drawn, format='rgb24')
                last = max(last + 1, round(seconds / CLOCK))  # never backwards
                frame.pts, frame.time_base = last, CLOCK
                sound.mux_until(seconds)
                target.mux(encoder.encode(frame))
                number += 1
                progress(1)
            target.mux(encoder.encode())
            sound.mux_until(float('inf'))
            sound.finish()


class _SoundTrack:
    """Copies or encodes a file's sound into another one, step by step beside the pictures."""

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
            self._encoder = target.add_stream('aac', rate=SOUND_RATE, layout='stereo')
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
        resampler = av.AudioResampler(format='fltp', layout='stereo', rate=SOUND_RATE)
        for frame in decode_packets(source, self._stream):
            if frame is None or (frame.time is not None and frame.time < origin):
                continue
            if frame.pts is not None:
                frame.pts -= round(origin / frame.time_base)
            for piece in resampler.resample(frame):
                yield piece.time or 0.0, self._encoder.encode(piece)
