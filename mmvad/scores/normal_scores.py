"""The scores of normal videos on one time axis, as calibration takes them."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmvad.clock import check_fps
from mmvad.scores.events import check_scores
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile


@dataclass(frozen=True, eq=False)
class NormalScores:
    """Scores of normal videos on one time axis, so far apart that no event joins two.

    Attributes:
        scores: (S,) float32; -1 stands between two videos.
        edges: (S + 1,) seconds.
        hours: Length of the videos.
        num_parts: Videos; a live source counts once for each part between gaps.

    Example:
        >>> normal = NormalScores.join([([0.1, 0.9], [0.0, 1.0, 2.0])], pause=5)
        >>> normal.scores.tolist(), normal.edges.tolist()
        ([0.10000000149011612, 0.8999999761581421, -1.0], [0.0, 1.0, 2.0, 7.0])
    """

    scores: np.ndarray
    edges: np.ndarray
    hours: float
    num_parts: int

    @classmethod
    def join(
        cls, videos: Iterable[tuple[Sequence[float], Sequence[float]]], pause: float
    ) -> 'NormalScores':
        """Lay videos end to end.

        Args:
            videos: Scores (S,) and edges (S + 1,) in seconds of each.
            pause: Seconds between two.

        Raises:
            ValueError: There is no video, or these are not the scores of one.
        """
        scores, edges, now, seconds, count = [], [np.zeros(1)], 0.0, 0.0, 0
        for values, edges_of_one in videos:
            times = np.asarray(edges_of_one, np.float64)
            scores += [check_scores(values), np.full(1, -1, np.float32)]
            edges += [times[1:] - times[0] + now, [times[-1] - times[0] + now + pause]]
            seconds += times[-1] - times[0]
            now, count = edges[-1][0], count + 1
        if not count:
            raise ValueError('no normal video to choose a threshold from')
        return cls(np.concatenate(scores), np.concatenate(edges), float(seconds) / 3600, count)


def gather_normal(
    scores: ScoresFile, pause: float = 1.0, fps: float | None = None, all_normal: bool = False
) -> NormalScores:
    """Join the normal videos of a scores file.

    Args:
        scores: See `calibrate`.
        pause: Seconds between two of them.
        fps: See `calibrate`.
        all_normal: See `calibrate`.

    Returns:
        Their scores.

    Raises:
        ValueError: No video is normal; a frame rate is not known; the scores are those of whole
            videos.

    Example:
        >>> video = ScoredVideo('a', [0.1, 0.9], label=0)
        >>> 3600 * gather_normal(ScoresFile([video]), fps=16).hours
        2.0
    """
    check_fps(fps)
    if scores.unit != 'segment':
        raise ValueError('these are scores of whole videos; events are cut from segments')
    normal = [
        video for video in scores.videos if video.error is None and (all_normal or video.label == 0)
    ]
    if not normal:
        raise ValueError(
            f'none of {len(scores.videos)} videos is known to be normal; --all-normal says that '
            'all are, --annotations of tools/infer.py which are'
        )
    return NormalScores.join(parts_between_gaps(normal, fps), pause)


def parts_between_gaps(
    videos: Iterable[ScoredVideo], fps: float | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Part videos at their gaps, over which no event reaches.

    Args:
        videos: Scored ones.
        fps: Frames a second of videos that do not say it.

    Yields:
        Scores (S,) and edges (S + 1,) in seconds of each part.

    Raises:
        ValueError: A frame rate is not known.

    Example:
        >>> video = ScoredVideo('a', [0.1, 0.9])
        >>> [edges.tolist() for _, edges in parts_between_gaps([video], fps=16)]
        [[0.0, 1.0, 2.0]]
    """
    for video in videos:
        clock = video.clock
        if clock.edges is None and fps is not None:
            clock = replace(clock, fps=fps)
        if clock.edges is None:
            raise ValueError(f'the frame rate of {video.name} is not known; --fps gives it')
        borders = [0, *video.breaks, len(video.scores)]
        for start, end in itertools.pairwise(borders):
            if end > start:
                yield video.scores[start:end], clock.edges[start : end + 1]
