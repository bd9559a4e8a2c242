"""Scores features as they arrive: consecutive bags, or a bag that slides over the last segments.

Tensors in, tensors out; memory is that of one bag, however long the stream, or that of a video
where the detector needs all of it.
"""

from collections import deque
from dataclasses import dataclass

import torch
from torch import Tensor

from mmvad.models.detectors import VideoAnomalyDetector
from mmvad.scores.scores_file import SCORINGS


@dataclass(frozen=True)
class ScoredSegments:
    """What one push returned, for the segments that follow those of earlier pushes.

    Attributes:
        scores: (n,) float32 in [0, 1]; n may be 0.
        attention: (R, n), how much each segment counted in its bag, the mean over crops; None for a
            head without attention.
    """

    scores: Tensor
    attention: Tensor | None


class BagScorer:
    """Scores each run of l segments as soon as its last one arrives (paper, section 3.2).

    Scores are those of `VideoAnomalyDetector.segment_scores` over the whole video.

    Args:
        detector: In evaluation mode; its head has a bag size.

    Raises:
        ValueError: The head scores whole videos as one bag.

    Example:
        >>> head = dict(type='SalientHead', in_channels=8, bag_size=3)
        >>> scorer = BagScorer(VideoAnomalyDetector(head).eval())
        >>> [len(scorer.push(torch.zeros(2, 1, 8)).scores) for _ in range(2)]
        [0, 3]
        >>> len(scorer.flush().scores)
        1
    """

    def __init__(self, detector: VideoAnomalyDetector) -> None:
        self._detector = detector
        self._bag_size = check_bag_size(detector)
        self._waiting: list[Tensor] = []  # (K, D) each, fewer than l

    def push(self, features: Tensor) -> ScoredSegments:
        """Add segments.

        Args:
            features: (n, K, D).

        Returns:
            The segments of the bags that became complete.
        """
        done = []
        for segment in features:
            self._waiting.append(segment)
            if len(self._waiting) == self._bag_size:
                done.append(self._score())
        return _join(self._detector, done)

    def flush(self) -> ScoredSegments:
        """Score the last bag, however short, and start over."""
        return _join(self._detector, [self._score()] if self._waiting else [])

    @torch.inference_mode()
    def _score(self) -> ScoredSegments:
        bag = torch.stack(self._waiting).to(device_of(self._detector))  # (l, K, D)
        found = ScoredSegments(*_score_bag(self._detector, bag))
        self._waiting = []  # an interrupt before this line loses nothing
        return found


class SlidingScorer:
    """Scores each segment as it arrives, as the last one of a bag of l segments.

    Without a neck, `SalientHead` treats segments independently until it attends, and attention
    ignores their order: each segment is projected once (`SalientHead.project_segments`), and the
    window of projections gives the bag's exact score; ranked, the newest segment's value counts
    against the window's mean. A neck that reads the bag in order has to
    read every window again, l times the work.

    Args:
        detector: In evaluation mode; its head has a bag size.

    Raises:
        ValueError: The head scores whole videos as one bag.

    Example:
        >>> head = dict(type='SalientHead', in_channels=8, bag_size=3)
        >>> scorer = SlidingScorer(VideoAnomalyDetector(head).eval())
        >>> [len(scorer.push(torch.zeros(1, 1, 8)).scores) for _ in range(4)]
        [1, 1, 1, 1]
    """

    def __init__(self, detector: VideoAnomalyDetector) -> None:
        self._detector = detector
        self._projects = detector.neck is None and _can_project(detector)
        self._window: deque = deque(maxlen=check_bag_size(detector))

    @torch.inference_mode()
    def push(self, features: Tensor) -> ScoredSegments:
        """Add segments.

        Args:
            features: (n, K, D).

        Returns:
            The n segments.
        """
        step = self._slide if self._projects else self._read_window
        features = features.to(device_of(self._detector))
        return _join(self._detector, [step(segment) for segment in features])

    def flush(self) -> ScoredSegments:
        """Start over; no segment waits for its score."""
        self._window.clear()
        return _join(self._detector, [])

    def _slide(self, segment: Tensor) -> ScoredSegments:
        self._window.append(self._detector.head.project_segments(segment))  # (K, R) each
        projected = [torch.stack(part) for part in zip(*self._window, strict=True)]  # (l, K, R)
        return _last(*_attend(self._detector, *projected))

    def _read_window(self, segment: Tensor) -> ScoredSegments:
        self._window.append(segment)
        return _last(*_score_bag(self._detector, torch.stack(list(self._window))))


class WholeVideoScorer:
    """Scores the segments of a video at its end, for detectors that look at all of it.

    Args:
        detector: In evaluation mode.

    Example:
        >>> head = dict(type='HLNetHead', in_channels=8)
        >>> scorer = WholeVideoScorer(VideoAnomalyDetector(head).eval())
        >>> len(scorer.push(torch.zeros(2, 1, 8)).scores), len(scorer.flush().scores)
        (0, 2)
    """

    def __init__(self, detector: VideoAnomalyDetector) -> None:
        self._detector = detector
        self._waiting: list[Tensor] = []  # (n, K, D) each

    def push(self, features: Tensor) -> ScoredSegments:
        """Keep segments (n, K, D); none has a score yet."""
        self._waiting.append(features)
        return _join(self._detector, [])

    @torch.inference_mode()
    def flush(self) -> ScoredSegments:
        """Score all segments and start over."""
        if not self._waiting:
            return _join(self._detector, [])
        video = torch.cat(self._waiting).to(device_of(self._detector))  # (S, K, D)
        found = ScoredSegments(self._detector.segment_scores(video).cpu(), None)
        self._waiting = []
        return found


def build_scorer(
    detector: VideoAnomalyDetector, scoring: str
) -> BagScorer | SlidingScorer | WholeVideoScorer:
    """Make the scorer of one kind of scoring.

    Args:
        detector: In evaluation mode.
        scoring: ``'bags'`` or ``'sliding'``.

    Returns:
        A new scorer, for one stream.

    Raises:
        ValueError: The scoring is unknown, the head scores whole videos as one bag, or it looks at
            whole videos and the scoring is ``'sliding'``.
    """
    if scoring not in SCORINGS:
        raise ValueError(f'scoring must be one of {SCORINGS}, got {scoring!r}')
    if check_bag_size(detector) is None:
        if scoring == 'sliding':
            raise ValueError(
                f'{_kind(detector)} looks at the whole video, so that no segment has a score '
                "before its end: 'sliding' scoring is not possible"
            )
        return WholeVideoScorer(detector)
    return BagScorer(detector) if scoring == 'bags' else SlidingScorer(detector)


def check_bag_size(detector: VideoAnomalyDetector) -> int | None:
    """Return l, the bag size of the head; None where it scores each segment by the whole video.

    Raises:
        ValueError: The head gives whole videos one score.
    """
    bag_size = detector.head.bag_size
    if bag_size is None and not detector.scores_segments:
        raise ValueError(
            'the detector scores a whole video as one bag (bag_size=None), and a stream has no '
            'end; give it a bag size'
        )
    return bag_size


def check_streams(detector: VideoAnomalyDetector) -> None:
    """Refuse a detector that cannot score a source without end.

    Raises:
        ValueError: It needs the whole video.
    """
    if check_bag_size(detector) is None:
        raise ValueError(
            f'{_kind(detector)} looks at the whole video, and a live source has no end: score '
            'files, or take a detector that scores bags or segments'
        )


def _kind(detector: VideoAnomalyDetector) -> str:
    return type(detector.head).__name__


def device_of(detector: VideoAnomalyDetector) -> torch.device:
    """Say where a detector's weights are."""
    return next(detector.parameters()).device


def _can_project(detector: VideoAnomalyDetector) -> bool:
    return hasattr(detector.head, 'project_segments')


def _score_bag(detector: VideoAnomalyDetector, bag: Tensor) -> tuple[Tensor, Tensor | None]:
    """Score a bag (l, K, D) in one pass of neck and head: (l,), and attention (R, l) if any."""
    if not _can_project(detector):
        return detector.segment_scores(bag).cpu(), None
    return _attend(detector, *detector.head.project_segments(detector.encode_bag(bag)))


def _attend(
    detector: VideoAnomalyDetector, logits: Tensor, values: Tensor
) -> tuple[Tensor, Tensor]:
    """Turn the projected segments of a bag, (l, K, R) each, into scores (l,) and weights (R, l)."""
    found = detector.head.attend_and_rank(logits[None], values[None], dim=1)  # (1[, l], K)
    scores = found.float().sigmoid().mean(dim=-1).flatten().expand(len(logits))  # (l,)
    attention = logits.float().softmax(dim=0).mean(dim=1).t()  # (R, l)
    return scores.cpu(), attention.cpu()


def _last(scores: Tensor, attention: Tensor | None) -> ScoredSegments:
    """Keep only the last segment of a bag."""
    return ScoredSegments(scores[-1:], None if attention is None else attention[:, -1:])


def _join(detector: VideoAnomalyDetector, parts: list[ScoredSegments]) -> ScoredSegments:
    if not parts:
        hops = getattr(detector.head, 'num_hops', 0)
        empty = torch.zeros(hops, 0) if detector.has_attention else None
        return ScoredSegments(torch.zeros(0), empty)
    attention = [part.attention for part in parts if part.attention is not None]
    return ScoredSegments(
        torch.cat([part.scores for part in parts]),
        torch.cat(attention, dim=1) if attention else None,
    )
