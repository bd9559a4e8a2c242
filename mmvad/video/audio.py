"""Read the audio of a video as one channel at a fixed rate, the input of VGGish."""

import os
from collections.abc import Iterator

import av
import numpy as np

from mmvad.video.container import check_decoder, open_container
from mmvad.video.errors import VideoError
from mmvad.video.packets import decode_packets

# Silence before late audio is yielded in pieces of this many samples.
SILENCE_SAMPLES = 16000


def iter_audio(
    path: str | os.PathLike, sample_rate: int = 16000, start: float | None = None
) -> Iterator[np.ndarray]:
    """Decode, mix down and resample the audio in one pass, in constant memory.

    Packets that cannot be decoded are an error: leaving them out would shift the audio against the
    frames.

    Args:
        path: Any file that FFmpeg can read.
        sample_rate: Samples per second of the result.
        start: Seconds on the file's clock at which the result starts, for instance
            `VideoHeader.start`: silence fills the time before a stream that starts later, earlier
            samples are dropped. None starts with the stream.

    Yields:
        (n,) float32 in [-1, 1], pieces that follow each other; nothing without an audio stream.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: The path cannot be read.
        ValueError: The sample rate is not positive.
        VideoError: The file cannot be read or decoded, or its audio is damaged.
    """
    if sample_rate < 1:
        raise ValueError(f'sample_rate must be positive, got {sample_rate}')
    with open_container(path) as container:
        stream = container.streams.best('audio')
        if stream is None:
            return
        check_decoder(stream, path)
        yield from _shifted(_decoded(container, stream, path, sample_rate, start))


def read_audio(path: str | os.PathLike, sample_rate: int = 16000) -> np.ndarray | None:
    """Read the whole audio of a file: 4 bytes per sample, 230 MB per hour at 16 kHz.

    Args:
        path: Any file that FFmpeg can read.
        sample_rate: Samples per second of the result.

    Returns:
        (n,) float32 in [-1, 1], or None where the file has no audio.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: The path cannot be read.
        ValueError: The sample rate is not positive.
        VideoError: The file cannot be read or decoded, or its audio is damaged.
    """
    pieces = list(iter_audio(path, sample_rate))
    return np.concatenate(pieces) if pieces else None


def _decoded(
    container, stream, path: str | os.PathLike, sample_rate: int, start: float | None
) -> Iterator[int | np.ndarray]:
    """Yield first the samples by which the stream starts too late, then its pieces (n,)."""
    resampler = av.AudioResampler(format='flt', layout='mono', rate=sample_rate)
    is_first = True
    for frame in decode_packets(container, stream):
        if frame is None:
            raise VideoError(f'{path}: the audio is damaged: a packet could not be decoded')
        if is_first:
            is_first = False
            is_timed = start is not None and frame.pts is not None
            yield round((frame.time - start) * sample_rate) if is_timed else 0
        yield from _samples(resampler.resample(frame))
    yield from _samples(resampler.resample(None))


def _shifted(decoded: Iterator[int | np.ndarray]) -> Iterator[np.ndarray]:
    """Put silence before the pieces, or drop samples, by the number that is yielded first."""
    shift = next(decoded, 0)
    while shift > 0:
        yield np.zeros(min(shift, SILENCE_SAMPLES), np.float32)
        shift -= SILENCE_SAMPLES
    for piece in decoded:
        dropped = min(-shift, len(piece)) if shift < 0 else 0
        shift += dropped
        yield piece[dropped:]


def _samples(frames: list[av.AudioFrame]) -> Iterator[np.ndarray]:
    for frame in frames:
        yield frame.to_ndarray()[0]  # (n,)
