"""Write frames as a video file: H.264 without audio, at a fixed rate."""

import os
from collections.abc import Iterable
from itertools import chain

import av
import numpy as np


def encode_frames(
    path: str | os.PathLike, frames: Iterable[np.ndarray], fps: int, **options: str
) -> None:
    """Encode frames as they come.

    Args:
        path: File; its extension says the container.
        frames: (H, W, 3) uint8 RGB, H and W even, all of one size.
        fps: Frames a second.
        **options: Of the encoder x264, such as ``preset`` and ``crf``.

    Raises:
        ValueError: There is no frame.

    Example:
        >>> encode_frames('black.mp4', np.zeros((3, 48, 64, 3), np.uint8), 25, preset='fast')
    """
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ValueError(f'{path}: there is no frame to write')
    with av.open(os.fspath(path), 'w') as container:
        stream = container.add_stream('libx264', rate=fps, options=options)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = 'yuv420p'
        for frame in chain([first], frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, 'rgb24')))
        container.mux(stream.encode())
