"""Video-level metrics for the mmengine runner, from `video_report` and `video_loss`."""

from collections.abc import Sequence

from mmaction.registry import METRICS
from mmengine.logging import print_log

from mmvad.evaluation.functional.video_loss import video_loss
from mmvad.evaluation.functional.video_report import video_report
from mmvad.evaluation.metrics.scored_videos import ScoredVideoMetric
from mmvad.scores.scored_video import ScoredVideo


@METRICS.register_module()
class VideoMetric(ScoredVideoMetric):
    """AUC, AP and loss over whole videos, each with its highest segment score.

    It needs video labels only, so a model can be chosen on held-out training videos; of models with
    the same AUC, the loss tells which is nearer to the labels (`TieBreakHook`). The arguments are
    those of `ScoredVideoMetric`.

    Raises:
        ValueError: While evaluating: scores do not fit, a video appears twice or not at all, or all
            videos are of one class.

    Example:
        >>> VideoMetric().prefix
        'video'
    """

    default_prefix = 'video'

    def compute(self, videos: Sequence[ScoredVideo]) -> dict[str, float]:
        """Compute and log."""
        values = dict(video_report(videos), loss=video_loss(videos))
        num_anomalous = sum(video.label for video in videos)
        print_log(
            f'video metrics over {len(videos)} videos, {num_anomalous} of them anomalous',
            logger='current',
        )
        return values
