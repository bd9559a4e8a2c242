"""Small sets of videos for the tests of evaluation."""

import numpy as np
import torch
from mmaction.structures import ActionDataSample

from mmvad.evaluation.prediction import VideoPrediction
from mmvad.timeline import SEGMENT_FRAMES


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
            VideoPrediction(
                video=f'folder/video {index}',
                scores=rng.integers(0, 11, num_segments).astype(np.float32) / 10,
                label=label,
                category=str(rng.choice(['B1', 'B2', 'B1-B2'])) if label else 'Normal',
                events=[(start, end)] if label else [],
                num_frames=num_frames,
                tail='ceil',
            )
        )
    return videos


def to_sample(prediction, **changes):
    """The data sample that a detector would hand out for that video."""
    metainfo = {
        'video': prediction.video,
        'num_frames': prediction.num_frames,
        'num_segments': len(prediction.scores),
        'category': prediction.category,
        'events': [list(event) for event in prediction.events],
        'tail': prediction.tail,
        'segments_tolerance': prediction.segments_tolerance,
    }
    sample = ActionDataSample(metainfo={**metainfo, **changes})
    sample.set_field(torch.tensor([prediction.label]), 'gt_label', dtype=torch.Tensor)
    sample.set_field(
        torch.tensor(prediction.scores, dtype=torch.float32),
        'pred_segment_scores',
        dtype=torch.Tensor,
    )
    return sample
