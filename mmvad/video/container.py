"""Open a media file with PyAV and read what its header promises."""

import os
from dataclasses import dataclass
from stat import S_ISBLK, S_ISCHR, S_ISFIFO, S_ISSOCK

import av

from mmvad.addresses import Address, as_source
from mmvad.video.errors import VideoError
from mmvad.video.losses import missing_matroska_bytes, movie_seconds

# FFmpeg "plays" text files as terminal art and single pictures as videos of one frame.
PICTURE_FORMATS = ('tty', 'image2')
PICTURE_SUFFIX = '_pipe'

# Playlists (concat, hls, dash, …) name other files, which FFmpeg would read; a file may be one
# whatever its name says. Pictures and texts are opened only to say what they are.
FILE_FORMATS = (
    'mov matroska avi mpegts mpeg mpegvideo flv asf ogg mxf nut h264 hevc m4v av1 obu ivf mjpeg dv '
    'rm gif yuv4mpegpipe vvc wav mp3 aac flac aiff w64 ac3 eac3 live_flv wtv gxf vc1 '
    'tty png_pipe jpeg_pipe bmp_pipe webp_pipe tiff_pipe gif_pipe'
).split()
# A stream's own parts may come over any of these; none reads this machine's files.
ADDRESS_PROTOCOLS = (
    'http https httpproxy tcp tls udp rtp srtp rtsp rtsps rtmp rtmps rtmpt srt crypto data '
    'mmsh mmst ftp'
).split()

# Only these containers write a length into their header; elsewhere FFmpeg estimates it from the
# bytes that exist, so that it says nothing about those that are missing.
LENGTH_FORMATS = ('mov', 'avi', 'matroska')

MAX_CLOCK_RATIO = 4  # between the length of the longest track and that of its file

# Seconds that opening an address, or one read from it, may take; FFmpeg would wait forever.
URL_TIMEOUT = 10.0


@dataclass(frozen=True)
class VideoHeader:
    """What is known of a video before its frames are read.

    Attributes:
        path: The file, or what may be shown of an address.
        container: FFmpeg's name of the container format.
        width: Pixels, after the rotation.
        height: Pixels, after the rotation.
        rotation: Degrees anticlockwise by which stored frames are turned for display: 0, 90, 180,
            270.
        fps: Average frames per second; None where it is unknown. FFmpeg answers 25 for a raw
            stream.
        num_frames: Frames that the header promises, or None.
        duration: Seconds that the header promises, counted from the first frame, or None.
        has_clock: Whether frames carry usable time stamps. AVI and raw streams have none: there,
            time is the frame's number divided by `fps`.
        start: Seconds on the file's clock, which its audio shares, at which the first frame is
            shown; None where frames carry no time stamps.
        damage: What in the header cannot be true, or None.
    """

    path: str
    container: str
    width: int
    height: int
    rotation: int
    fps: float | None
    num_frames: int | None
    duration: float | None
    has_clock: bool
    start: float | None = None
    damage: str | None = None


def open_container(
    path: str | os.PathLike | Address, timeout: float = URL_TIMEOUT
) -> av.container.InputContainer:
    """Open a media file or an address (see `is_address`) for reading.

    Args:
        path: The file or address.
        timeout: Seconds that opening an address, or one read from it, may take.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: The path cannot be read.
        VideoError: FFmpeg knows no such format, or it is a pipe, socket or device.
    """
    source = as_source(path)
    is_file = not isinstance(source, Address)
    if is_file:
        _check_kind(source)
        with open(source, 'rb'):  # the built-in errors name the path; FFmpeg's do not always
            pass
    try:
        return av.open(
            # absolute, so that FFmpeg does not take ``a:b.mp4`` for a protocol ``a``
            os.path.abspath(source) if is_file else source.opened,
            metadata_errors='replace',
            timeout=None if is_file else timeout,
            options=_admitted(source),
        )
    except (av.FFmpegError, OSError) as error:
        raise VideoError(f'{source}: FFmpeg cannot open it: {reason_of(error)}') from error


def reason_of(error: Exception) -> str:
    """Say what went wrong; the text of FFmpeg's errors repeats the address.

    Example:
        >>> reason_of(av.ConnectionRefusedError(111, 'Connection refused', 'rtsp://me:secret@gate'))
        'Connection refused'
    """
    is_ffmpeg = isinstance(error, av.FFmpegError | OSError)
    return (is_ffmpeg and error.strerror) or str(error)


def _check_kind(name: str) -> None:
    """Refuse a pipe, socket or device, which may block for ever or have no end."""
    mode = os.stat(name).st_mode
    kinds = {S_ISFIFO: 'pipe', S_ISSOCK: 'socket', S_ISCHR: 'device', S_ISBLK: 'device'}
    for is_kind, kind in kinds.items():
        if is_kind(mode):
            raise VideoError(f'{name}: expected a file, got a {kind}')


def _admitted(source: str | Address) -> dict[str, str]:
    """Say which formats and protocols FFmpeg may use."""
    if isinstance(source, Address) and not source.opened.startswith('file:'):
        return dict(protocol_whitelist=','.join(ADDRESS_PROTOCOLS))
    return dict(protocol_whitelist='file', format_whitelist=','.join(FILE_FORMATS))


def find_video_stream(container: av.container.InputContainer, path: str) -> av.VideoStream:
    """Choose the stream that is the video; cover pictures of audio files do not count.

    Raises:
        VideoError: The file is a picture or a text, has no video stream, or no decoder for it.
    """
    kind = container.format.name
    if kind in PICTURE_FORMATS or kind.endswith(PICTURE_SUFFIX):
        raise VideoError(f'{path}: not a video, FFmpeg reads it as {kind!r}')
    stream = container.streams.best('video')
    if stream is None or stream.disposition & av.stream.Disposition.attached_pic:
        found = sorted({stream.type for stream in container.streams}) or ['none']
        raise VideoError(f'{path}: no video stream; streams found: {", ".join(found)}')
    check_decoder(stream, path)
    return stream


def check_decoder(stream: av.stream.Stream, path: str) -> None:
    """Refuse a stream whose codec this FFmpeg cannot decode.

    Raises:
        VideoError: There is no decoder.
    """
    if stream.codec_context is None:
        raise VideoError(f'{path}: FFmpeg has no decoder for its {stream.type} stream')


def describe_video(path: str, container, stream: av.VideoStream, first) -> VideoHeader:
    """Collect the header of an open container and its first decoded frame.

    Args:
        path: File name for messages.
        container: The open container.
        stream: Its video stream.
        first: First decoded frame, which alone carries the rotation.

    Raises:
        VideoError: The rotation is no multiple of 90 degrees.
    """
    if first.rotation % 90:
        raise VideoError(f'{path}: rotation must be a multiple of 90 degrees, got {first.rotation}')
    rotation = int(first.rotation) % 360
    width, height = first.width, first.height
    if rotation % 180:
        width, height = height, width
    rate = stream.average_rate or stream.guessed_rate
    fps = float(rate) if rate else None
    num_frames, duration = _promised_length(container, stream, fps)
    has_clock = container.format.name != 'avi' and first.pts is not None
    return VideoHeader(
        path=path,
        container=container.format.name,
        width=width,
        height=height,
        rotation=rotation,
        fps=fps,
        num_frames=num_frames,
        duration=duration,
        has_clock=has_clock,
        start=float(first.pts * first.time_base) if has_clock else None,
        damage=_find_damage(path, container, stream, num_frames),
    )


def _find_damage(path: str, container, stream, num_frames: int | None) -> str | None:
    """Compare what the header says twice."""
    kind = container.format.name.split(',')[0]
    if kind == 'matroska' and (missing := missing_matroska_bytes(path)):
        return f'{missing} bytes of the file are missing'
    lasts = [float(one.duration * one.time_base) for one in container.streams if one.duration]
    whole = movie_seconds(path) if kind == 'mov' and num_frames and lasts else None
    if whole and not 1 / MAX_CLOCK_RATIO < max(lasts) / whole < MAX_CLOCK_RATIO:
        return f'its tracks last {max(lasts):.3g} s and the file {whole:.3g} s'
    return None


def _promised_length(container, stream, fps) -> tuple[int | None, float | None]:
    """Frames and seconds that the header promises, each None where it does not."""
    kind = container.format.name.split(',')[0]
    if kind not in LENGTH_FORMATS:
        return None, None
    num_frames = stream.frames or None
    if kind == 'avi':  # FFmpeg scales an AVI's seconds to the bytes that are left of it
        return num_frames, num_frames / fps if num_frames and fps else None
    if kind == 'matroska':  # the container's own duration may be that of a longer audio stream
        return num_frames, _tagged_seconds(stream)
    duration = float(stream.duration * stream.time_base) if stream.duration else None
    return num_frames, duration


def _tagged_seconds(stream) -> float | None:
    """Read Matroska's ``DURATION`` tag, the end of the stream as ``hours:minutes:seconds``."""
    try:
        hours, minutes, seconds = stream.metadata['DURATION'].split(':')
        end = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except (KeyError, ValueError):
        return None
    return end - float((stream.start_time or 0) * stream.time_base)
