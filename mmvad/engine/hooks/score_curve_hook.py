"""Draws the score curve of every test video with ground truth, threshold and events."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from matplotlib.figure import Figure
from mmaction.registry import HOOKS
from mmaction.structures import ActionDataSample
from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmvad.files import file_name_of
from mmvad.scores.rule import EventRule
from mmvad.scores.samples import video_from_sample
from mmvad.scores.scored_video import ScoredVideo
from mmvad.visualization.figures import figure_to_image, save_png
from mmvad.visualization.score_curve import score_curve


@HOOKS.register_module()
class ScoreCurveHook(Hook):
    """Write one picture per test video, as PNG files or to the visualizer's backends.

    Threshold and events are those of the test's own metric, `FrameMetric`, whose false alarms they
    are; 0.5 where no metric has a rule. The axis is in seconds where the record of the features or
    the metric's ``fps`` gives the frame rate, otherwise in frames.

    Args:
        out_dir: Folder of the PNG files, which every rank writes for its own videos. None hands the
            pictures to the visualizer's backends (local files, TensorBoard, …) at the end of the
            test; only the first rank has these.
        interval: Draw every `interval`-th video of a rank.

    Raises:
        ValueError: The interval is not positive.
    """

    priority = 'LOW'

    def __init__(self, out_dir: str | None = None, interval: int = 1) -> None:
        if interval < 1:
            raise ValueError(f'interval must be at least 1, got {interval}')
        self.out_dir = None if out_dir is None else Path(out_dir)
        self.interval = interval

    def before_test_epoch(self, runner: Runner) -> None:
        """Start counting; create the folder."""
        self._seen = 0
        self._waiting: list[ScoredVideo] = []
        self._rule, self._fps = rule_of_metrics(runner)
        if self.out_dir is not None:
            self.out_dir.mkdir(parents=True, exist_ok=True)

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: Sequence[ActionDataSample] = (),
    ) -> None:
        """Draw the videos of a batch, or keep their scores for the end."""
        for sample in outputs:
            self._seen += 1
            if (self._seen - 1) % self.interval:
                continue
            scored = video_from_sample(sample.to_dict())
            if self.out_dir is None:
                self._waiting.append(scored)
            else:
                picture = draw_video(scored, self._rule, self._fps)
                save_png(picture, self.out_dir / f'{file_name_of(scored.name)}.png')

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Hand the pictures of all ranks to the backends."""
        if self.out_dir is not None:
            return
        ranks = all_gather_object(self._waiting)
        if is_main_process():
            # a distributed sampler repeats videos to give all ranks the same number
            videos = {scored.name: scored for rank in ranks for scored in rank}
            for name, scored in videos.items():
                image = figure_to_image(draw_video(scored, self._rule, self._fps))
                runner.visualizer.add_image(f'scores_{file_name_of(name)}', image)


def rule_of_metrics(runner: Runner) -> tuple[EventRule, float | None]:
    """Find the rule and the frame rate that the metrics of a test count events with.

    Args:
        runner: While it tests.

    Returns:
        Those of the first metric that has a rule; a threshold of 0.5 and no rate where none has.
    """
    for metric in runner.test_loop.evaluator.metrics:
        if isinstance(rule := getattr(metric, 'rule', None), EventRule):
            return rule, getattr(metric, 'fps', None)
    return EventRule(), None


def draw_video(scored: ScoredVideo, rule: EventRule, fps: float | None = None) -> Figure:
    """Draw the scores of a video with the events of a rule.

    Args:
        scored: Its events do not count.
        rule: Where it has lengths in seconds and the frame rate is not known, the title says that
            there are no events for that reason.
        fps: Frames a second of a video that does not say it.

    Returns:
        The figure, titled with name and category.

    Example:
        >>> figure = draw_video(ScoredVideo('a', [0.1, 0.9]), EventRule(min_seconds=1))
        >>> figure.axes[0].get_title(loc='left')
        'a: no events, as the frame rate is not known'
    """
    title = scored.name if scored.category is None else f'{scored.name} ({scored.category})'
    if fps is not None and scored.clock.edges is None:
        scored = replace(scored, clock=replace(scored.clock, fps=fps))
    if rule.needs_seconds and scored.clock.edges is None:
        title = f'{title}: no events, as the frame rate is not known'
    else:
        scored = scored.cut(rule)
    return score_curve(scored, rule.threshold, title)
