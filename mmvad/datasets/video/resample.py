"""Change the frame rate of timed frames, in one pass and without interpolation."""

from collections.abc import Iterable, Iterator

import numpy as np

# Matroska and FLV round time stamps to milliseconds.
CLOCK_ERROR = 1e-3

# A clock that steps back by more than this was set anew (joined recordings); less is disorder.
CLOCK_RESET = 1.0


def resample(
    timed_frames: Iterable[tuple[float, np.ndarray]], fps: float, interval: float
) -> Iterator[np.ndarray]:
    """Show at each tick of a new clock the last frame that had appeared by then.

    Tick k lies k / fps seconds behind the first frame and takes the last frame whose time stamp is
    not later, give or take a millisecond. Frames are repeated or left out, never mixed. The last
    frame is shown for `interval`. A frame can be yielded several times: it is the same array.

    Args:
        timed_frames: Pairs of seconds and frame, in presentation order.
        fps: Frames a second of the result.
        interval: Seconds that the last frame lasts; one frame of the source.

    Yields:
        Frames at a constant rate.

    Raises:
        ValueError: `fps` is not positive.

    Example:
        >>> frames = [(0.0, 'a'), (0.1, 'b'), (0.2, 'c'), (0.7, 'd')]  # any frame object
        >>> ''.join(resample(frames, fps=5, interval=0.1)), ''.join(resample(frames, 10, 0.1))
        ('accc', 'abcccccd')
    """
    if not fps > 0:
        raise ValueError(f'fps must be positive, got {fps}')
    tick, origin, last, shown = 0, None, 0.0, None
    for seconds, frame in timed_frames:
        if origin is None:
            origin = seconds
        elif seconds < last - CLOCK_RESET:
            origin -= last + interval - seconds
        while shown is not None and tick / fps < seconds - origin - CLOCK_ERROR:
            yield shown
            tick += 1
        last, shown = seconds, frame
    while shown is not None and tick / fps < last + interval - origin - CLOCK_ERROR:
        yield shown
        tick += 1
