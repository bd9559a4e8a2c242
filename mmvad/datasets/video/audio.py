"""Read the sound of a video as one channel at a fixed rate, the input of VGGish."""

import os
from collections.abc import Iterator

import av
import numpy as np

from mmvad.datasets.video.container import check_decoder, decode_packets, open_container
from mmvad.datasets.video.errors import VideoError


def iter_audio(path: str | os.PathLike, sample_rate: int = 16000) -> Iterator[np.ndarray]:
    """Decode, mix down and resample the sound in one pass, in constant memory.

    Packets that cannot be decoded are an error: leaving them out would shift the sound against the
    frames.

    Args:
        path: Any file that FFmpeg can read.
        sample_rate: Samples a second of the result.

    Yields:
        (n,) float32 in [-1, 1], pieces that follow each other; nothing without an audio stream.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: The path cannot be read.
        ValueError: The sample rate is not positive.
        VideoError: The file cannot be read or decoded, or its sound is damaged.
    """
    if sample_rate < 1:
        raise ValueError(f'sample_rate must be positive, got {sample_rate}')
    with open_container(path) as container:
        stream = container.streams.best('audio')
        if stream is None:
            return
        check_decoder(stream, path)
        resampler = av.AudioResampler(format='flt', layout='mono', rate=sample_rate)
        for frame in decode_packets(container, stream):
            if frame is None:
                raise VideoError(f'{path}: the sound is damaged: a packet could not be decoded')
            yield from _samples(resampler.resample(frame))
        yield from _samples(resampler.resample(None))


def read_audio(path: str | os.PathLike, sample_rate: int = 16000) -> np.ndarray | None:
    """Read the whole sound of a file: 4 bytes a sample, 230 MB an hour at 16 kHz.

    Args:
        path: Any file that FFmpeg can read.
        sample_rate: Samples a second of the result.

    Returns:
        (n,) float32 in [-1, 1], or None where the file has no sound.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: The path cannot be read.
        ValueError: The sample rate is not positive.
        VideoError: The file cannot be read or decoded, or its sound is damaged.
    """
    pieces = list(iter_audio(path, sample_rate))
    return np.concatenate(pieces) if pieces else None


def _samples(frames: list[av.AudioFrame]) -> Iterator[np.ndarray]:
    for frame in frames:
        yield frame.to_ndarray()[0]  # (n,)
