"""Frame-level metrics for the mmengine runner; the numbers come from `frame_report`."""

from collections.abc import Sequence

from mmaction.registry import METRICS
from mmengine.logging import print_log

from mmvad.evaluation.functional.false_alarm import check_threshold
from mmvad.evaluation.functional.frame_report import frame_report
from mmvad.evaluation.functional.frames import check_frame_count
from mmvad.evaluation.metrics.scored_videos import ScoredVideoMetric
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile, write_scores


@METRICS.register_module()
class FrameMetric(ScoredVideoMetric):
    """ROC AUC, average precision and their kin over the frames of all test videos.

    Keys: ``AUC``, ``AP``, ``PR_AUC_trapezoidal``, ``AUC_anomalous``, ``AP_anomalous``,
    ``false_alarm_rate`` and, on request, ``AUC/<category>``. A metric that the videos do not define
    (one class only) has no key; the log names it with the reason.

    Args:
        frame_count: ``'segments'`` counts 16 frames a segment, as published ground truths do;
            ``'true'`` counts the frames that each video has.
        false_alarm_threshold: A frame of a normal video is an alarm where its score is at or above.
        per_category: Whether to add ``AUC/<category>``, each with all normal videos.
        dump: Scores file to write, ``.json``; None writes none.
        collect_device: Where ranks exchange results, ``'cpu'`` or ``'gpu'``.
        prefix: Stands before every key; None takes ``'frame'``.
        collect_dir: Folder through which ranks exchange results on the CPU.

    Attributes:
        made_by: What the scores file says of its making; `AnomalyRunner` sets it in a test.

    Raises:
        ValueError: The frame count is unknown, the threshold lies outside [0, 1] or the dump is not
            named ``.json``; later, a video's lengths or scores do not fit, a video comes twice or
            not at all, or all frames are of one class.

    Example:
        >>> FrameMetric(frame_count='true', per_category=True).prefix
        'frame'
    """

    default_prefix = 'frame'

    def __init__(
        self,
        frame_count: str = 'segments',
        false_alarm_threshold: float = 0.5,
        per_category: bool = False,
        dump: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        check_frame_count(frame_count)
        check_threshold(false_alarm_threshold)
        if dump is not None and not str(dump).endswith('.json'):
            raise ValueError(f'dump must be a .json file, got {dump!r}')
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.frame_count = frame_count
        self.false_alarm_threshold = false_alarm_threshold
        self.per_category = per_category
        self.dump = dump
        self.made_by: dict = {}

    def compute(self, videos: Sequence[ScoredVideo]) -> dict[str, float]:
        """Write the scores file, compute and log."""
        if self.dump is not None:  # first: undefined metrics must not cost the scores
            metainfo = self.dataset_meta or {}
            write_scores(self.dump, ScoresFile(videos, self.made_by, metainfo=metainfo))
        report = frame_report(
            videos, self.frame_count, self.false_alarm_threshold, self.per_category
        )
        print_log(f'frame metrics over {report.summary()}', logger='current')
        return report.values
