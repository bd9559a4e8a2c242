"""The scores of one source, segment by segment, and its entry of the result document."""

import copy
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import torch

from mmvad.apis.events import EventRule, segment_frames, shortest_float
from mmvad.apis.frame_features import FeatureRuns
from mmvad.apis.results import failed_video, video_result
from mmvad.fileio import hide_password
from mmvad.models.detectors import VideoAnomalyDetector
from mmvad.models.stream_scorers import ScoredSegments, build_scorer
from mmvad.timeline import SEGMENT_FRAMES
from mmvad.video.live import Gap


@dataclass(frozen=True)
class SegmentScore:
    """The score of one segment.

    Attributes:
        segment: Number from 0.
        start_frame: First frame.
        end_frame: One past the last frame.
        start_time: Seconds of the frames read, not of the clock on the wall; None where the frame
            rate is not known.
        end_time: Seconds, or None.
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
    arrived_at: datetime | None = None
    gap: Gap | None = None


class SegmentScorer:
    """Numbers, times and dates the scores of a source as its features come.

    Args:
        detector: In evaluation mode.
        mode: ``'bags'`` or ``'sliding'``, see `build_scorer`.
        fps: Frames a second, where known.

    Raises:
        ValueError: See `build_scorer`.
    """

    def __init__(self, detector: VideoAnomalyDetector, mode: str, fps: float | None) -> None:
        self._scorer = build_scorer(detector, mode)
        self._fps = fps
        self._number = 0  # of the next segment to be scored
        self._arrivals: deque[datetime] = deque()  # of segments that are not scored yet
        self._ready: deque[SegmentScore] = deque()  # scored, and not given out yet
        self._gap: Gap | None = None

    def score(
        self, runs: FeatureRuns, on_gap: Callable[[int, Gap], None] = lambda segment, gap: None
    ) -> Iterator[SegmentScore]:
        """Score the features of a source; nothing is scored together over a gap.

        Args:
            runs: The features. Its ``num_frames``, where known, bounds the last segment.
            on_gap: Called with every gap and the number of the segment after it.

        Yields:
            One score a segment, in order.
        """
        for gap, pieces in runs:
            if gap is not None:
                self._gap = gap
                on_gap(self._number, gap)
            for features in pieces:  # (n, K, D)
                self._arrivals.extend([datetime.now(UTC)] * len(features))
                self._add(self._scorer.push(_tensor(features)), runs)
                yield from self._give_out()
            yield from self.rest(runs)

    def rest(self, runs: FeatureRuns) -> Iterator[SegmentScore]:
        """Score what waits for the end of its bag as a shorter one."""
        self._add(self._scorer.flush(), runs)
        yield from self._give_out()

    def _add(self, found: ScoredSegments, runs: FeatureRuns) -> None:
        for index, score in enumerate(found.scores.tolist()):
            frames = segment_frames(self._number, runs.num_frames)
            times = (None, None) if self._fps is None else [frame / self._fps for frame in frames]
            hops = None if found.attention is None else found.attention[:, index].tolist()
            self._ready.append(
                SegmentScore(
                    self._number,
                    *frames,
                    *times,
                    shortest_float(score),
                    None if hops is None else tuple(map(shortest_float, hops)),
                    self._arrivals.popleft(),
                    self._gap,
                )
            )
            self._number, self._gap = self._number + 1, None

    def _give_out(self) -> Iterator[SegmentScore]:
        while self._ready:
            yield self._ready.popleft()


class InputScoring:
    """The scores of one input as they come, and its entry of the document at any time.

    What `AnomalyInferencer.score_input` gives; to be iterated once. A source that breaks down ends
    the iteration, and `entry` says why.

    Args:
        opening: Opens the source: its features, and its frame rate where known.
        detector: In evaluation mode.
        mode: ``'bags'`` or ``'sliding'``.
        rule: How scores become events.
        name: Of the input in the document; a password in an address is hidden.
        ground_truth: Anomalous frames ``[start, end)``; None where not known.

    Attributes:
        name: As it stands in the document.
        error: Why the input could not be scored to its end; None where it was, or still may be.
        gaps: The gaps so far, each with the number of the segment after it.
    """

    def __init__(
        self,
        opening: Callable[[], tuple[FeatureRuns, float | None]],
        detector: VideoAnomalyDetector,
        mode: str,
        rule: EventRule,
        name: str,
        ground_truth: Sequence[Sequence[int]] | None = None,
    ) -> None:
        self.name = hide_password(name)
        self.error: str | None = None
        self.gaps: list[tuple[int, Gap]] = []
        self._opening = opening
        self._detector = detector
        self._mode = mode
        self._rule = rule
        self._ground_truth = ground_truth
        self._runs = FeatureRuns()  # until the source is open
        self._scorer: SegmentScorer | None = None
        self._fps: float | None = None
        self._scores, self._attention = array('f'), array('f')  # 4 bytes a number
        self._arrivals = array('d')  # seconds since the epoch
        self._hops = 0
        self._start = self._end = None

    def __iter__(self) -> Iterator[SegmentScore]:
        """Yield one score a segment.

        Raises:
            RuntimeError: The network fails.
        """
        self._start = time.perf_counter()
        try:
            self._runs, self._fps = self._opening()
            self._scorer = SegmentScorer(self._detector, self._mode, self._fps)
            found = self._scorer.score(self._runs, lambda *gap: self.gaps.append(gap))
            yield from map(self._keep, found)
        except (ValueError, OSError) as error:
            self.error = hide_password(str(error))
            with suppress(ValueError, OSError):  # the first reason counts
                yield from self.rest()
        finally:
            self._end = time.perf_counter()

    def run(self) -> dict:
        """Iterate to the end and give the entry.

        Raises:
            RuntimeError: The network fails.
        """
        for _ in self:
            pass
        return self.entry()

    def rest(self) -> Iterator[SegmentScore]:
        """Score what waits for the end of its bag, where the iteration was left before its end."""
        if self._scorer is not None:
            yield from map(self._keep, self._scorer.rest(self._runs))

    @property
    def started_at(self) -> datetime | None:
        """When the first frame of a live source came, in UTC; None for a file."""
        return self._runs.started_at

    @property
    def num_segments(self) -> int:
        """Segments scored so far."""
        # the parts of a segment come one after another, and an interrupt may come between them
        return min(len(self._scores), len(self._arrivals))

    def snapshot(self) -> 'InputScoring':
        """Copy what there is up to now, for `entry` in another thread."""
        taken = copy.copy(self)
        taken._scores, taken._attention = self._scores[:], self._attention[:]
        taken._arrivals, taken.gaps = self._arrivals[:], list(self.gaps)
        return taken

    def entry(self, incomplete: str | None = None, keep_partial: bool = False) -> dict:
        """Build the input's entry of the document from the scores up to now.

        Args:
            incomplete: Why the iteration was left before its end; None where it was not.
            keep_partial: Keep the scores that came before a file broke down, as is always done for
                live sources.

        Returns:
            See `video_result`, or `failed_video` where there is no score or nothing is to be kept.
        """
        incomplete = incomplete or self.error
        keep_partial = keep_partial or self.started_at is not None
        num_segments = self.num_segments
        if self.error is not None and not (num_segments and keep_partial):
            return failed_video(self.name, self.error)
        if not num_segments:
            return failed_video(self.name, incomplete or self._too_short())
        num_frames = self._runs.num_frames
        attention = np.array(self._attention[: num_segments * self._hops], np.float32)
        return video_result(
            self.name,
            np.array(self._scores[:num_segments], np.float32),
            self._rule,
            None if incomplete else num_frames,
            self._fps,
            attention.reshape(num_segments, -1).T if self._hops else None,  # (R, S)
            self._ground_truth,
            started_at=self.started_at,
            arrivals=self._arrivals_since_start(num_segments),
            gaps=self._describe_gaps(num_segments),
            incomplete=incomplete,
            timing=self._timing(num_segments, num_frames),
        )

    def _keep(self, score: SegmentScore) -> SegmentScore:
        self._hops = len(score.attention or ())
        self._attention.extend(score.attention or ())
        self._scores.append(score.score)
        self._arrivals.append(score.arrived_at.timestamp())
        return score

    def _arrivals_since_start(self, num_segments: int) -> list[float] | None:
        if self.started_at is None:
            return None
        arrivals = np.array(self._arrivals[:num_segments])
        return (arrivals - self.started_at.timestamp()).round(2).tolist()

    def _describe_gaps(self, num_segments: int) -> list[dict]:
        gaps = list(self.gaps)
        if (pending := self._runs.pending_gap) is not None:
            gaps.append((num_segments, pending))
        return [
            dict(
                segment=min(segment, num_segments),
                seconds=gap.seconds,
                attempts=gap.attempts,
                reason=hide_password(gap.reason),
            )
            for segment, gap in gaps
        ]

    def _timing(self, num_segments: int, num_frames: int | None) -> dict[str, float]:
        """Relate the time it took to the length of the video, where that means something."""
        seconds = (self._end or time.perf_counter()) - self._start
        if self._fps is None:
            return dict(total_seconds=seconds)
        length = (num_frames or num_segments * SEGMENT_FRAMES) / self._fps
        timing = dict(total_seconds=seconds, video_seconds=length)
        return timing if self.started_at else dict(timing, real_time_factor=seconds / length)

    def _too_short(self) -> str:
        return f'{self._runs.frames_read} frames give no segment with tail {self._runs.tail!r}'


def _tensor(features: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(features)).float()
