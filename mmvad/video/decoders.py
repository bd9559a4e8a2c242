"""Three decoders with one interface: ``(seconds, frame)`` pairs in presentation order.

Frames are (H, W, 3) uint8 RGB, turned upright; seconds count from the first frame. A frame of None
stands for a packet that could not be decoded (only PyAV reports it).

PyAV's and OpenCV's pixels are equal because both convert with FFmpeg's bicubic chroma filter.
Decord ships an older FFmpeg: its pixels are equal for 8-bit video of even width and height, and
differ at colour edges elsewhere; it cannot read files without a duration, and silently repeats
frames where an edit list shortens a video (refused here).
"""

import os
from collections.abc import Callable, Iterator
from importlib import import_module, metadata
from types import ModuleType

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from mmvad.video.container import VideoHeader
from mmvad.video.errors import VideoError

TimedFrames = Iterator[tuple[float, np.ndarray | None]]

TURNS = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE,
}


def convert_pyav(
    frames: Iterator[av.VideoFrame | None], header: VideoHeader, threads: int
) -> TimedFrames:
    """Convert frames that PyAV decoded.

    Args:
        frames: What `packets.decode_packets` yields.
        header: The video's header.
        threads: Threads of the conversion to RGB.
    """
    reformatter = VideoReformatter()  # one for all frames: it keeps FFmpeg's conversion tables
    size = header.width, header.height  # of the first frame; a later one may have another
    if header.rotation % 180:
        size = size[::-1]
    origin, seconds, index = None, 0.0, -1
    for frame in frames:
        if frame is None:
            yield seconds, None
            continue
        if header.has_clock and frame.pts is not None:
            time = float(frame.pts * frame.time_base)
            origin = time if origin is None else origin
            seconds = time - origin
        else:
            index += 1
            if header.container == 'avi' and frame.pts is not None:  # its number
                origin = frame.pts if origin is None else origin
                index = frame.pts - origin
            seconds = _counted_seconds(index, header)
        rgb = reformatter.reformat(
            frame,
            width=size[0],
            height=size[1],
            format='rgb24',
            interpolation=Interpolation.BICUBIC,
            threads=threads,
        ).to_ndarray()
        yield seconds, cv2.rotate(rgb, TURNS[header.rotation]) if header.rotation else rgb


def decode_opencv(header: VideoHeader, threads: int) -> TimedFrames:
    """Decode with OpenCV's FFmpeg, which turns frames upright itself.

    Raises:
        VideoError: OpenCV cannot open the file.
    """
    capture = cv2.VideoCapture(
        os.path.abspath(header.path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, threads]
    )
    try:
        if not capture.isOpened():
            raise VideoError(f'{header.path}: OpenCV cannot open it')
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        origin, index = None, 0
        while True:
            found, bgr = capture.read()
            if not found:
                return
            time = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            origin = time if origin is None else origin
            seconds = time - origin if header.has_clock else _counted_seconds(index, header)
            index += 1
            yield seconds, cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    finally:
        capture.release()


def decode_decord(
    header: VideoHeader, threads: int, load: Callable[[str], ModuleType] = import_module
) -> TimedFrames:
    """Decode with decord, which turns frames upright itself and cannot stream from a URL.

    Raises:
        ImportError: Decord is not installed.
        VideoError: Decord cannot read the file, or would read it wrongly.
    """
    try:
        decord = load('decord')
    except ImportError as error:
        raise ImportError(
            "decoder 'decord' is not installed (it has no wheels for arm64); use decoder 'pyav'"
        ) from error
    if header.num_frames and header.fps and header.duration:
        promised = header.num_frames / header.fps
        if promised > header.duration + 1.5 / header.fps:
            raise VideoError(
                f'{header.path}: an edit list shortens {promised:.3f} s to '
                f"{header.duration:.3f} s, which decord does not follow; use decoder 'pyav'"
            )
    try:
        reader = decord.VideoReader(os.path.abspath(header.path), num_threads=threads)
        origin = float(reader.get_frame_timestamp(0)[0])
        for index in range(len(reader)):
            frame = reader.next().asnumpy()
            if header.has_clock:
                seconds = float(reader.get_frame_timestamp(index)[0]) - origin
            else:
                seconds = _counted_seconds(index, header)
            yield seconds, frame
    except (decord.DECORDError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise VideoError(f'{header.path}: decord cannot read it: {reason}') from error


def _counted_seconds(index: int, header: VideoHeader) -> float:
    """Time of a frame without a time stamp; its number where the rate is unknown, too."""
    return index / (header.fps or 1.0)


DECODERS: dict[str, Callable[[VideoHeader, int], TimedFrames] | None] = {
    'pyav': None,  # continues with the container that read the header
    'opencv': decode_opencv,
    'decord': decode_decord,
}


def decoder_version(decoder: str) -> str:
    """Name the version of a decoder's package, for the record of how features were made."""
    return {
        'pyav': lambda: av.__version__,
        'opencv': lambda: cv2.__version__,
        'decord': lambda: metadata.version('decord'),
    }[decoder]()
