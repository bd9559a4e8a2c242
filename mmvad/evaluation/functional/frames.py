"""From segment scores and events to one score and one label a frame, in two protocols.

``'peer'`` is what published ground truths count: 16 * S frames a video, events cut there.
``'true_length'`` counts the frames that the video has.
"""

import numpy as np

from mmvad.datasets.annotations import length_problem
from mmvad.evaluation.prediction import VideoPrediction
from mmvad.timeline import SEGMENT_FRAMES, frame_labels, segments_to_frames

PROTOCOLS = ('peer', 'true_length')


def check_protocol(protocol: str) -> None:
    """Make sure that the protocol is known.

    Args:
        protocol: One of `PROTOCOLS`.

    Raises:
        ValueError: It is not.

    Example:
        >>> check_protocol('peer')
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f'protocol must be one of {PROTOCOLS}, got {protocol!r}')


def video_frames(prediction: VideoPrediction, protocol: str) -> tuple[np.ndarray, np.ndarray]:
    """Lay one video out frame by frame.

    The peer protocol gives each segment's score to its 16 frames. The true-length protocol then
    leaves out the padding of the last segment, and repeats the last segment's score over frames
    that the extractor dropped: at most one segment, and one more for each that the data set's
    tolerance allows.

    Args:
        prediction: One video.
        protocol: ``'peer'`` or ``'true_length'``.

    Returns:
        Labels (F,) uint8 and scores (F,) float64; F is 16 * S or the number of frames.

    Raises:
        ValueError: The protocol is unknown; the number of segments does not fit the number of
            frames or, where that is unknown, the events; an anomalous video has no events; the
            true-length protocol is asked of a video whose number of frames is unknown.

    Example:
        >>> video = VideoPrediction('a', [0.1, 0.9], 1, 'Abuse', [(16, 32)], num_frames=18)
        >>> [[len(part) for part in video_frames(video, protocol)] for protocol in PROTOCOLS]
        [[32, 32], [18, 18]]
    """
    check_protocol(protocol)
    if prediction.label == 1 and not prediction.events:
        raise ValueError(
            f'video {prediction.video!r} is anomalous and has no events, so its frames have no '
            'labels; score such videos with VideoMetric'
        )
    _check_segments(prediction)
    scores = segments_to_frames(prediction.scores)  # (16 * S,)
    if protocol == 'true_length':
        scores = _fit_true_length(prediction, scores)  # (num_frames,)
    return frame_labels(prediction.events, len(scores)), scores


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


def _check_segments(prediction: VideoPrediction) -> None:
    """Refuse a number of segments that fits neither the video's frames nor its events."""
    problem = length_problem(
        len(prediction.scores),
        prediction.num_frames,
        prediction.tail,
        prediction.segments_tolerance,
        prediction.events,
    )
    if problem:
        raise ValueError(f'video {prediction.video!r}: {problem}')


def _fit_true_length(prediction: VideoPrediction, scores: np.ndarray) -> np.ndarray:
    if prediction.num_frames is None:
        raise ValueError(
            f"video {prediction.video!r}: protocol 'true_length' needs the number of frames, which "
            "the annotations do not give; use protocol 'peer'"
        )
    missing = prediction.num_frames - len(scores)
    most = SEGMENT_FRAMES * (1 + prediction.segments_tolerance)
    if not -SEGMENT_FRAMES < missing <= most:
        raise ValueError(
            f'video {prediction.video!r}: {len(prediction.scores)} segments '
            f'({len(scores)} frames) do not fit its {prediction.num_frames} frames'
        )
    return np.pad(scores, (0, max(missing, 0)), mode='edge')[: prediction.num_frames]
