"""Video-level metrics for the mmengine runner; the numbers come from `video_report`."""

from collections.abc import Sequence

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmvad.evaluation.functional.video_report import video_report
from mmvad.evaluation.prediction import check_complete, prediction_from_sample


@METRICS.register_module()
class VideoMetric(BaseMetric):
    """AUC and AP over whole videos, each ranked by its highest segment score.

    It needs video labels only, so a model can be chosen on held-out training videos.

    Args:
        collect_device: Where ranks exchange results, ``'cpu'`` or ``'gpu'``.
        prefix: Stands before every key; None takes ``'video'``.
        collect_dir: Folder through which ranks exchange results on the CPU.

    Raises:
        ValueError: While evaluating: scores do not fit, a video comes twice or not at all, or all
            videos are of one class.

    Example:
        >>> VideoMetric().prefix
        'video'
    """

    default_prefix = 'video'

    def __init__(
        self,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.size = None

    def process(self, data_batch: object, data_samples: Sequence[dict]) -> None:
        """Keep the scores and the label of each video.

        Args:
            data_batch: Not used.
            data_samples: One predicted sample a video, see `prediction_from_sample`.
        """
        self.results.extend(prediction_from_sample(sample) for sample in data_samples)

    def evaluate(self, size: int) -> dict:
        """Collect all ranks' videos and compute.

        Args:
            size: Videos of the data set.

        Returns:
            Metric by prefixed name, on every rank.
        """
        self.size = size
        return super().evaluate(size)

    def compute_metrics(self, results: list) -> dict:
        """Check that every video is there once, compute and log.

        Args:
            results: `VideoPrediction` of every video.

        Returns:
            Metric by name.
        """
        check_complete(results, self.size)
        values = video_report(results)
        num_anomalous = sum(prediction.label for prediction in results)
        print_log(
            f'video metrics over {len(results)} videos, {num_anomalous} of them anomalous',
            logger='current',
        )
        return values
