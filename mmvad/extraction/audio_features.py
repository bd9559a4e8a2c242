"""One sound vector a video segment, and what is done where a video has no sound."""

from collections.abc import Iterable, Sequence
from itertools import chain, islice

import numpy as np
import torch

from mmvad.extraction.network import SoundFeatureExtractor
from mmvad.video.log_mel import segment_windows

MISSING = ('error', 'zeros')


def extract_sound_features(
    extractor: SoundFeatureExtractor,
    chunks: Iterable[np.ndarray],
    starts: Sequence[float],
    missing: str = 'error',
    batch_size: int = 16,
) -> tuple[np.ndarray, dict]:
    """Extract the sound features of a video.

    Args:
        extractor: Network with its front end.
        chunks: Consecutive pieces (samples,) of the waveform, 16 kHz mono; none at all where the
            video has no sound track.
        starts: (S,) seconds from the first sample at which segments start.
        missing: What no sound track does: ``'error'`` raises, ``'zeros'`` gives zero vectors.
        batch_size: Windows in one forward pass.

    Returns:
        (S, D) float32, and the record ``{'sound': 'present' | 'missing, zero vectors'}``.

    Raises:
        ValueError: There is no sound track, or `missing` or `batch_size` is not one of the allowed.
    """
    if missing not in MISSING:
        raise ValueError(f'missing must be one of {MISSING}, got {missing!r}')
    if batch_size < 1:
        raise ValueError(f'batch_size must be at least 1, got {batch_size}')
    chunks = iter(chunks)
    first = next(chunks, None)
    if first is None:
        if missing == 'error':
            raise ValueError("the video has no sound track; missing='zeros' writes zero vectors")
        zeros = np.zeros((len(starts), extractor.feature_channels), np.float32)
        return zeros, dict(sound='missing, zero vectors')
    windows = segment_windows(chain([first], chunks), starts)
    features = np.zeros((len(starts), extractor.feature_channels), np.float32)
    done = 0
    while batch := list(islice(windows, batch_size)):
        vectors = extractor(torch.from_numpy(np.stack(batch)))  # (n, D)
        features[done : done + len(batch)] = vectors.float().cpu().numpy()
        done += len(batch)
    return features, dict(sound='present')
