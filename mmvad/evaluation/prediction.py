"""What one evaluated video is: segment scores beside the annotation that they are held against."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmvad.datasets.annotations import NORMAL
from mmvad.timeline import SEGMENT_FRAMES, TAILS, count_segments

SAMPLE_KEYS = (
    'video',
    'num_frames',
    'num_segments',
    'category',
    'events',
    'tail',
    'segments_tolerance',
    'gt_label',
    'pred_segment_scores',
)


@dataclass(frozen=True, eq=False)
class VideoPrediction:
    """One video's scores and annotation, checked when it is made.

    Attributes:
        video: Name of the video in its data set.
        scores: (S,) float64 anomaly scores in [0, 1], one a segment.
        label: 1 where the video holds an anomaly, else 0.
        category: ``'Normal'`` for label 0, otherwise one category or several joined by ``-``.
        events: Anomalous frame intervals ``[start, end)``; empty where they are not known.
        num_frames: Frames of the video; None where the annotations do not tell.
        tail: Rule by which the extractor counted segments (`timeline.count_segments`); None where
            the number of segments comes from the feature files alone.
        segments_tolerance: Segments that a feature file may have fewer than the rule says.

    Raises:
        ValueError: A field does not fit; the text names the video.

    Example:
        >>> prediction = VideoPrediction('a', np.array([0.1, 0.9]), 1, 'Abuse', [(16, 30)])
        >>> prediction.scores.dtype, prediction.events
        (dtype('float64'), ((16, 30),))
    """

    video: str
    scores: np.ndarray
    label: int
    category: str
    events: tuple[tuple[int, int], ...] = ()
    num_frames: int | None = None
    tail: str | None = None
    segments_tolerance: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, 'scores', np.array(self.scores, np.float64))
        object.__setattr__(self, 'events', tuple(self._whole_event(event) for event in self.events))
        for name in ('label', 'segments_tolerance', 'num_frames'):
            if getattr(self, name) is not None or name != 'num_frames':
                object.__setattr__(self, name, self._whole(name, getattr(self, name)))
        self._check_scores()
        self._check_label()
        self._check_clock()
        self._check_events()

    def _whole(self, name: str, value: object) -> int:
        try:
            return operator.index(value)
        except TypeError as error:
            raise ValueError(
                f'video {self.video!r}: {name} must be a whole number, got {value!r}'
            ) from error

    def _whole_event(self, event: Sequence) -> tuple[int, int]:
        if len(event) != 2:
            raise ValueError(f'video {self.video!r}: an event is [start, end), got {event!r}')
        return self._whole('event start', event[0]), self._whole('event end', event[1])

    def _check_scores(self) -> None:
        if self.scores.ndim != 1 or not len(self.scores):
            raise ValueError(
                f'video {self.video!r}: expected scores of shape (S,) with S >= 1, '
                f'got {self.scores.shape}'
            )
        wrong = np.flatnonzero(~((self.scores >= 0) & (self.scores <= 1)))  # catches NaN as well
        if len(wrong):
            raise ValueError(
                f'video {self.video!r}: scores must lie in [0, 1], '
                f'segment {wrong[0]} has {self.scores[wrong[0]]}'
            )

    def _check_label(self) -> None:
        if self.label not in (0, 1):
            raise ValueError(f'video {self.video!r}: label must be 0 or 1, got {self.label!r}')
        if (self.label == 0) != (self.category == NORMAL):
            raise ValueError(
                f'video {self.video!r}: category {NORMAL!r} goes with label 0 and no other, '
                f'got label {self.label} and category {self.category!r}'
            )

    def _check_clock(self) -> None:
        if self.num_frames is not None and self.num_frames < 1:
            raise ValueError(
                f'video {self.video!r}: num_frames must be at least 1, got {self.num_frames}'
            )
        if self.tail is not None and self.tail not in TAILS:
            raise ValueError(
                f'video {self.video!r}: tail must be None or one of {TAILS}, got {self.tail!r}'
            )
        if self.segments_tolerance < 0:
            raise ValueError(
                f'video {self.video!r}: segments_tolerance must not be negative, '
                f'got {self.segments_tolerance}'
            )

    def _check_events(self) -> None:
        if self.label == 0 and self.events:
            raise ValueError(f'video {self.video!r}: a normal video has no events')
        for start, end in self.events:
            if not 0 <= start < end:
                raise ValueError(
                    f'video {self.video!r}: an event is [start, end) with 0 <= start < end, '
                    f'got [{start}, {end})'
                )
            if self.num_frames is None:
                continue
            padded = count_segments(self.num_frames, 'ceil') * SEGMENT_FRAMES
            if start >= self.num_frames or end > padded:
                raise ValueError(
                    f'video {self.video!r}: event [{start}, {end}) lies outside of the video, '
                    f'which has {self.num_frames} frames ({padded} with its last segment padded)'
                )


def prediction_from_sample(sample: Mapping) -> VideoPrediction:
    """Unpack a predicted data sample.

    Args:
        sample: ``ActionDataSample.to_dict()`` with the keys of `SAMPLE_KEYS`; ``gt_label`` is a
            tensor (1,), ``pred_segment_scores`` a tensor (S,) on any device.

    Returns:
        The video's scores and annotation, on the CPU.

    Raises:
        ValueError: A key is missing, the label is not a single number, or the number of scores is
            not ``num_segments``.

    Example:
        >>> import torch
        >>> sample = dict(video='a', num_frames=None, num_segments=2, category='Normal', events=[],
        ...               tail=None, segments_tolerance=0, gt_label=torch.tensor([0]),
        ...               pred_segment_scores=torch.tensor([0.25, 0.5]))
        >>> prediction_from_sample(sample).scores
        array([0.25, 0.5 ])
    """
    missing = [key for key in SAMPLE_KEYS if key not in sample]
    if missing:
        raise ValueError(f'data sample of video {sample.get("video")!r} lacks {missing}')
    video, label = sample['video'], sample['gt_label']
    if label.numel() != 1:
        raise ValueError(f'video {video!r}: expected one label, got {label.tolist()}')
    scores = sample['pred_segment_scores'].detach().double().cpu().numpy()
    prediction = VideoPrediction(
        video=video,
        scores=scores,
        label=int(label.item()),
        category=sample['category'],
        events=sample['events'],
        num_frames=sample['num_frames'],
        tail=sample['tail'],
        segments_tolerance=sample['segments_tolerance'],
    )
    if len(scores) != sample['num_segments']:
        raise ValueError(
            f'video {video!r}: expected one score for each of its {sample["num_segments"]} '
            f'segments, got {len(scores)}'
        )
    return prediction


def check_complete(predictions: list[VideoPrediction], size: int | None = None) -> None:
    """Make sure that every video comes once.

    A distributed sampler repeats videos to give all ranks the same number, and the collection cuts
    the surplus off by position; only the names tell whether it cut the right ones.

    Args:
        predictions: All collected videos.
        size: Videos of the data set; None where it is not known.

    Raises:
        ValueError: There is none, one comes twice, or the number is not `size`.

    Example:
        >>> check_complete([VideoPrediction('a', [0.5], 0, 'Normal')], size=1)
    """
    if not predictions:
        raise ValueError('no video to evaluate: the list of predictions is empty')
    seen = set()
    for prediction in predictions:
        if prediction.video in seen:
            raise ValueError(f'video {prediction.video!r} was predicted more than once')
        seen.add(prediction.video)
    if size is not None and len(predictions) != size:
        raise ValueError(f'expected predictions of {size} videos, got {len(predictions)}')
