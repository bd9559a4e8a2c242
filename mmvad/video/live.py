"""Live sources: cameras, sources that drop out and return, and runs of frames without a gap."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import av
import cv2
import numpy as np

from mmvad.addresses import Address, as_source
from mmvad.video.container import reason_of
from mmvad.video.errors import VideoError
from mmvad.video.readers import open_video

Opened = TypeVar('Opened')


@dataclass
class Gap:
    """Marks the place in a run of frames where some are missing.

    Attributes:
        reason: What ended the frames before.
        seconds: From the last frame before to the first one after; None until that arrives.
        attempts: How often the source was reopened until it gave a frame.
    """

    reason: str
    seconds: float | None = None
    attempts: int = 0


def reconnecting(
    source: str | Address | Callable[[], Iterable[np.ndarray]],
    first_delay: float = 1.0,
    factor: float = 2.0,
    max_delay: float = 60.0,
    max_attempts: int | None = 10,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[np.ndarray | Gap]:
    """Read a source that has no end, reopening it whenever it stops.

    It counts as stopped when it raises or ends. A `Gap` marks the place as soon as that is known;
    its duration is filled in before the next frame. The wait before an attempt grows by `factor`
    and is reset by every frame that arrives. An address that cannot be opened at the start is
    waited for in the same way (`is_awaited`).

    Args:
        source: Address or path for `open_video`, or a function that opens the source and gives its
            (H, W, 3) uint8 RGB frames. Packets that an address loses are skipped.
        first_delay: Seconds before the first attempt to reopen it.
        factor: By which the wait grows, at least 1.
        max_delay: Longest wait in seconds.
        max_attempts: Attempts without a frame after which it is given up; None never gives up.
        sleep: Waits; for tests.
        clock: Seconds; for tests.

    Yields:
        Frames, and a `Gap` wherever the source stopped.

    Raises:
        ValueError: A setting is out of range.
        VideoError, OSError: A source that is not awaited cannot be opened the first time, or one
            was given up (VideoError).

    Example:
        >>> openings = iter([[1, 2], [], [3]])  # any frame object
        >>> found = reconnecting(lambda: next(openings, []), max_attempts=2, sleep=lambda s: None)
        >>> [item.reason if isinstance(item, Gap) else item for item, _ in zip(found, range(4))]
        [1, 2, 'the source ended', 3]
    """
    if not (first_delay >= 0 and factor >= 1 and max_delay >= first_delay):
        raise ValueError(
            'expected 0 <= first_delay <= max_delay and factor >= 1, got '
            f'first_delay={first_delay}, max_delay={max_delay}, factor={factor}'
        )
    if max_attempts is not None and max_attempts < 1:
        raise ValueError(f'max_attempts must be at least 1 or None, got {max_attempts}')
    name, opening = 'the source', source
    if isinstance(source, str | Address):
        name = as_source(source)
        opening = partial(open_video, name, allow_truncated=isinstance(name, Address))
    return _reconnecting(name, opening, first_delay, factor, max_delay, max_attempts, sleep, clock)


def is_awaited(source: str | Address) -> bool:
    """Say whether a source that cannot be opened may come: a camera, and no file of this machine.

    Args:
        source: Address, path, or number of a camera.

    Example:
        >>> is_awaited('rtsp://gate'), is_awaited('0'), is_awaited('a.mp4'), is_awaited('file:///a')
        (True, True, False, False)
    """
    source = as_source(source)
    if isinstance(source, Address):
        return not source.opened.startswith('file:')
    return source.isdecimal()


def wait_until_open(
    opening: Callable[[], Opened],
    wait: Callable[[str, float], None],
    first_delay: float = 1.0,
    factor: float = 2.0,
    max_delay: float = 60.0,
    max_attempts: int | None = 10,
) -> Opened:
    """Open a source that may be down, as often as `reconnecting` does.

    Args:
        opening: Opens it.
        wait: Called with what went wrong and the seconds to wait.
        first_delay: See `reconnecting`.
        factor: See `reconnecting`.
        max_delay: See `reconnecting`.
        max_attempts: Attempts after the first one; None never gives up.

    Returns:
        What `opening` gave.

    Raises:
        VideoError: The source was given up; or, at once, FFmpeg does not know its protocol.

    Example:
        >>> waits = []
        >>> results = iter([OSError('no route'), OSError('no route'), 'frames'])
        >>> def opening():
        ...     result = next(results)
        ...     if isinstance(result, OSError):
        ...         raise result
        ...     return result
        >>> wait_until_open(opening, lambda reason, seconds: waits.append((reason, seconds)))
        'frames'
        >>> waits
        [('no route', 1.0), ('no route', 2.0)]
    """
    attempts, delay = 0, first_delay
    while True:
        try:
            return opening()
        except (VideoError, OSError, av.FFmpegError) as error:
            reason = reason_of(error)
            if isinstance(error.__cause__, av.error.ProtocolNotFoundError):
                raise
            if attempts == max_attempts:
                raise VideoError(f'given up after {attempts} more attempts: {reason}') from error
        attempts += 1
        wait(reason, delay)
        delay = min(delay * factor, max_delay)


def _reconnecting(
    name, opening, first_delay, factor, max_delay, max_attempts, sleep, clock
) -> Iterator[np.ndarray | Gap]:
    gap, last, delay, has_come = None, clock(), first_delay, False
    is_late = isinstance(name, Address) and is_awaited(name)
    frames = None if is_late else opening()  # else one that was never there is an error, not a gap
    while True:
        reason = 'the source ended'
        try:
            if frames is None:
                frames = opening()
            for frame in frames:
                if gap is not None:
                    gap.seconds, gap, delay = clock() - last, None, first_delay
                yield frame
                last, has_come = clock(), True
            reason = next(iter(getattr(frames, 'broken', ())), reason)
        except (VideoError, OSError, av.FFmpegError) as error:
            reason = reason_of(error)
        finally:
            if hasattr(frames, 'close'):
                frames.close()
            frames = None
        if gap is None:
            gap = Gap(reason)
            yield gap
        if gap.attempts == max_attempts:
            lost = 'did not come back' if has_come else 'gave no frame'
            raise VideoError(
                f'{name} {lost} in {gap.attempts} attempts over {clock() - last:.0f} s: {reason}'
            )
        gap.attempts += 1
        sleep(delay)
        delay = min(delay * factor, max_delay)


def read_camera(
    index: int, open_device: Callable[[int], cv2.VideoCapture] = cv2.VideoCapture
) -> Iterator[np.ndarray]:
    """Read a camera that is attached to this machine, through OpenCV.

    Args:
        index: Number of the camera, from 0.
        open_device: Opens it; for tests.

    Yields:
        (H, W, 3) uint8 RGB.

    Raises:
        VideoError: There is no such camera, or it is in use.
    """
    capture = open_device(index)
    if not capture.isOpened():
        capture.release()
        raise VideoError(f'camera {index} cannot be opened')
    return _camera_frames(capture)


def _camera_frames(capture: cv2.VideoCapture) -> Iterator[np.ndarray]:
    try:
        while True:
            found, bgr = capture.read()
            if not found:
                return
            yield cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    finally:
        capture.release()


class FrameRuns:
    """Splits frames at their gaps.

    Args:
        frames: (H, W, 3) uint8 frames, with a `Gap` where some are missing.

    Attributes:
        frames_read: Frames taken so far.
        num_gaps: Gaps met so far.
        started_at: When the first frame arrived, in UTC; None before that.
        pending: The gap after which no frame has arrived yet.

    Example:
        >>> runs = FrameRuns(['a', 'b', Gap('rain'), 'c'])  # any frame object
        >>> [(gap and gap.reason, list(run)) for gap, run in runs]
        [(None, ['a', 'b']), ('rain', ['c'])]
    """

    def __init__(self, frames: Iterable) -> None:
        self.frames_read = 0
        self.num_gaps = 0
        self.started_at: datetime | None = None
        self.pending: Gap | None = None
        self._frames = iter(frames)
        self._ended = False

    def __iter__(self) -> Iterator[tuple[Gap | None, Iterator[np.ndarray]]]:
        """Yield the gap before a run, if any, and the run, which must be read to its end.

        Where there is no frame at all, one empty run is yielded.
        """
        while not self._ended:
            first = next(self._frames, None)  # waits until the source is back
            if isinstance(first, Gap):
                self._meet(first)
            elif first is not None:
                gap, self.pending = self.pending, None
                self.started_at = self.started_at or datetime.now(UTC)
                yield gap, self._run(first)
            else:
                self._ended = True
                if not self.frames_read:
                    yield None, iter(())

    def _run(self, first: np.ndarray) -> Iterator[np.ndarray]:
        self.frames_read += 1
        yield first
        for item in self._frames:
            if isinstance(item, Gap):
                self._meet(item)
                return
            self.frames_read += 1
            yield item
        self._ended = True

    def _meet(self, gap: Gap) -> None:
        self.num_gaps += 1
        self.pending = gap
