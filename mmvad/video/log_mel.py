"""Log-mel front end of VGGish (Hershey et al., ICASSP 2017, section 2), and its windows of a video.

16 kHz mono; frames of 25 ms every 10 ms; 64 mel bands. The release's triangles are linear in mel,
not in hertz as those of librosa are, so the filters are made here.
"""

import math
from collections.abc import Iterable, Iterator

import numpy as np

SAMPLE_RATE = 16000
FRAME_SAMPLES = 400  # 25 ms
HOP_SAMPLES = 160  # 10 ms
FFT_SIZE = 512
MEL_BANDS = 64
MEL_LOW_HZ = 125.0
MEL_HIGH_HZ = 7500.0
LOG_OFFSET = 0.01
WINDOW_FRAMES = 96  # 0.96 s, one example of the network
WINDOW_SAMPLES = (WINDOW_FRAMES - 1) * HOP_SAMPLES + FRAME_SAMPLES


def hertz_to_mel(hertz: np.ndarray | float) -> np.ndarray | float:
    """Convert frequencies to the HTK mel scale, ``1127 ln(1 + f / 700)``.

    Args:
        hertz: Frequencies in hertz.

    Returns:
        The same frequencies in mel.

    Example:
        >>> round(float(hertz_to_mel(1000.0)), 3)
        999.991
    """
    return 1127.0 * np.log1p(np.asarray(hertz) / 700.0)


def mel_filters() -> np.ndarray:
    """Build the triangular filters: height 1, linear in mel, nothing at the zero frequency.

    Returns:
        (257, 64) float64, weights of the FFT bins in each band.

    Example:
        >>> mel_filters().shape, int(mel_filters()[:, 0].argmax()) * SAMPLE_RATE / FFT_SIZE
        ((257, 64), 156.25)
    """
    bins = hertz_to_mel(np.linspace(0.0, SAMPLE_RATE / 2, FFT_SIZE // 2 + 1))[:, None]  # (257, 1)
    edges = np.linspace(hertz_to_mel(MEL_LOW_HZ), hertz_to_mel(MEL_HIGH_HZ), MEL_BANDS + 2)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins - lower) / (centre - lower)
    falling = (upper - bins) / (upper - centre)
    filters = np.maximum(0.0, np.minimum(rising, falling))  # (257, 64)
    filters[0] = 0.0
    return filters


def log_mel(waveform: np.ndarray) -> np.ndarray:
    """Take the log-mel spectrogram of whole frames: magnitude, not power; no padding.

    Args:
        waveform: (..., samples) at 16 kHz, full scale is 1.

    Returns:
        (..., frames, 64) float32 with ``frames = 1 + (samples - 400) // 160``.

    Raises:
        ValueError: The waveform is shorter than one frame of 25 ms.

    Example:
        >>> log_mel(np.zeros(WINDOW_SAMPLES)).shape, round(float(log_mel(np.zeros(400))[0, 0]), 3)
        ((96, 64), -4.605)
    """
    waveform = np.asarray(waveform, np.float64)
    if waveform.ndim < 1 or waveform.shape[-1] < FRAME_SAMPLES:
        raise ValueError(
            f'expected at least {FRAME_SAMPLES} samples, got a waveform of shape {waveform.shape}'
        )
    frames = np.lib.stride_tricks.sliding_window_view(waveform, FRAME_SAMPLES, axis=-1)
    frames = frames[..., ::HOP_SAMPLES, :]  # (..., frames, 400)
    # The release's Hann window has the period 400, one more than numpy's and scipy's default.
    hann = 0.5 - 0.5 * np.cos(2 * np.pi / FRAME_SAMPLES * np.arange(FRAME_SAMPLES))
    magnitude = np.abs(np.fft.rfft(frames * hann, FFT_SIZE))  # (..., frames, 257)
    return np.log(magnitude @ mel_filters() + LOG_OFFSET).astype(np.float32)


def window_start(seconds: float) -> int:
    """Find the sample at which a segment's first frame is shown.

    Args:
        seconds: Time of that frame, from the start of the audio.

    Returns:
        Nearest sample.

    Raises:
        ValueError: The time is negative or not a number.

    Example:
        >>> [window_start(segment * 16 / 24) for segment in range(4)]
        [0, 10667, 21333, 32000]
    """
    if not 0 <= seconds < math.inf:
        raise ValueError(f'a segment starts at 0 s or later, got {seconds}')
    return round(seconds * SAMPLE_RATE)


def segment_windows(chunks: Iterable[np.ndarray], starts: Iterable[float]) -> Iterator[np.ndarray]:
    """Cut a stream of audio into one window of 0.96 s per segment, holding one window in memory.

    A window starts with the segment's first frame; windows overlap where a segment lasts less than
    0.96 s. Past the end of the audio there is silence; audio after the last window is not read.

    Args:
        chunks: Consecutive pieces of the waveform, each (samples,), 16 kHz mono; ``[waveform]`` for
            a whole one.
        starts: Seconds from the start of the audio at which each of S segments starts, in order.

    Yields:
        S windows, each (15600,) float32: 96 log-mel frames.

    Raises:
        ValueError: A chunk is not one-dimensional, or a start is negative.

    Example:
        >>> windows = segment_windows([np.ones(16000)], starts=[0, 0.64, 1.28])
        >>> [int(window.sum()) for window in windows]
        [15600, 5760, 0]
    """
    chunks = iter(chunks)
    held = np.zeros(0, np.float32)
    position = 0  # of the first sample held
    for seconds in starts:
        start = window_start(seconds)
        while position + len(held) < start + WINDOW_SAMPLES:
            dropped = min(max(start - position, 0), len(held))
            held, position = held[dropped:], position + dropped
            chunk = next(chunks, None)
            if chunk is None:
                break
            held = np.concatenate([held, _checked_chunk(chunk)])
        window = held[max(start - position, 0) :][:WINDOW_SAMPLES]
        yield np.pad(window, (0, WINDOW_SAMPLES - len(window)))


def _checked_chunk(chunk: np.ndarray) -> np.ndarray:
    if np.ndim(chunk) != 1:
        raise ValueError(f'expected mono chunks of shape (samples,), got {np.shape(chunk)}')
    return np.asarray(chunk, np.float32)
