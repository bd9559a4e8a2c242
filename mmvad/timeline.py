"""The one home of the frame clock: frames, 16-frame segments, bags, pooled segments, events.

Units: a *frame* is one video frame, 0-based; a *segment* is `SEGMENT_FRAMES` consecutive frames,
the unit of every feature file; a *bag* is a run of consecutive segments that get one score (paper,
section 3.2); an *event* is a half-open frame interval ``[start, end)`` that is anomalous.
"""

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

SEGMENT_FRAMES = 16

TAILS = ('ceil', 'floor', 'drop_last')


def count_segments(num_frames: int, tail: str, min_frames: int | None = None) -> int:
    """Count the segments of a video.

    Args:
        num_frames: Frames of the video, at least 1.
        tail: What the extractor did with the last frames: ``'ceil'`` pads the last segment (R50
            feature family), ``'floor'`` drops an incomplete one (Inception family, UCF-Crime),
            ``'drop_last'`` gives ``(num_frames - 1) // 16``, so that the last segment is dropped
            even where it is complete (Inception family, XD-Violence). ``'keep'`` pads an incomplete
            segment of at least `min_frames` frames and drops a shorter one (MMAction2's
            ``UntrimmedSampleFrames``: 9); annotation files do not use it.
        min_frames: For ``'keep'`` only.

    Returns:
        Number of segments S.

    Raises:
        ValueError: The count is not positive, the tail rule is unknown, or `min_frames` is missing
            where it is needed, out of 1 to 16, or given where it has no meaning.

    Example:
        >>> [count_segments(33, tail) for tail in TAILS], count_segments(32, 'drop_last')
        ([3, 2, 2], 1)
    """
    if num_frames < 1:
        raise ValueError(f'num_frames must be at least 1, got {num_frames}')
    if tail == 'keep':
        if min_frames is None or not 1 <= min_frames <= SEGMENT_FRAMES:
            raise ValueError(
                f"tail 'keep' needs min_frames from 1 to {SEGMENT_FRAMES}, got {min_frames}"
            )
        return (num_frames + SEGMENT_FRAMES - min_frames) // SEGMENT_FRAMES
    if min_frames is not None:
        raise ValueError(f"min_frames belongs to tail 'keep', got it with {tail!r}")
    if tail == 'ceil':
        return -(-num_frames // SEGMENT_FRAMES)
    if tail == 'floor':
        return num_frames // SEGMENT_FRAMES
    if tail == 'drop_last':
        return (num_frames - 1) // SEGMENT_FRAMES
    raise ValueError(f"tail must be one of {TAILS} or 'keep', got {tail!r}")


def pooling_edges(num_segments: int, num_pooled: int) -> np.ndarray:
    """Cut S segments into T runs of nearly equal length (Sultani et al., section 4.1).

    Args:
        num_segments: S, segments of the video.
        num_pooled: T, segments of the training bag.

    Returns:
        (T + 1,) int64, ``int(linspace(0, S, T + 1))``. Run i is ``edges[i]:edges[i + 1]``; where
        that is empty (S < T), the bag takes the single segment ``edges[i]``.

    Raises:
        ValueError: A count is not positive.

    Example:
        >>> pooling_edges(7, 3).tolist(), pooling_edges(2, 4).tolist()
        ([0, 2, 4, 7], [0, 0, 1, 1, 2])
    """
    if num_segments < 1 or num_pooled < 1:
        raise ValueError(
            f'expected at least one segment on both sides, got S={num_segments}, T={num_pooled}'
        )
    return np.linspace(0, num_segments, num_pooled + 1).astype(np.int64)


def bag_lengths(num_segments: int, bag_size: int | None) -> list[int]:
    """Cut a video into consecutive bags; the last one is as short as it comes (paper, section 3.2).

    Args:
        num_segments: S, segments of the video.
        bag_size: l, segments in a bag; None takes the whole video as one bag.

    Returns:
        Segments of each bag, in order; they sum to S.

    Raises:
        ValueError: S or l is not positive.

    Example:
        >>> bag_lengths(7, 3), bag_lengths(7, None)
        ([3, 3, 1], [7])
    """
    if num_segments < 1:
        raise ValueError(f'a video has at least one segment, got {num_segments}')
    if bag_size is None:
        return [num_segments]
    if bag_size < 1:
        raise ValueError(f'bag_size must be at least 1, got {bag_size}')
    full, rest = divmod(num_segments, bag_size)
    return [bag_size] * full + ([rest] if rest else [])


def segments_to_frames(scores: np.ndarray) -> np.ndarray:
    """Give each segment's score to its 16 frames.

    Args:
        scores: (S,).

    Returns:
        (16 * S,), same dtype.

    Raises:
        ValueError: The scores are not one-dimensional.

    Example:
        >>> segments_to_frames(np.array([0.1, 0.9])).shape
        (32,)
    """
    scores = np.asarray(scores)
    if scores.ndim != 1:
        raise ValueError(f'expected scores of shape (S,), got {scores.shape}')
    return np.repeat(scores, SEGMENT_FRAMES)


def frame_labels(events: Sequence[Sequence[int]], num_frames: int) -> np.ndarray:
    """Lay events out as one label a frame.

    Args:
        events: Half-open frame intervals ``[start, end)``; what lies behind `num_frames` is cut.
        num_frames: Length of the result; ``16 * S`` where segments are counted.

    Returns:
        (num_frames,) uint8, 1 inside of an event.

    Raises:
        ValueError: An event is empty or starts before frame 0.

    Example:
        >>> frame_labels([(1, 3), (4, 9)], 6).tolist()
        [0, 1, 1, 0, 1, 1]
    """
    labels = np.zeros(num_frames, np.uint8)
    for start, end in events:
        if not 0 <= start < end:
            raise ValueError(
                f'an event is [start, end) with 0 <= start < end, got [{start}, {end})'
            )
        labels[start:end] = 1
    return labels


@dataclass(frozen=True, eq=False)
class Clock:
    """When the segments of one video happen: in frames, in seconds, in frames of its source.

    *Scored* frames are those that the segments were cut from. They are the source's own unless the
    video was resampled to another frame rate before its features were extracted.

    Attributes:
        num_segments: S.
        num_frames: Scored frames, so that a padded last segment ends with the video; None where
            that is not known.
        fps: Scored frames a second; None where that is not known.
        segment_times: (S + 1,) seconds at which each segment starts and the last one ends, for a
            video of variable frame rate; None where frame ÷ `fps` is the time.
        source_frames: (S + 1,) number in the source, possibly between two, of each segment's first
            frame and of the end; None where the video was not resampled.

    Raises:
        ValueError: A count or rate is out of range, segments do not fit the frames, or times or
            source frames are not S + 1 numbers that never fall.

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
            Half-open intervals of scored frames, rounded to whole ones, each at least one long.

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
            first = np.searchsorted(source, frame)  # where a picture stands still, its first edge
            if first < len(source) and source[first] == frame:
                return int(frames[first])
            behind = max(0, frame - source[-1]) * rate  # what lies in a dropped or padded tail
            return round(float(np.interp(frame, source, frames) + behind))

        return [(scored(start), max(scored(start) + 1, scored(end))) for start, end in events]

    def to_dict(self) -> dict:
        """Give the clock in JSON types, as it stands in a scores file."""
        return {
            'num_frames': self.num_frames,
            'fps': self.fps,
            'segment_times': _listed(self.segment_times),
            'source_frames': _listed(self.source_frames),
        }


def segment_frames(segment: int, num_frames: int | None = None) -> tuple[int, int]:
    """Give the frames of a segment.

    Args:
        segment: 0-based.
        num_frames: Frames of the video; the last segment ends with it.

    Returns:
        Half-open ``(start, end)``.

    Example:
        >>> segment_frames(1), segment_frames(1, num_frames=20)
        ((16, 32), (16, 20))
    """
    end = (segment + 1) * SEGMENT_FRAMES
    return segment * SEGMENT_FRAMES, end if num_frames is None else min(end, num_frames)


def clock_of_record(num_segments: int, video: Mapping | None) -> Clock:
    """Read the clock of a video out of the record beside its feature file.

    Args:
        num_segments: S of the feature file.
        video: ``video`` of the record: ``num_frames``, ``fps``, ``source_fps`` and, in newer
            records, ``segment_times`` and ``source_frames``, the numbers of all segments, begun
            ones too, and of the end; None where there is no record.

    Returns:
        The clock of the first S segments: a tail rule, or audio that is shorter, may have left one
        out. A record whose ``fps`` is not its ``source_fps`` was resampled; without
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
    """Make sure that a frame rate is one, or None.

    Raises:
        ValueError: It is not a positive, finite number.

    Example:
        >>> check_fps(29.97)
    """
    is_number = isinstance(fps, int | float | np.floating) and not isinstance(fps, bool)
    if fps is not None and not (is_number and 0 < fps < math.inf):
        raise ValueError(f'fps must be a positive number, got {fps!r}')


def check_length(num_segments: int, num_frames: int | None) -> None:
    """Make sure that every segment starts inside the video.

    Raises:
        ValueError: The last segment starts behind the last frame.

    Example:
        >>> check_length(3, 33)
    """
    if num_frames is not None and num_frames <= (num_segments - 1) * SEGMENT_FRAMES:
        raise ValueError(
            f'{num_segments} segments of {SEGMENT_FRAMES} frames do not fit {num_frames} frames'
        )


def _check_edges(name: str, values: Sequence[float] | np.ndarray, num_segments: int) -> np.ndarray:
    edges = np.asarray(values, np.float64)
    if edges.shape != (num_segments + 1,):
        raise ValueError(
            f'{name} must be {num_segments + 1} numbers, one for the start of each of '
            f'{num_segments} segments and one for the end, got shape {edges.shape}'
        )
    if not np.isfinite(edges).all() or (np.diff(edges) < 0).any():
        raise ValueError(f'{name} must be finite numbers that never fall')
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
