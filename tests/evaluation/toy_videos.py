"""Small sets of videos for the tests of evaluation."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from mmengine.logging import MMLogger

from mmvad.clock import Clock
from mmvad.scores.scored_video import ScoredVideo
from mmvad.timeline import SEGMENT_FRAMES


def make_video(name, scores, category='Normal', events=(), num_frames=None, tail=None, tolerance=0):
    """A scored video with its annotation; an anomalous one without events has unknown ones."""
    label = int(category != 'Normal')
    return ScoredVideo(
        name,
        scores,
        Clock(len(scores), num_frames),
        label=label,
        category=category,
        annotated_events=events if events or not label else None,
        tail=tail,
        segments_tolerance=tolerance,
    )


def random_videos(seed=0, num_videos=9, normal=0.4):
    """Videos of 2 to 8 segments with scores of one decimal, so that ties are many."""
    rng = np.random.default_rng(seed)
    videos = []
    for index in range(num_videos):
        num_segments = int(rng.integers(2, 9))
        num_frames = num_segments * SEGMENT_FRAMES - int(rng.integers(SEGMENT_FRAMES))
        label = int(index >= normal * num_videos)
        start = int(rng.integers(num_frames - 1))
        end = int(rng.integers(start + 1, num_frames + 1))
        videos.append(
            make_video(
                f'folder/video {index}',
                rng.integers(0, 11, num_segments).astype(np.float32) / 10,
                str(rng.choice(['B1', 'B2', 'B1-B2'])) if label else 'Normal',
                [(start, end)] if label else [],
                num_frames,
                'ceil',
            )
        )
    return videos


def to_sample(video, **changes):
    """The data sample that a detector would hand out for that video."""
    metainfo = {
        'video': video.name,
        'num_frames': video.clock.num_frames,
        'num_segments': video.num_segments,
        'category': video.category,
        'events': [list(event) for event in video.annotated_events or ()],
        'tail': video.tail,
        'segments_tolerance': video.segments_tolerance,
    }
    sample = ActionDataSample(metainfo={**metainfo, **changes})
    sample.set_field(torch.tensor([video.label]), 'gt_label', dtype=torch.Tensor)
    sample.set_field(torch.tensor(video.scores), 'pred_segment_scores', dtype=torch.Tensor)
    return sample


@contextmanager
def logged_lines() -> Iterator[list[str]]:
    """Collect what is said to mmengine's current logger."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
