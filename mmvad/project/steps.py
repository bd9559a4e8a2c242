"""The steps of a run: which documented command each one is, what it reads and what it writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mmvad.config_files import list_sources
from mmvad.datasets.converters.custom import drop_extension
from mmvad.datasets.converters.label_table import read_table
from mmvad.project.folder import ProjectFolder
from mmvad.project.state import Step
from mmvad.review.media import is_playable
from mmvad.scores.threshold_file import threshold_path

MIN_SECONDS, MERGE_SECONDS = 1, 5  # of an event, in the calibration
SCORES = 'scores.json'
METRICS = 'metrics.json'
PROVISIONAL = 'provisional threshold'  # a part of the calibration, where there is one

RuleFlags = tuple[str | Path, ...]


@dataclass(frozen=True)
class RunSettings:
    """What a run can be told.

    Attributes:
        false_alarms_per_hour: Target of the calibration.
        device: Of extraction and scoring, such as ``'cpu'``; None takes a GPU where there is one.
    """

    false_alarms_per_hour: float = 1.0
    device: str | None = None


@dataclass(frozen=True)
class Steps:
    """Makes the steps of a project; each may be made when those before it have run.

    Attributes:
        project: The folder.
        videos: Folder that the names in the table start at.
        settings: What the run was told.
    """

    project: ProjectFolder
    videos: Path
    settings: RunSettings

    def prepare(self) -> Step:
        """Turn the table into annotation files and lists."""
        project = self.project
        rows = read_table(project.table)
        return Step(
            'table',
            'reads the label table and writes annotation files',
            ('prepare', 'table', project.table, project.path, '--videos', self.videos),
            contents=(project.table,),
            stamps=tuple(self.videos / row.video for row in rows),
            outputs=(*project.annotations, project.video_list, project.calibration_list),
        )

    def extract(self) -> Step:
        """Turn the videos into features."""
        project, videos = self.project, self._listed(self.project.video_list)
        config = project.feature_config
        return Step(
            'features',
            'turns each video into features, one vector a segment',
            (
                *('extract', project.video_list, project.features, '--config', config),
                *('--root', self.videos, *self._device()),
            ),
            contents=(project.video_list, *list_sources(config)),
            stamps=tuple(self.videos / video for video in videos),
            outputs=self._features(),
        )

    def check(self) -> Step:
        """Walk the data sets before the training."""
        return Step(
            'check',
            'checks that every video has features that fit',
            ('check-data', self.project.config),
            contents=(*list_sources(self.project.config), *self.project.annotations),
            stamps=self._features(),
        )

    def train(self) -> Step:
        """Train the detector."""
        project = self.project
        return Step(
            'training',
            'trains the detector from the labels of whole videos',
            ('train', project.config, '--work-dir', project.work_dir),
            contents=(*list_sources(project.config), *project.annotations),
            stamps=self._features(),
            outputs=(project.work_dir / 'last_checkpoint',),
        )

    def score_normal(self, weights: Path) -> Step:
        """Score the normal videos that the threshold is calibrated on."""
        project, names = self.project, self._listed(self.project.calibration_list)
        return Step(
            'normal scores',
            'scores normal videos that the training did not see',
            (
                *('infer', project.calibration_list, '--weights', weights),
                *('--out-dir', project.calibration, *self._device()),
            ),
            contents=(project.calibration_list, weights),
            stamps=tuple(project.path / name for name in names),
            outputs=(project.calibration / SCORES,),
        )

    def calibrate(self, weights: Path) -> Step:
        """Choose the threshold."""
        rate = self.settings.false_alarms_per_hour
        return Step(
            'calibration',
            f'chooses the threshold that keeps false alarms to {rate:g} an hour',
            self._calibrating(weights, rate),
            contents=(self.project.calibration / SCORES, weights),
            outputs=(threshold_path(weights),),
            may_refuse=True,
        )

    def provide(self, weights: Path, hours: float) -> Step:
        """Choose a threshold to draw the pages with, which is not beside the weights.

        Args:
            weights: The checkpoint.
            hours: Length of the normal videos; one event in all of them is let pass.
        """
        out = self.project.provisional
        return Step(
            PROVISIONAL,
            'chooses a threshold to draw the pages with: one event in these normal videos',
            (*self._calibrating(weights, 1.001 / hours), '--out', out),
            contents=(self.project.calibration / SCORES, weights),
            outputs=(out,),
            may_refuse=True,
        )

    def _calibrating(self, weights: Path, rate: float) -> tuple[str | Path, ...]:
        return (
            *('calibrate', self.project.calibration / SCORES, '--all-normal'),
            *('--weights', weights, '--false-alarms-per-hour', f'{rate:.6g}'),
            *('--min-seconds', str(MIN_SECONDS), '--merge-seconds', str(MERGE_SECONDS)),
        )

    def test(self, weights: Path) -> Step:
        """Score the test videos."""
        project = self.project
        scores = project.tested / SCORES
        return Step(
            'test',
            'scores the test videos, none of which were trained on',
            ('test', project.config, weights, '--work-dir', project.tested, '--dump', scores),
            contents=(*list_sources(project.config), project.annotations[1], weights),
            stamps=self._features(),
            outputs=(scores,),
        )

    def evaluate(self, rule: RuleFlags) -> Step:
        """Compute the metrics; `rule` are the flags that say how events are cut."""
        scores, metrics = self.project.tested / SCORES, self.project.tested / METRICS
        return Step(
            'metrics',
            'measures how well the scores find the annotated events',
            ('evaluate', scores, '--per-category', '--out', metrics, *rule),
            contents=(scores, *_files_of(rule)),
            outputs=(metrics,),
        )

    def report(self, rule: RuleFlags, calibrated: bool) -> Step:
        """Draw the test videos; `rule` are the flags that say how events are cut."""
        project, scores = self.project, self.project.tested / SCORES
        names = [row.video for row in read_table(project.table)]
        playable = all(map(is_playable, names))  # else the page plays annotated copies
        title = f'{project.path.resolve().name}, test{"" if calibrated else " (not calibrated)"}'
        return Step(
            'report',
            'draws score curves and the review page',
            (
                *('report', scores, '--videos-root', self.videos, '--out-dir', project.tested),
                *('--curves', '--csv', *(() if playable else ('--videos',))),
                *('--page', project.review_page, '--title', title, *rule),
            ),
            contents=(scores, *_files_of(rule)),
            outputs=(project.review_page,),
        )

    def _device(self) -> tuple[str, ...]:
        device = self.settings.device
        return () if device is None else ('--device', device)

    def _listed(self, path: Path) -> list[str]:
        text = path.read_text(encoding='utf-8') if path.is_file() else ''
        return text.splitlines()

    def _features(self) -> tuple[Path, ...]:
        names = map(drop_extension, self._listed(self.project.video_list))
        return tuple(self.project.features / f'{name}.npy' for name in names)


def rule_flags(rule: Mapping[str, float]) -> RuleFlags:
    """Give the rule of a threshold file as flags.

    Example:
        >>> rule_flags(dict(threshold=0.75, low_ratio=1.0, min_seconds=1.0, merge_seconds=5.0))
        ('--threshold', '0.75', '--min-seconds', '1', '--merge-seconds', '5')
    """
    return (
        *('--threshold', repr(rule['threshold'])),
        *('--min-seconds', f'{rule["min_seconds"]:g}'),
        *('--merge-seconds', f'{rule["merge_seconds"]:g}'),
    )


def _files_of(rule: RuleFlags) -> tuple[Path, ...]:
    return tuple(word for word in rule if isinstance(word, Path))
