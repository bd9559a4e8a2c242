"""When the segments of a video happen, in frames, in seconds and in frames of its source."""

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmvad.timeline import SEGMENT_FRAMES, count_segments, segment_frames


@dataclass(frozen=True, eq=False)
class Clock:
    """When the segments of one video happen: in frames, in seconds, in frames of its source.

    *Scored* frames are those that the segments were cut from. They are the source's own unless the
    video was resampled to another frame rate before its features were extracted.

    Attributes:
        num_segments: S.
        num_frames: Scored frames, so that a padded last segment ends with the video; None where
            that is not known.
        fps: Scored frames per second; None where that is not known.
        segment_times: (S + 1,) seconds at which each segment starts and the last one ends, for a
            video of variable frame rate; None where frame ÷ `fps` is the time.
        source_frames: (S + 1,) frame number in the source, possibly fractional, of each segment's
            first frame and of the end; None where the video was not resampled.

    Raises:
        ValueError: A count or rate is out of range, segments do not fit the frames, or times or
            source frames are not S + 1 numbers that never decrease.

    Example:
        >>> clock = Clock(3, num_frames=40, fps=10)
        >>> clock.edges.tolist(), clock.segment_frames(2), clock.seconds(8)
        ([0.0, 1.6, 3.2, 4.0], (32, 40), 0.8)
    """

    num_segments: int
    num_frames: int | None = None
    fps: float | None = None
    segment_times: np.ndarray | None = None
    source_frames: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.num_segments < 1:
            raise ValueError(f'a video has at least one segment, got {self.num_segments}')
        check_fps(self.fps)
        if self.fps is not None:
            object.__setattr__(self, 'fps', float(self.fps))
        if self.num_frames is not None:
            try:
                object.__setattr__(self, 'num_frames', operator.index(self.num_frames))
            except TypeError:
                raise ValueError(
                    f'num_frames must be a whole number, got {self.num_frames!r}'
                ) from None
        check_length(self.num_segments, self.num_frames)
        for name in ('segment_times', 'source_frames'):
            values = getattr(self, name)
            if values is not None:
                object.__setattr__(self, name, _check_edges(name, values, self.num_segments))

    @property
    def frame_edges(self) -> np.ndarray:
        """Scored frames at which each segment starts and the last one ends, (S + 1,) int64."""
        edges = np.arange(self.num_segments + 1, dtype=np.int64) * SEGMENT_FRAMES
        if self.num_frames is not None:
            edges[-1] = min(edges[-1], self.num_frames)
        return edges

    @property
    def edges(self) -> np.ndarray | None:
        """Seconds at which each segment starts and the last one ends, (S + 1,); None if unknown."""
        if self.segment_times is not None:
            return self.segment_times
        return None if self.fps is None else self.frame_edges / self.fps

    def segment_frames(self, segment: int) -> tuple[int, int]:
        """Scored frames ``[start, end)`` of a segment."""
        return segment_frames(segment, self.num_frames)

    def seconds(self, frame: float) -> float | None:
        """Time at which a scored frame is shown; None where the rate is not known."""
        if self.segment_times is None:
            return None if self.fps is None else frame / self.fps
        return float(np.interp(frame, self.frame_edges, self.segment_times))

    def frame_at(self, seconds: float) -> int | None:
        """Scored frame that is shown at a time; None where the rate is not known."""
        if self.segment_times is None:
            return None if self.fps is None else int(seconds * self.fps + 1e-3)
        return int(np.interp(seconds, self.segment_times, self.frame_edges) + 1e-3)

    def from_source(self, events: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
        """Convert events from frames of the source to scored frames.

        Worked example: a 30-fps source resampled to 25 fps has an event from 5 to 7 s, that is
        source frames [150, 210) and scored frames [125, 175).

        Args:
            events: Half-open intervals ``[start, end)`` of the source's frames.

        Returns:
            Half-open intervals of scored frames, rounded, each at least one frame long.

        Example:
            >>> record = dict(num_frames=250, fps=25, source_fps=30)
            >>> clock_of_record(16, record).from_source([(150, 210)])
            [(125, 175)]
        """
        if self.source_frames is None:
            return [tuple(event) for event in events]
        frames, source = self.frame_edges, self.source_frames
        rate = frames[-1] / max(source[-1], 1e-9)

        def scored(frame: int) -> int:
            # where the picture stands still, the first of the equal edges
            first = np.searchsorted(source, frame)
            if first < len(source) and source[first] == frame:
                return int(frames[first])
            beyond = max(0, frame - source[-1]) * rate  # in a dropped or padded tail
            return round(float(np.interp(frame, source, frames) + beyond))

        return [(scored(start), max(scored(start) + 1, scored(end))) for start, end in events]

    def to_dict(self) -> dict:
        """Return the clock in JSON types, as a scores file holds it."""
        return {
            'num_frames': self.num_frames,
            'fps': self.fps,
            'segment_times': _listed(self.segment_times),
            'source_frames': _listed(self.source_frames),
        }


def clock_of_record(num_segments: int, video: Mapping | None) -> Clock:
    """Read the clock of a video from the record of its feature file.

    Args:
        num_segments: S of the feature file.
        video: ``video`` of the record: ``num_frames``, ``fps``, ``source_fps`` and, in newer
            records, ``segment_times`` and ``source_frames``, one number for the start of every
            segment, incomplete ones included, and one for the end; None where there is no record.

    Returns:
        The clock of the first S segments: a tail rule, or shorter audio, may have dropped one.
        A record whose ``fps`` is not its ``source_fps`` was resampled; without
        ``source_frames`` both rates are taken as constant.

    Raises:
        ValueError: See `Clock`.

    Example:
        >>> clock = clock_of_record(2, dict(num_frames=25, fps=25.0, source_fps=30.0))
        >>> clock.source_frames.tolist()
        [0.0, 19.2, 30.0]
    """
    video = video or {}
    fps, source_fps = video.get('fps'), video.get('source_fps')
    times, source = (
        _first_edges(video, key, num_segments) for key in ('segment_times', 'source_frames')
    )
    clock = Clock(num_segments, video.get('num_frames'), fps, times)
    if source is None and fps and source_fps and fps != source_fps:
        source = clock.frame_edges * (source_fps / fps)
    return replace(clock, source_frames=source)


def check_fps(fps: float | None) -> None:
    """Check that a frame rate is a positive number or None.

    Raises:
        ValueError: It is not a positive, finite number.

    Example:
        >>> check_fps(29.97)
    """
    is_number = isinstance(fps, int | float | np.floating) and not isinstance(fps, bool)
    if fps is not None and not (is_number and 0 < fps < math.inf):
        raise ValueError(f'fps must be a positive number, got {fps!r}')


def check_length(num_segments: int, num_frames: int | None) -> None:
    """Check that every segment starts inside the video.

    Raises:
        ValueError: The last segment starts after the last frame.

    Example:
        >>> check_length(3, 33)
    """
    if num_frames is not None and num_frames <= (num_segments - 1) * SEGMENT_FRAMES:
        raise ValueError(
            f'{num_segments} segments of {SEGMENT_FRAMES} frames do not fit {num_frames} frames'
        )


def format_seconds(seconds: float) -> str:
    """Write a time as minutes and seconds, with hours where there are some.

    Example:
        >>> format_seconds(75), format_seconds(3675.4), format_seconds(0.5)
        ('1:15', '1:01:15', '0:00.5')
    """
    whole, tenths = divmod(round(seconds * 10), 10)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f'{hours}:{minutes:02}:{rest:02}'
    return f'{minutes}:{rest:02}' + (f'.{tenths}' if tenths else '')


def _check_edges(name: str, values: Sequence[float] | np.ndarray, num_segments: int) -> np.ndarray:
    edges = np.asarray(values, np.float64)
    if edges.shape != (num_segments + 1,):
        raise ValueError(
            f'{name} must be {num_segments + 1} numbers, one for the start of each of '
            f'{num_segments} segments and one for the end, got shape {edges.shape}'
        )
    if not np.isfinite(edges).all() or (np.diff(edges) < 0).any():
        raise ValueError(f'{name} must be finite numbers that never decrease')
    return edges


def _first_edges(video: Mapping, key: str, num_segments: int) -> list[float] | None:
    values = video.get(key)
    if values is None:
        return None
    begun = count_segments(max(1, video['num_frames']), 'ceil')
    if len(values) != begun + 1:
        raise ValueError(
            f'{key} of a record of {video["num_frames"]} frames must be {begun + 1} numbers, '
            f'got {len(values)}'
        )
    return values[: num_segments + 1]


def _listed(edges: np.ndarray | None) -> list[float] | None:
    return None if edges is None else np.round(edges, 6).tolist()
