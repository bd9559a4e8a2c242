"""Counts and intervals: frames, 16-frame segments, bags, pooled segments, events.

Units: a *frame* is one video frame, 0-based; a *segment* is `SEGMENT_FRAMES` consecutive frames,
the unit of every feature file; a *bag* is a run of consecutive segments that get one score (paper,
section 3.2); an *event* is a half-open frame interval ``[start, end)`` that is anomalous.
"""

from collections.abc import Sequence

import numpy as np

SEGMENT_FRAMES = 16

TAILS = ('ceil', 'floor', 'drop_last')


def count_segments(num_frames: int, tail: str, min_frames: int | None = None) -> int:
    """Count the segments of a video.

    Args:
        num_frames: Frames of the video, at least 1.
        tail: What the extractor does with the last frames: ``'ceil'`` pads the last segment (R50
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
            where it is needed, outside 1 to 16, or given where it has no meaning.

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


def runs_of_segments(num_segments: int, num_pooled: int) -> np.ndarray:
    """Say which pooled segment covers each segment of a video, to spread its score or feature.

    Args:
        num_segments: S, segments of the video.
        num_pooled: T, pooled segments.

    Returns:
        (S,) int64 in [0, T): the run of `pooling_edges` that holds the segment; of several runs
        that repeat it (S < T), the last.

    Raises:
        ValueError: A count is not positive.

    Example:
        >>> runs_of_segments(7, 3).tolist(), runs_of_segments(2, 4).tolist()
        ([0, 0, 1, 1, 2, 2, 2], [1, 3])
    """
    edges = pooling_edges(num_segments, num_pooled)
    return np.searchsorted(edges[:-1], np.arange(num_segments), side='right') - 1


def bag_lengths(num_segments: int, bag_size: int | None) -> list[int]:
    """Cut a video into consecutive bags; the last may be shorter (paper, section 3.2).

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
    """Turn events into one label per frame.

    Args:
        events: Half-open frame intervals ``[start, end)``; frames past `num_frames` are cut off.
        num_frames: Length of the result; ``16 * S`` where segments are counted.

    Returns:
        (num_frames,) uint8, 1 inside an event.

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
