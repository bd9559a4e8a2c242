"""Frame-level metrics for the mmengine runner; the numbers come from `frame_report`."""

from collections.abc import Sequence

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmvad.evaluation.dump import save_dump
from mmvad.evaluation.functional.false_alarm import check_threshold
from mmvad.evaluation.functional.frame_report import frame_report
from mmvad.evaluation.functional.frames import check_protocol
from mmvad.evaluation.prediction import check_complete, prediction_from_sample


@METRICS.register_module()
class FrameMetric(BaseMetric):
    """ROC AUC, average precision and their kin over the frames of all test videos.

    Keys: ``AUC``, ``AP``, ``PR_AUC_trapezoidal``, ``AUC_anomalous``, ``AP_anomalous``,
    ``false_alarm_rate`` and, on request, ``AUC/<category>``. A metric that the videos do not define
    (one class only) has no key; the log names it with the reason.

    Args:
        protocol: ``'peer'`` counts 16 frames a segment, as published ground truths do;
            ``'true_length'`` counts the frames that each video has.
        false_alarm_threshold: A frame of a normal video is an alarm where its score is at or above.
        per_category: Whether to add ``AUC/<category>``, each with all normal videos.
        dump: JSON file that receives scores and annotations for ``tools/evaluate.py``; None writes
            none.
        collect_device: Where ranks exchange results, ``'cpu'`` or ``'gpu'``.
        prefix: Stands before every key; None takes ``'frame'``.
        collect_dir: Folder through which ranks exchange results on the CPU.

    Raises:
        ValueError: The protocol is unknown, the threshold lies outside of [0, 1] or the dump is not
            named ``.json``; later, a video's lengths or scores do not fit, a video comes twice or
            not at all, or all frames are of one class.

    Example:
        >>> FrameMetric(protocol='true_length', per_category=True).prefix
        'frame'
    """

    default_prefix = 'frame'

    def __init__(
        self,
        protocol: str = 'peer',
        false_alarm_threshold: float = 0.5,
        per_category: bool = False,
        dump: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        check_protocol(protocol)
        check_threshold(false_alarm_threshold)
        if dump is not None and not str(dump).endswith('.json'):
            raise ValueError(f'dump must be a .json file, got {dump!r}')
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.protocol = protocol
        self.false_alarm_threshold = false_alarm_threshold
        self.per_category = per_category
        self.dump = dump
        self.size = None

    def process(self, data_batch: object, data_samples: Sequence[dict]) -> None:
        """Keep the scores and the annotation of each video.

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
        """Check that every video is there once, write the dump, compute and log.

        Args:
            results: `VideoPrediction` of every video.

        Returns:
            Metric by name.
        """
        check_complete(results, self.size)
        if self.dump is not None:  # first: undefined metrics must not cost the predictions
            save_dump(self.dump, results, self.dataset_meta)
        report = frame_report(results, self.protocol, self.false_alarm_threshold, self.per_category)
        print_log(f'frame metrics over {report.summary()}', logger='current')
        return report.values
