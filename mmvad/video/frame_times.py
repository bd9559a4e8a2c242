"""When the frames of a video are shown, read without decoding them."""

import os

import av
import numpy as np

from mmvad.video.container import find_video_stream, open_container, reason_of
from mmvad.video.errors import VideoError

TOLERANCE = 1e-3  # seconds; containers round their time stamps to that


def read_frame_times(path: str | os.PathLike) -> np.ndarray:
    """Read when the frames of a video start to be shown; the last number is when the last one ends.

    Args:
        path: The file.

    Returns:
        (F + 1,) seconds from the first frame, ascending. Where frames carry no time stamps, their
        numbers over the frame rate.

    Raises:
        OSError: The file cannot be read.
        VideoError: It is not a video, or neither frame rate nor time stamps are known.
    """
    with open_container(path) as container:
        stream = find_video_stream(container, str(path))
        rate = stream.average_rate or stream.guessed_rate
        stamps: list[int | None] = []
        try:
            for packet in container.demux(stream):
                if packet.size and not packet.is_discard:
                    stamps.append(packet.pts)
        except av.FFmpegError as error:
            raise VideoError(f'{path}: it cannot be read to its end: {reason_of(error)}') from error
        base = stream.time_base
    if not stamps:
        raise VideoError(f'{path}: the video stream has no frames')
    if base and None not in stamps:
        starts = np.sort(np.array(stamps, np.float64)) * float(base)  # (F,)
        last = float(np.median(np.diff(starts))) if len(starts) > 1 else 1 / float(rate or 1)
        return np.append(starts, starts[-1] + last) - starts[0]
    if not rate:
        raise VideoError(f'{path}: neither frame rate nor time stamps are known')
    return np.arange(len(stamps) + 1) / float(rate)


def frames_between(times: np.ndarray, start: float, end: float) -> tuple[int, int]:
    """Find the frames that are shown between two times.

    Args:
        times: (F + 1,) of `read_frame_times`.
        start: Seconds from the first frame; the frame shown then counts.
        end: Seconds, after `start`; a frame that starts then does not count.

    Returns:
        First frame, and the one after the last.

    Raises:
        ValueError: The video ends before.

    Example:
        >>> frames_between(np.arange(11) / 5, 0.4, 1.0)
        (2, 5)
        >>> frames_between(np.arange(11) / 5, 1.5, 3)
        Traceback (most recent call last):
        ValueError: it ends after the video, which is 2.00 s long
    """
    count = len(times) - 1
    if end > times[-1] + (times[-1] - times[-2]) + TOLERANCE:  # a frame late is a rounded end
        raise ValueError(f'it ends after the video, which is {times[-1]:.2f} s long')
    first = int(np.searchsorted(times, start + TOLERANCE, side='right')) - 1
    after = int(np.searchsorted(times[:-1], end - TOLERANCE, side='left'))
    first = min(max(first, 0), count - 1)
    return first, max(after, first + 1)
