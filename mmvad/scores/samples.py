"""From the data samples that detectors predict to scored videos."""

from collections.abc import Mapping

from mmvad.clock import Clock
from mmvad.scores.scored_video import ScoredVideo


def video_from_sample(sample: Mapping) -> ScoredVideo:
    """Unpack a data sample that a detector predicted.

    Args:
        sample: ``ActionDataSample.to_dict()``: what `VideoFeatureDataset` put into it, ``gt_label``
            a tensor (1,), ``pred_segment_scores`` a tensor (S,) on any device. Its events and
            frames are scored ones.

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
        >>> video_from_sample(sample).scores
        array([0.25, 0.5 ], dtype=float32)
    """
    needed = ('video', 'num_frames', 'num_segments', 'category', 'events', 'tail')
    needed += ('segments_tolerance', 'gt_label', 'pred_segment_scores')
    if missing := [key for key in needed if key not in sample]:
        raise ValueError(f'data sample of video {sample.get("video")!r} lacks {missing}')
    video, label = sample['video'], sample['gt_label']
    if label.numel() != 1:
        raise ValueError(f'video {video!r}: expected one label, got {label.tolist()}')
    label, num_segments = int(label.item()), sample['num_segments']
    try:
        clock = sample.get('clock') or Clock(num_segments, sample['num_frames'])
    except ValueError as error:
        raise ValueError(f'video {video!r}: {error}') from error
    return ScoredVideo(
        name=video,
        scores=sample['pred_segment_scores'].detach().float().cpu().numpy(),
        clock=clock,
        label=label,
        category=sample['category'],
        annotated_events=sample['events'] if sample['events'] or label == 0 else None,
        tail=sample['tail'],
        segments_tolerance=sample['segments_tolerance'],
    )
