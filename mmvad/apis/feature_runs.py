"""The features of a source, run by run, and what is known of it while they come."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import numpy as np

from mmvad.clock import Clock
from mmvad.extraction.build import LoadedExtractor
from mmvad.extraction.features import iter_features
from mmvad.timeline import SEGMENT_FRAMES
from mmvad.video.live import FrameRuns, Gap
from mmvad.video.readers import VideoReader

# Frames read since the last call, and the share that is done, where that is known.
Progress = Callable[[int, float | None], None]


class FeatureRuns:
    """Runs of features with what else is known of their source; by itself, of none.

    Attributes:
        fps: Frames a second; None where that is not known.
        num_frames: Frames of the source, or those read so far; None where segments do not tell.
        frames_read: Frames read so far; None where none are read.
        started_at: When the first frame of a live source came, in UTC; None for others.
        pending_gap: The gap from which the source has not come back yet.
        tail: The extractor's tail rule; None where there is no extractor.
        damage: What is missing of a damaged file, known at the end; None where nothing is.
    """

    fps: float | None = None
    num_frames: int | None = None
    frames_read: int | None = None
    started_at: datetime | None = None
    pending_gap: Gap | None = None
    tail: str | None = None
    damage: str | None = None

    def __iter__(self) -> Iterator[tuple[Gap | None, Iterable[np.ndarray]]]:
        """Yield the gap before a run, if any, and the run's features (n, K, D), piece by piece."""
        return iter(())

    def lose_segment(self) -> None:
        """Take in that a segment of a live source is left out, so that frames do not count them."""

    def clock(self, num_segments: int) -> Clock:
        """Say when the segments so far happen."""
        return Clock(num_segments, self.num_frames, self.fps)

    def span(self, segment: int) -> tuple[float, float] | None:
        """Seconds at which a segment starts and ends, as far as known by now; None if unknown."""
        if self.fps is None:
            return None
        start, end = segment * SEGMENT_FRAMES, (segment + 1) * SEGMENT_FRAMES
        known = end if self.num_frames is None else min(end, max(self.num_frames, start + 1))
        return start / self.fps, known / self.fps


class GivenFeatures(FeatureRuns):
    """Features that are there already, as one run.

    Args:
        features: (S, K, D).
        clock: Of the video.
        tail: How its segments were counted, where known.
        damage: What was missing of the file that they are of, where its record says it.
    """

    def __init__(
        self,
        features: np.ndarray,
        clock: Clock,
        tail: str | None = None,
        damage: str | None = None,
    ) -> None:
        self.fps, self.num_frames, self.tail = clock.fps, clock.num_frames, tail
        self.damage = damage
        self._features, self._clock = features, clock

    def __iter__(self) -> Iterator[tuple[Gap | None, Iterable[np.ndarray]]]:
        """Yield the one run."""
        yield None, [self._features]

    def clock(self, num_segments: int) -> Clock:
        """Give the clock of the video."""
        return self._clock

    def span(self, segment: int) -> tuple[float, float] | None:
        """Seconds at which a segment starts and ends."""
        edges = self._clock.edges
        return None if edges is None else (float(edges[segment]), float(edges[segment + 1]))


class FrameFeatures(FeatureRuns):
    """The features of frames between their gaps; counts what was read.

    Args:
        source: An open `VideoReader`, which is closed at the end, or frames and gaps.
        extractor: What makes the features.
        batch_size: See `iter_features`.
        ahead: See `iter_features`.
        fps: Frames a second where the source does not say it.
        progress: Called as the work goes on.

    Attributes:
        is_live: Whether the source may have no end: neither a file nor an array or list.

    Raises:
        ValueError, VideoError, OSError: While iterating, see `iter_features` and the source.
    """

    def __init__(
        self,
        source: VideoReader | Iterable[np.ndarray | Gap],
        extractor: LoadedExtractor,
        batch_size: int | None = None,
        ahead: int = 2,
        fps: float | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._reader = source if isinstance(source, VideoReader) else None
        self._frames = FrameRuns(source)
        self._extract = lambda run: iter_features(
            run, extractor.network, extractor.settings, batch_size, ahead
        )
        self._progress = progress
        self._reported = 0
        header = self._reader.header if self._reader else None
        self._promised = header.num_frames if header else None
        self.fps = (self._reader and self._reader.fps) or fps
        self.is_live = not isinstance(source, VideoReader | np.ndarray | Sequence)
        self.tail = extractor.settings.tail

    def __iter__(self) -> Iterator[tuple[Gap | None, Iterator[np.ndarray]]]:
        """Yield the gap before a run, if any, and the run's features (n, K, D), piece by piece."""
        try:
            for gap, run in self._frames:
                yield gap, self._pieces(run)
        finally:
            if self._reader:
                self._reader.close()

    @property
    def frames_read(self) -> int:
        """Frames read so far."""
        return self._frames.frames_read

    @property
    def num_frames(self) -> int | None:
        """Frames read so far; None where gaps have made segments of fewer than 16."""
        return None if self._frames.num_gaps else self._frames.frames_read

    @property
    def damage(self) -> str | None:
        """What is missing of a damaged file; None for other sources than a `VideoReader`."""
        return self._reader.damage if self._reader else None

    @property
    def started_at(self) -> datetime | None:
        """When the first frame of a live source came, in UTC."""
        return self._frames.started_at if self.is_live else None

    @property
    def pending_gap(self) -> Gap | None:
        """The gap from which the source has not come back yet."""
        return self._frames.pending

    def lose_segment(self) -> None:
        """Take in that a segment is left out, which is a gap."""
        self._frames.num_gaps += 1

    def clock(self, num_segments: int) -> Clock:
        """Say when the segments so far happen, by the file's own time stamps."""
        return self._reader.clock(num_segments) if self._reader else super().clock(num_segments)

    def span(self, segment: int) -> tuple[float, float] | None:
        """Seconds at which a segment starts and ends, as far as known by now; None if unknown."""
        if self._reader and self.fps:
            return self._reader.segment_span(segment)
        return super().span(segment)

    def _pieces(self, run: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        for _, features in self._extract(run):
            if self._progress is not None:
                read = self._frames.frames_read
                share = min(1.0, read / self._promised) if self._promised else None
                self._progress(read - self._reported, share)
                self._reported = read
            yield features
