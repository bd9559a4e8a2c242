"""The scores of one source, segment by segment, as its features come."""

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import torch

from mmvad.apis.feature_runs import FeatureRuns
from mmvad.models.detectors import VideoAnomalyDetector
from mmvad.models.stream_scorers import ScoredSegments, build_scorer
from mmvad.scores.rule import shortest_float
from mmvad.scores.scored_video import ScoredVideo, ScoreGap, failed_video
from mmvad.timeline import SEGMENT_FRAMES, segment_frames
from mmvad.video.live import Gap


@dataclass(frozen=True)
class SegmentScore:
    """The score of one segment.

    Attributes:
        segment: Number from 0.
        start_frame: First scored frame.
        end_frame: One past the last frame.
        start_time: Seconds of the frames read, not of the clock on the wall; None where the frame
            rate is not known.
        end_time: Seconds at which its last frame ends, as far as known by then, or None.
        score: In [0, 1].
        attention: How much the segment counted in its bag, one number a hop; None where the
            detector has no attention.
        arrived_at: When the segment's features were there, in UTC: for a live source a moment after
            its last frame came.
        gap: What was lost before this segment, see `reconnecting`; None where nothing was.
    """

    segment: int
    start_frame: int
    end_frame: int
    start_time: float | None
    end_time: float | None
    score: float
    attention: tuple[float, ...] | None
    arrived_at: datetime
    gap: Gap | None = None

    @property
    def times(self) -> tuple[float, float] | None:
        """Start and end in seconds, or None."""
        return None if self.start_time is None else (self.start_time, self.end_time)


class SegmentStream:
    """Scores the features of a source as they come, in memory that does not grow with it.

    To be iterated once, and to be left at any time: `rest` then scores what waits for its bag.
    Nothing is scored together over a gap.

    Args:
        runs: The features.
        detector: In evaluation mode.
        scoring: ``'bags'`` or ``'sliding'``, see `build_scorer`.

    Attributes:
        runs: As given; knows the source's clock.
        gaps: The gaps so far, each with the number of the segment after it.
        on_gap: Called with the reason as soon as segments of a live source have no score.

    Raises:
        ValueError: See `build_scorer`; while iterating, that a segment has no score because its
            features are beyond all bounds. Segments of a live source are left out as a gap.
    """

    def __init__(self, runs: FeatureRuns, detector: VideoAnomalyDetector, scoring: str) -> None:
        self.runs = runs
        self.gaps: list[tuple[int, Gap]] = []
        self.on_gap: Callable[[str], None] = lambda reason: None
        self._scorer = build_scorer(detector, scoring)
        self._number = 0  # of the next segment to be scored
        self._arrivals: deque[datetime] = deque()  # of segments that are not scored yet
        self._ready: deque[SegmentScore] = deque()  # scored, and not given out yet
        self._gap: Gap | None = None
        self._left_out: Gap | None = None  # of segments without a score, up to the next one with
        self._is_broken = False
        self._iterator = self._scores()

    def __iter__(self) -> Iterator[SegmentScore]:
        """Yield one score a segment, in order."""
        return self._iterator

    def __next__(self) -> SegmentScore:
        return next(self._iterator)

    def rest(self) -> Iterator[SegmentScore]:
        """Score what waits for the end of its bag as a shorter one.

        The first score may be the last one given out before, if whoever took it was interrupted
        and did not ask for the next.
        """
        if not self._is_broken:
            self._add(self._scorer.flush())
        yield from self._give_out()

    def close(self) -> None:
        """Close the source."""
        self._iterator.close()

    def score_gaps(self) -> list[ScoreGap]:
        """Give the gaps so far, with the one from which the source has not come back."""
        gaps = list(self.gaps)
        if (pending := self.runs.pending_gap) is not None:
            gaps.append((self._number, pending))
        return [
            ScoreGap(min(segment, self._number), gap.seconds, gap.attempts, gap.reason)
            for segment, gap in gaps
        ]

    def _scores(self) -> Iterator[SegmentScore]:
        for gap, pieces in self.runs:
            if gap is not None:
                self._gap = gap
                self.gaps.append((self._number, gap))
            for features in pieces:  # (n, K, D)
                self._arrivals.extend([datetime.now(UTC)] * len(features))
                self._add(self._scorer.push(_tensor(features)))
                yield from self._give_out()
            yield from self.rest()

    def _add(self, found: ScoredSegments) -> None:
        for index, score in enumerate(found.scores.tolist()):
            if not math.isfinite(score):
                self._leave_out()
                continue
            hops = None if found.attention is None else found.attention[:, index].tolist()
            start_time, end_time = self.runs.span(self._number) or (None, None)
            self._ready.append(
                SegmentScore(
                    self._number,
                    *segment_frames(self._number, self.runs.num_frames),
                    start_time,
                    end_time,
                    shortest_float(score),
                    None if hops is None else tuple(map(shortest_float, hops)),
                    self._arrivals.popleft(),
                    self._gap,
                )
            )
            self._number, self._gap, self._left_out = self._number + 1, None, None

    def _leave_out(self) -> None:
        """Leave out a segment without a score: a gap of a live source, and the end of any other."""
        if self.runs.started_at is None:
            self._is_broken = True  # no later segment can be numbered
            raise ValueError(
                f'segment {self._number} has no score: its features are too large for the detector'
            )
        self._arrivals.popleft()
        self.runs.lose_segment()
        if self._left_out is None:
            reason = 'no score: the features are too large for the detector'
            self._left_out = self._gap = Gap(reason, seconds=0.0)
            self.gaps.append((self._number, self._gap))
            self.on_gap(reason)
        self._left_out.seconds += SEGMENT_FRAMES / self.runs.fps if self.runs.fps else 0.0

    def _give_out(self) -> Iterator[SegmentScore]:
        while self._ready:
            yield self._ready[0]
            self._ready.popleft()


def collect(
    stream: SegmentStream,
    name: str,
    scores: list[SegmentScore],
    seconds_taken: float,
    incomplete: str | None = None,
) -> ScoredVideo:
    """Make a scored video of the scores that a stream has given.

    Args:
        stream: Knows the clock and the gaps of the source.
        name: Of the video.
        scores: All, in order.
        seconds_taken: Time that it took.
        incomplete: Why the stream was left before its end; None where it was not. A damaged file
            says so here.

    Returns:
        The video, or its error where there is no score.
    """
    runs = stream.runs
    if not scores:
        reason = incomplete or (
            f'{runs.frames_read} frames give no segment with tail {runs.tail!r}'
        )
        return failed_video(name, reason)
    started_at = runs.started_at
    arrivals = None
    if started_at is not None:
        arrivals = [(score.arrived_at - started_at).total_seconds() for score in scores]
    if incomplete is None and runs.damage is not None:
        incomplete = f'the file is damaged: {runs.damage}'
    has_attention = scores[0].attention is not None
    return ScoredVideo(
        name,
        np.array([score.score for score in scores], np.float32),
        runs.clock(len(scores)),
        attention=np.array([score.attention for score in scores]).T if has_attention else None,
        gaps=tuple(stream.score_gaps()),
        started_at=started_at,
        arrivals=arrivals,
        tail=runs.tail,
        seconds_taken=seconds_taken,
        incomplete=incomplete,
    )


def _tensor(features: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(features)).float()
