"""Change the frame rate of timed frames, in one pass and without interpolation."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

# Matroska and FLV round time stamps to milliseconds.
CLOCK_ERROR = 1e-3

# Seconds. A clock that steps back by more starts again (joined recordings); less is disorder.
CLOCK_RESET = 1.0

Frame = TypeVar('Frame')


def resample(
    timed_frames: Iterable[tuple[float, Frame]], fps: float, interval: float
) -> Iterator[Frame]:
    """Show at each tick of a new clock the last frame that had appeared by then.

    Tick k lies k / fps seconds after the first frame and takes the last frame whose time stamp is
    not later, give or take a millisecond. Frames are repeated or left out, never blended. The last
    frame is shown for `interval`. A frame can be yielded several times: it is the same array.

    Args:
        timed_frames: Pairs of seconds and frame, in presentation order.
        fps: Frames per second of the result.
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
    clock, tick, origin, last, shown = RisingClock(), 0, None, 0.0, None
    for seconds, frame in timed_frames:
        origin = seconds if origin is None else origin
        last = clock.rise(seconds - origin, interval)
        while shown is not None and tick / fps < last - CLOCK_ERROR:
            yield shown
            tick += 1
        shown = frame
    while shown is not None and tick / fps < last + interval - CLOCK_ERROR:
        yield shown
        tick += 1


class RisingClock:
    """Turns the time stamps of a file into ones that never decrease.

    A step back by more than `CLOCK_RESET` is a new recording joined to the one before, which starts
    when that ends; a smaller one is disorder, and the frame is shown immediately.

    Example:
        >>> clock = RisingClock()
        >>> [clock.rise(seconds, 0.5) for seconds in (0.0, 2.5, 2.25, 0.0, 0.5)]
        [0.0, 2.5, 2.5, 3.0, 3.5]
    """

    def __init__(self) -> None:
        self._offset = 0.0
        self._last = 0.0

    def rise(self, seconds: float, interval: float) -> float:
        """Place a frame's time stamp after the previous ones.

        Args:
            seconds: Time stamp in the file.
            interval: Seconds that the frame before lasts, where the clock starts again.

        Returns:
            Seconds from the first frame.
        """
        if seconds + self._offset < self._last - CLOCK_RESET:
            self._offset = self._last + interval - seconds
        self._last = max(self._last, seconds + self._offset)
        return self._last
