"""The runs of equal frames of a set of videos, and which video each belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmvad.evaluation.functional.frames import run_lengths, video_frames
from mmvad.scores.scored_video import ScoredVideo


@dataclass(frozen=True, eq=False)
class FrameRuns:
    """Frames of several videos as runs of equal label and score, one after the other.

    Attributes:
        labels: (R,) of 0 and 1.
        scores: (R,) float64.
        lengths: (R,) int64 frames.
        videos: (R,) int64 number of the video, ascending.
        num_videos: V.

    Example:
        >>> video = ScoredVideo('a', [0.1, 0.9], label=1, annotated_events=[(16, 24)])
        >>> runs = FrameRuns.join([video], 'segments')
        >>> runs.labels.tolist(), runs.lengths.tolist(), runs.videos.tolist()
        ([0, 1, 0], [16, 8, 8], [0, 0, 0])
    """

    labels: np.ndarray
    scores: np.ndarray
    lengths: np.ndarray
    videos: np.ndarray
    num_videos: int

    @classmethod
    def join(cls, videos: Sequence[ScoredVideo], frame_count: str) -> 'FrameRuns':
        """Make the runs of videos.

        Args:
            videos: At least one, with their annotations.
            frame_count: ``'segments'`` or ``'true'``.

        Raises:
            ValueError: A video does not fit (`video_frames`).
        """
        parts = [run_lengths(*video_frames(video, frame_count)) for video in videos]
        labels, scores, lengths = map(np.concatenate, zip(*parts, strict=True))
        numbers = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
        return cls(labels, scores, lengths, numbers, len(parts))

    @property
    def ranking(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Labels, scores and weights, as ranking metrics take them."""
        return self.labels, self.scores, self.lengths

    @property
    def positives(self) -> np.ndarray:
        """Positive frames of each video, (V,) int64."""
        return sum_by(self.videos, self.lengths * (self.labels == 1), self.num_videos)

    @property
    def negatives(self) -> np.ndarray:
        """Negative frames of each video, (V,) int64."""
        return sum_by(self.videos, self.lengths * (self.labels == 0), self.num_videos)

    def only(self, chosen: np.ndarray) -> 'FrameRuns':
        """Give the runs of some videos, which keep their numbers.

        Args:
            chosen: (V,) bool.
        """
        return self.where(np.asarray(chosen, bool)[self.videos])

    def where(self, keep: np.ndarray) -> 'FrameRuns':
        """Give some of the runs.

        Args:
            keep: (R,) bool.
        """
        parts = (part[keep] for part in (self.labels, self.scores, self.lengths, self.videos))
        return FrameRuns(*parts, self.num_videos)

    def with_video_means(self) -> 'FrameRuns':
        """Replace each score by the mean over its video's frames: what is left ranks videos.

        Means are rounded to float32, the precision of scores, so that equal ones stay equal.

        Example:
            >>> video = ScoredVideo('a', [0.25, 0.75], label=0, annotated_events=[])
            >>> FrameRuns.join([video], 'segments').with_video_means().scores.tolist()
            [0.5, 0.5]
        """
        frames = np.bincount(self.videos, self.lengths, self.num_videos)
        sums = np.bincount(self.videos, self.lengths * self.scores, self.num_videos)
        means = (sums / np.maximum(frames, 1)).astype(np.float32).astype(np.float64)  # (V,)
        return replace(self, scores=means[self.videos])


def sum_by(groups: np.ndarray, values: np.ndarray, num_groups: int) -> np.ndarray:
    """Sum whole numbers by group, without rounding.

    Args:
        groups: (R,) number of the group, in [0, num_groups).
        values: (R,) whole numbers.
        num_groups: G.

    Returns:
        (G,) int64.

    Example:
        >>> sum_by(np.array([0, 1, 0]), np.array([1, 5, 2]), 3).tolist()
        [3, 5, 0]
    """
    sums = np.zeros(num_groups, np.int64)
    np.add.at(sums, groups, np.asarray(values, np.int64))
    return sums
