"""Resizes frames and cuts the crops of a segment that a feature network sees.

The canonical order of crops is the Inception family's file order (centre, corners, then the same
mirrored), `CROP_NAMES`. MMAction2's ``TenCrop`` gives the ten crops in the order
`MMACTION_TEN_CROP`; they are the same only where both sides less the crop's are divisible by 4.
Elsewhere its steps are rounded down, and its right and lower crops end up to 3 pixels short of the
edge.
"""

import cv2
import numpy as np

CROP_NAMES = (
    'centre',
    'upper_left',
    'upper_right',
    'lower_left',
    'lower_right',
    'centre_mirrored',
    'upper_left_mirrored',
    'upper_right_mirrored',
    'lower_left_mirrored',
    'lower_right_mirrored',
)

CROP_COUNTS = {'centre': 1, 'five': 5, 'ten': 10}

# ``crop_views(…, crops='ten')[MMACTION_TEN_CROP]`` is mmaction's TenCrop where
# (width - size) and (height - size) are divisible by 4.
MMACTION_TEN_CROP = [1, 6, 2, 7, 3, 8, 4, 9, 0, 5]


def resized_size(width: int, height: int, resize: int | tuple[int, int] | None) -> tuple[int, int]:
    """Work out the size of a resized frame.

    Args:
        width: Pixels of the frame.
        height: Pixels of the frame.
        resize: A short side, which keeps the aspect ratio and rounds both sides half up as
            ``mmcv.rescale_size`` does; a fixed (width, height); or None, which changes nothing.

    Returns:
        (width, height).

    Raises:
        ValueError: A side is not positive.

    Example:
        >>> resized_size(320, 240, 256), resized_size(320, 240, (340, 256))
        ((341, 256), (340, 256))
    """
    if resize is None:
        return width, height
    sides = (resize,) if isinstance(resize, int) else tuple(resize)
    if len(sides) > 2 or min(sides, default=0) < 1:
        raise ValueError(f'resize must be a short side or (width, height), got {resize!r}')
    if len(sides) == 2:
        return sides
    scale = resize / min(width, height)
    return int(width * scale + 0.5), int(height * scale + 0.5)


def resize_frame(frame: np.ndarray, resize: int | tuple[int, int] | None) -> np.ndarray:
    """Resize by OpenCV's bilinear filter (no anti-aliasing), equal to MMAction2's ``Resize``.

    Args:
        frame: (H, W, 3) uint8.
        resize: See `resized_size`.

    Returns:
        (H', W', 3) uint8; the frame itself where nothing changes.
    """
    height, width = frame.shape[:2]
    size = resized_size(width, height, resize)
    if size == (width, height):
        return frame
    return cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR)


def crop_corners(width: int, height: int, size: int) -> list[tuple[int, int]]:
    """Find the upper left pixels of the five places that crops are cut from.

    Args:
        width: Pixels of the frame.
        height: Pixels of the frame.
        size: Side of the square crop.

    Returns:
        (x, y) in the order of `CROP_NAMES`; the centre is rounded down.

    Raises:
        ValueError: The crop does not fit into the frame.

    Example:
        >>> crop_corners(340, 256, 224)
        [(58, 16), (0, 0), (116, 0), (0, 32), (116, 32)]
    """
    if not 1 <= size <= min(width, height):
        raise ValueError(
            f'a crop of {size}x{size} does not fit into frames of {width}x{height} (width x height)'
        )
    right, bottom = width - size, height - size
    return [(right // 2, bottom // 2), (0, 0), (right, 0), (0, bottom), (right, bottom)]


def crop_views(segment: np.ndarray, size: int = 224, crops: str = 'centre') -> np.ndarray:
    """Cut the crops of a segment.

    Args:
        segment: (F, H, W, 3) uint8.
        size: Side of the square crop.
        crops: ``'centre'``, ``'five'`` (centre and corners) or ``'ten'`` (those and their mirror
            images), in the order of `CROP_NAMES`.

    Returns:
        (K, F, size, size, 3) uint8. One crop is a view of the segment, more are copied.

    Raises:
        ValueError: The crops are unknown or do not fit into the frames.

    Example:
        >>> crop_views(np.zeros((16, 256, 340, 3), np.uint8), crops='ten').shape
        (10, 16, 224, 224, 3)
    """
    if crops not in CROP_COUNTS:
        raise ValueError(f'crops must be one of {tuple(CROP_COUNTS)}, got {crops!r}')
    frames, height, width = segment.shape[:3]
    corners = crop_corners(width, height, size)
    if crops == 'centre':
        x, y = corners[0]
        return segment[None, :, y : y + size, x : x + size]  # (1, F, size, size, 3)
    views = np.empty((CROP_COUNTS[crops], frames, size, size, 3), np.uint8)
    for view, (x, y) in zip(views, corners, strict=False):
        view[:] = segment[:, y : y + size, x : x + size]
    for straight, mirrored in zip(views[: len(corners)], views[len(corners) :], strict=False):
        for source, target in zip(straight, mirrored, strict=True):
            cv2.flip(source, 1, dst=target)  # 30 times as fast as a reversed slice
    return views
