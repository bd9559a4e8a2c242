"""One audio vector per video segment, and what happens where a video has no audio."""

from collections.abc import Iterable, Sequence
from itertools import chain, islice

import numpy as np
import torch

from mmvad.extraction.network import AudioFeatureExtractor
from mmvad.extraction.settings import AudioSettings
from mmvad.timeline import count_segments
from mmvad.video.audio import iter_audio
from mmvad.video.log_mel import segment_windows
from mmvad.video.readers import VideoReader


def audio_features(
    reader: VideoReader,
    network: AudioFeatureExtractor,
    settings: AudioSettings,
    batch_size: int = 16,
) -> tuple[np.ndarray, str]:
    """Extract the audio features of a file, as many as its clips have segments.

    The frames are decoded to count and time them, because headers can be wrong; the audio is then
    read in a second pass and aligned with the segments' true times.

    Args:
        reader: The open file, which is read to its end.
        network: `LoadedExtractor.network`.
        settings: `LoadedExtractor.settings`.
        batch_size: Windows in one forward pass.

    Returns:
        (S, D) float32, and ``'present'`` or what replaces the missing audio.

    Raises:
        VideoError, OSError: See `open_video` and `iter_audio`.
        ValueError: The video has no frame rate, or no audio where `settings.missing_audio` refuses
            that.
    """
    for _ in reader:
        pass
    if reader.fps is None:
        raise ValueError(
            f'{reader.path}: its frame rate is unknown, so its audio cannot be aligned'
        )
    num_segments = count_segments(reader.frames_read, settings.tail, settings.min_frames)
    starts = reader.clock(num_segments).edges[:-1] if num_segments else []
    chunks = iter_audio(reader.path, start=reader.header.start)
    try:
        return extract_audio_features(network, chunks, starts, settings.missing_audio, batch_size)
    except ValueError as error:
        raise ValueError(f'{reader.path}: {error}') from error


def extract_audio_features(
    network: AudioFeatureExtractor,
    chunks: Iterable[np.ndarray],
    starts: Sequence[float],
    missing_audio: str = 'error',
    batch_size: int = 16,
) -> tuple[np.ndarray, str]:
    """Extract the audio features of a video.

    Args:
        network: With its front end.
        chunks: Consecutive pieces (samples,) of the waveform, 16 kHz mono; none where the
            video has no audio.
        starts: (S,) seconds from the first sample at which segments start.
        missing_audio: What happens without audio: ``'error'`` raises, ``'zeros'`` gives zero
            vectors.
        batch_size: Windows in one forward pass.

    Returns:
        (S, D) float32, and ``'present'`` or ``'missing, zero vectors'``.

    Raises:
        ValueError: There is no audio and `missing_audio` does not say ``'zeros'``, or `batch_size`
            is not positive.
    """
    if batch_size < 1:
        raise ValueError(f'batch_size must be at least 1, got {batch_size}')
    features = np.zeros((len(starts), network.feature_channels), np.float32)
    chunks = iter(chunks)
    first = next(chunks, None)
    if first is None:
        if missing_audio != 'zeros':
            raise ValueError("the video has no audio; missing_audio='zeros' writes zero vectors")
        return features, 'missing, zero vectors'
    windows = segment_windows(chain([first], chunks), starts)
    done = 0
    while batch := list(islice(windows, batch_size)):
        vectors = network(torch.from_numpy(np.stack(batch)))  # (n, D)
        features[done : done + len(batch)] = vectors.float().cpu().numpy()
        done += len(batch)
    return features, 'present'
