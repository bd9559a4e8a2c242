"""Draws the score curve of every test video with its ground truth."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from mmaction.registry import HOOKS
from mmaction.structures import ActionDataSample
from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmvad.files import file_name_of
from mmvad.scores.samples import video_from_sample
from mmvad.scores.scored_video import ScoredVideo
from mmvad.visualization.figures import figure_to_image, save_png
from mmvad.visualization.score_curve import score_curve


@HOOKS.register_module()
class ScoreCurveHook(Hook):
    """Write one picture per test video, as PNG files or to the visualizer's backends.

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
                save_png(_draw(scored), self.out_dir / f'{file_name_of(scored.name)}.png')

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Hand the pictures of all ranks to the backends."""
        if self.out_dir is not None:
            return
        ranks = all_gather_object(self._waiting)
        if is_main_process():
            # a distributed sampler repeats videos to give all ranks the same number
            videos = {scored.name: scored for rank in ranks for scored in rank}
            for name, scored in videos.items():
                image = figure_to_image(_draw(scored))
                runner.visualizer.add_image(f'scores_{file_name_of(name)}', image)


def _draw(scored: ScoredVideo) -> Figure:
    return score_curve(scored, title=f'{scored.name} ({scored.category})')
