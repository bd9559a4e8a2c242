"""From segment scores and annotated events to one score and one label per frame.

What a metric counts is its *frame count*: ``'segments'`` is what published ground truths count,
16 * S frames per video, events cut off there; ``'true'`` counts the frames that the video has.
"""

import numpy as np

from mmvad.datasets.annotation_rules import length_problem
from mmvad.scores.scored_video import ScoredVideo
from mmvad.timeline import FRAME_COUNTS, SEGMENT_FRAMES, frame_labels, segments_to_frames


def check_frame_count(frame_count: str) -> None:
    """Check that the frame count is known.

    Args:
        frame_count: One of `FRAME_COUNTS`.

    Raises:
        ValueError: It is not.

    Example:
        >>> check_frame_count('segments')
    """
    if frame_count not in FRAME_COUNTS:
        raise ValueError(f'frame_count must be one of {FRAME_COUNTS}, got {frame_count!r}')


def video_frames(video: ScoredVideo, frame_count: str) -> tuple[np.ndarray, np.ndarray]:
    """Give every frame of a video its label and its score.

    ``'segments'`` gives each segment's score to its 16 frames. ``'true'`` then leaves out the
    padding of the last segment, and repeats the last segment's score over frames that the extractor
    dropped: at most one segment, and one more for each that the data set's tolerance allows.

    Args:
        video: One video with its annotation.
        frame_count: ``'segments'`` or ``'true'``.

    Returns:
        Labels (F,) uint8 and scores (F,) float64; F is 16 * S or the number of frames.

    Raises:
        ValueError: The frame count is unknown; the number of segments does not fit the number of
            frames or, where that is unknown, the events; the video has no annotation; true frames
            are requested of a video whose number of frames is unknown.

    Example:
        >>> from mmvad.clock import Clock
        >>> clock = Clock(2, num_frames=18)
        >>> video = ScoredVideo('a', [0.1, 0.9], clock, label=1, annotated_events=[(16, 32)])
        >>> [[len(part) for part in video_frames(video, count)] for count in FRAME_COUNTS]
        [[32, 32], [18, 18]]
    """
    check_frame_count(frame_count)
    if video.label is None:
        raise ValueError(f'video {video.name!r} has no annotation; --annotations gives it')
    if video.annotated_events is None:
        raise ValueError(
            f'video {video.name!r} is anomalous and has no events, so its frames have no labels; '
            'evaluate such videos with VideoMetric'
        )
    _check_segments(video)
    scores = segments_to_frames(video.scores)  # (16 * S,)
    if frame_count == 'true':
        scores = _fit_true_frames(video, scores)  # (num_frames,)
    return frame_labels(video.annotated_events, len(scores)), scores.astype(np.float64)


def run_lengths(
    labels: np.ndarray, scores: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Join neighbouring frames of equal label and score; a segment's 16 frames become one or a few.

    Ranking metrics over runs, weighted by their lengths, are those over frames, many times faster.

    Args:
        labels: (F,).
        scores: (F,).

    Returns:
        Labels, scores and lengths of the runs, (R,) each; the lengths sum to F.

    Example:
        >>> parts = run_lengths(np.array([0, 0, 1, 1]), np.array([0.5, 0.5, 0.5, 0.2]))
        >>> [part.tolist() for part in parts]
        [[0, 1, 1], [0.5, 0.5, 0.2], [2, 1, 1]]
    """
    changes = (np.diff(labels) != 0) | (np.diff(scores) != 0)  # (F - 1,)
    starts = np.flatnonzero(np.concatenate([[True], changes]))  # (R,)
    return labels[starts], scores[starts], np.diff(starts, append=len(labels))


def _check_segments(video: ScoredVideo) -> None:
    """Refuse a number of segments that fits neither the video's frames nor its events."""
    problem = length_problem(
        len(video.scores),
        video.clock.num_frames,
        video.tail,
        video.segments_tolerance,
        video.annotated_events,
    )
    if problem:
        raise ValueError(f'video {video.name!r}: {problem}')


def _fit_true_frames(video: ScoredVideo, scores: np.ndarray) -> np.ndarray:
    num_frames = video.clock.num_frames
    if num_frames is None:
        raise ValueError(
            f"video {video.name!r}: frame_count 'true' needs the number of frames, which the "
            "annotations do not give; use 'segments'"
        )
    missing = num_frames - len(scores)
    most = SEGMENT_FRAMES * (1 + video.segments_tolerance)
    if not -SEGMENT_FRAMES < missing <= most:
        raise ValueError(
            f'video {video.name!r}: {len(video.scores)} segments ({len(scores)} frames) do not '
            f'fit its {num_frames} frames'
        )
    return np.pad(scores, (0, max(missing, 0)), mode='edge')[:num_frames]
