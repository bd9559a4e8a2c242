"""Cuts a run of frames into segments, the unit of every feature file (`mmvad.timeline`)."""

from collections.abc import Iterable, Iterator

import numpy as np

from mmvad.timeline import SEGMENT_FRAMES, count_segments


def iter_segments(
    frames: Iterable[np.ndarray], tail: str = 'ceil', min_frames: int | None = None
) -> Iterator[np.ndarray]:
    """Cut frames into segments, as many as ``timeline.count_segments(num_frames, tail)`` says.

    A segment is yielded as soon as its last frame arrives; only ``'drop_last'`` waits for one more
    frame. A kept tail is filled by repeating the last frame.

    Args:
        frames: (H, W, 3) uint8 frames, or one (F, H, W, 3) array; all of one size.
        tail: ``'ceil'``, ``'floor'``, ``'drop_last'`` or ``'keep'``, see `timeline.count_segments`.
        min_frames: For ``'keep'``: frames that a tail must have to be kept.

    Yields:
        (16, H, W, 3) uint8, a new array each.

    Raises:
        ValueError: The tail rule is unknown, there is no frame, or a frame is not (H, W, 3) uint8
            of the first frame's size.

    Example:
        >>> frames = np.zeros((33, 4, 6, 3), np.uint8)
        >>> [len(list(iter_segments(frames, tail))) for tail in ('ceil', 'floor')]
        [3, 2]
    """
    at_once = count_segments(SEGMENT_FRAMES, tail, min_frames) == 1  # checks the rule, too
    return _cut(frames, tail, min_frames, at_once)


def _cut(frames, tail, min_frames, at_once) -> Iterator[np.ndarray]:
    segment, filled, shape = None, 0, None
    for index, frame in enumerate(frames):
        if filled == SEGMENT_FRAMES:
            yield segment
            segment, filled = None, 0
        shape = _check_frame(frame, index, shape)
        if segment is None:
            segment = np.empty((SEGMENT_FRAMES, *shape), np.uint8)
        segment[filled] = frame
        filled += 1
        if at_once and filled == SEGMENT_FRAMES:
            yield segment
            segment, filled = None, 0
    if shape is None:
        raise ValueError('cannot cut segments: there is no frame')
    if filled and count_segments(filled, tail, min_frames):
        segment[filled:] = segment[filled - 1]
        yield segment


def _check_frame(frame: np.ndarray, index: int, shape: tuple | None) -> tuple[int, int, int]:
    found = (getattr(frame, 'shape', None), getattr(frame, 'dtype', type(frame)))
    fits = found[0] is not None and len(found[0]) == 3 and found[0][2] == 3
    if not fits or found[1] != np.uint8:
        raise ValueError(
            f'frame {index}: expected (H, W, 3) uint8, got shape {found[0]} of {found[1]}'
        )
    if shape is not None and frame.shape != shape:
        raise ValueError(f'frame {index}: shape {frame.shape} differs from the first, {shape}')
    return frame.shape
