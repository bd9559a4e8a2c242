"""Cuts a video or a stream of frames into the crops of its segments."""

import os
from collections.abc import Iterable, Iterator

import numpy as np

from mmvad.timeline import SEGMENT_FRAMES
from mmvad.video.crops import crop_views, resize_frame
from mmvad.video.readers import open_video
from mmvad.video.segments import iter_segments


def iter_clips(
    source: str | os.PathLike | Iterable[np.ndarray],
    tail: str = 'ceil',
    min_frames: int | None = None,
    resize: int | tuple[int, int] | None = 256,
    size: int = 224,
    crops: str = 'centre',
    clip_frames: int = SEGMENT_FRAMES,
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the crops of one segment after another, holding no more than one segment.

    To choose the decoder and the frame rate, or to keep the reader's record, open the video and
    pass the reader: ``with open_video(path, fps=25) as reader: for index, views in
    iter_clips(reader): …``.

    OpenCV resizes with threads of its own on all cores; ``cv2.setNumThreads(0)`` keeps it off those
    that a network computes on. That is a setting of the whole process and is left to the caller.

    Args:
        source: A path (opened with the defaults of `open_video`), a `VideoReader`, any iterable of
            (H, W, 3) uint8 RGB frames, or an (F, H, W, 3) array.
        tail: What happens to the last frames, see `iter_segments`.
        min_frames: For the tail rule ``'keep'``.
        resize: Short side, fixed (width, height) or None, see `resized_size`. Done frame by frame,
            before the segment is put together.
        size: Side of the square crops.
        crops: ``'centre'``, ``'five'`` or ``'ten'``, see `crop_views`.
        clip_frames: F, frames of a segment that a clip holds, evenly spaced from its first on; 8
            are every second one.

    Yields:
        Segment number from 0, and its (K, F, size, size, 3) uint8 crops.

    Raises:
        ValueError: `clip_frames` does not divide 16; see `iter_segments`, `resized_size`,
            `crop_views`.
        VideoError, OSError: See `open_video`.
    """
    step = frame_step(clip_frames)
    if isinstance(source, str | os.PathLike):
        with open_video(source) as reader:
            yield from iter_clips(reader, tail, min_frames, resize, size, crops, clip_frames)
        return
    resized = (resize_frame(frame, resize) for frame in source)
    for index, segment in enumerate(iter_segments(resized, tail, min_frames)):
        yield index, crop_views(segment[::step], size, crops)


def frame_step(clip_frames: int) -> int:
    """Work out how far the frames of a clip are apart.

    Args:
        clip_frames: Frames of a segment that a clip holds.

    Returns:
        Frames from one to the next.

    Raises:
        ValueError: `clip_frames` does not divide the frames of a segment.

    Example:
        >>> frame_step(16), frame_step(8)
        (1, 2)
    """
    if clip_frames < 1 or SEGMENT_FRAMES % clip_frames:
        raise ValueError(
            f'clip_frames must divide the {SEGMENT_FRAMES} frames of a segment, got {clip_frames}'
        )
    return SEGMENT_FRAMES // clip_frames
