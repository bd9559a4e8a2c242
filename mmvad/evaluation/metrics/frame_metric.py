"""Frame-level metrics for the mmengine runner; the numbers come from `frame_report`."""

from collections.abc import Sequence

from mmaction.registry import METRICS
from mmengine.logging import print_log

from mmvad.clock import check_fps
from mmvad.evaluation.curve_files import write_curves
from mmvad.evaluation.functional.false_alarm import check_threshold
from mmvad.evaluation.functional.frame_report import frame_report
from mmvad.evaluation.functional.frames import check_frame_count
from mmvad.evaluation.functional.runs import FrameRuns
from mmvad.evaluation.metrics.scored_videos import ScoredVideoMetric
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile, write_scores


@METRICS.register_module()
class FrameMetric(ScoredVideoMetric):
    """ROC AUC, average precision and related metrics over the frames of all test videos.

    Keys: ``AUC``, ``AP``, ``AUC_macro_within``, ``false_alarms_per_hour``; on request
    ``AUC/<category>`` and ``AUC_own/<category>``, or all that `frame_report` gives. A metric that
    the videos do not define (one class only, no frame rate) has no key; the log and `undefined`
    name it with the reason. ``docs/metrics.md`` says what each measures.

    Args:
        frame_count: ``'segments'`` counts 16 frames per segment, as published ground truths do;
            ``'true'`` counts the frames that each video has.
        false_alarm_threshold: A frame of a normal video is an alarm where its score is at or above;
            an event starts there, too.
        per_category: Whether to add the metrics of each category.
        all_metrics: Whether to add all metrics.
        low_ratio: Of the event rule, see `EventRule`.
        min_seconds: Of the event rule.
        merge_seconds: Of the event rule.
        fps: Frames a second of videos that do not say it, for what counts in hours or seconds.
        seed: Of the control that shuffles scores.
        curves: Folder for the points of the ROC and precision-recall curves (`write_curves`); None
            writes none.
        dump: Scores file to write, ``.json``; None writes none.
        collect_device: Where ranks exchange results, ``'cpu'`` or ``'gpu'``.
        prefix: Prefix of every key; None takes ``'frame'``.
        collect_dir: Folder through which ranks exchange results on the CPU.

    Attributes:
        undefined: Reason by key of the metrics that the last test did not define.
        made_by: What the scores file says about how it was made; `AnomalyRunner` sets it in a test.

    Raises:
        ValueError: The frame count is unknown, a setting of the rule or the frame rate is out of
            range, or the dump is not named ``.json``; later, a video's lengths or scores do not
            fit, a video appears twice or not at all, or all frames are of one class.

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
        all_metrics: bool = False,
        low_ratio: float = 1.0,
        min_seconds: float = 0.0,
        merge_seconds: float = 0.0,
        fps: float | None = None,
        seed: int = 0,
        curves: str | None = None,
        dump: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        check_frame_count(frame_count)
        check_threshold(false_alarm_threshold)
        check_fps(fps)
        rule = EventRule(false_alarm_threshold, low_ratio, min_seconds, merge_seconds)
        if dump is not None and not str(dump).endswith('.json'):
            raise ValueError(f'dump must be a .json file, got {dump!r}')
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.frame_count = frame_count
        self.rule = rule
        self.per_category = per_category
        self.all_metrics = all_metrics
        self.fps = fps
        self.seed = seed
        self.curves = curves
        self.dump = dump
        self.undefined: dict[str, str] = {}
        self.made_by: dict = {}

    def compute(self, videos: Sequence[ScoredVideo]) -> dict[str, float]:
        """Write the scores file, compute and log."""
        if self.dump is not None:  # first, so that undefined metrics do not lose the scores
            metainfo = self.dataset_meta or {}
            write_scores(self.dump, ScoresFile(videos, self.made_by, metainfo=metainfo))
        report = frame_report(
            videos,
            self.frame_count,
            self.rule,
            self.per_category,
            self.all_metrics,
            self.fps,
            self.seed,
        )
        if self.curves is not None:
            write_curves(self.curves, FrameRuns.join(videos, self.frame_count))
        self.undefined = {f'{self.prefix}/{key}': why for key, why in report.undefined.items()}
        print_log(f'frame metrics over {report.summary()}', logger='current')
        return report.values
