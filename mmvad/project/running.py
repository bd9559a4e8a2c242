"""Runs the steps of a project one after the other; what is done and unchanged is skipped."""

import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmvad.datasets.converters.custom import drop_extension
from mmvad.datasets.converters.label_table import read_table
from mmvad.files import read_json
from mmvad.project.folder import ProjectFolder, read_videos_folder
from mmvad.project.state import BEGUN, DONE, REFUSED, Record, RunState, Step, key_of, read_failed
from mmvad.project.steps import PROVISIONAL, SCORES, RuleFlags, RunSettings, Steps, rule_flags
from mmvad.scores.calibration import gather_normal
from mmvad.scores.scores_file import read_scores
from mmvad.scores.threshold_file import threshold_path

NUM_STEPS = 9
NO_NORMAL_VIDEO = 'the table has no normal video that the training does not see'
MOST_NAMED = 3
FORCE = '; --force calibrates all the same'  # what calibrate offers, and a run does not


@dataclass(frozen=True)
class Outcome:
    """How a command ended.

    Attributes:
        status: Its exit status.
        error: Its last line of error, or of output where there is none.
    """

    status: int
    error: str = ''


class StepFailed(ValueError):
    """A step whose command failed; the text says which, and why."""


Launch = Callable[[Sequence[str]], Outcome]
Say = Callable[[int, str, str], None]


@dataclass
class RunResult:
    """What a run did.

    Attributes:
        weights: The checkpoint that was chosen.
        threshold: Threshold file of the calibration; None where there is none.
        provisional: Threshold file that the pages were drawn with instead; None where there is
            none.
        uncalibrated: Why there is none; empty where there is one.
        records: Of all steps, in their order.
        skipped: Names of the steps that were done already.
    """

    weights: Path
    threshold: Path | None
    provisional: Path | None
    uncalibrated: str
    records: list[Record] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)


class ProjectRun:
    """A run of a project.

    Args:
        project: The folder.
        settings: What the run was told.
        launch: Runs a command, given without ``mmvad``.
        say: Told number and name of a step when it begins, and its command or why it is skipped.
        clock: Gives the seconds that a step's time is of.

    Raises:
        FileNotFoundError: The folder is no project, or its videos are gone.
        ValueError: A file of it is malformed.
    """

    def __init__(
        self,
        project: ProjectFolder,
        settings: RunSettings,
        launch: Launch,
        say: Say = lambda number, name, line: None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.project, self._launch, self._say, self._clock = project, launch, say, clock
        self.settings = settings
        self.steps = Steps(project, read_videos_folder(project), settings)
        self.state = RunState.read(project.state)
        self._done: list[str] = []
        self._skipped: set[str] = set()

    def run(self) -> RunResult:
        """Run all steps.

        Returns:
            What was done; the files lie in the project.

        Raises:
            StepFailed: A command failed.
            OSError, ValueError: Table or config cannot be read.
        """
        for make in (self.steps.prepare, self.steps.extract, self.steps.check, self.steps.train):
            self._go(make())
        weights = self._selected()
        threshold, provisional, reason = self._calibrate(weights)
        rule: RuleFlags = ()
        if threshold is not None:
            rule = ('--threshold-file', threshold)
        elif provisional is not None:
            rule = rule_flags(read_json(provisional)['rule'])
        self._go(self.steps.test(weights))
        self._go(self.steps.evaluate(rule))
        self._go(self.steps.report(rule, threshold is not None))
        records = [self.state.records[name] for name in self._done]
        return RunResult(weights, threshold, provisional, reason, records, self._skipped)

    def _selected(self) -> Path:
        from mmvad.engine.runner.last_checkpoint import selected_checkpoint  # imports PyTorch

        return self.project.work_dir / selected_checkpoint(self.project.work_dir).name

    def _calibrate(self, weights: Path) -> tuple[Path | None, Path | None, str]:
        """Calibrate where the videos support it.

        Returns:
            Threshold file of the calibration, that of a provisional one, why it is not calibrated.
        """
        if not self.project.calibration_list.read_text(encoding='utf-8').strip():
            threshold_path(weights).unlink(missing_ok=True)
            return None, None, NO_NORMAL_VIDEO
        self._go(self.steps.score_normal(weights))
        step = self.steps.calibrate(weights)
        self._go(step)
        record = self.state.records[step.name]
        if record.status != REFUSED:
            return step.outputs[0], None, ''
        hours = normal_hours(self.project.calibration / SCORES)
        provisional = self.steps.provide(weights, hours)
        self._go(provisional)
        found = self.state.records[provisional.name].status == DONE
        return None, provisional.outputs[0] if found else None, record.reason

    def _go(self, step: Step) -> None:
        """Run a step unless it is done, and keep its record."""
        key = key_of(step, self.project.path)
        number = self._number(step)
        self._done.append(step.name)
        if self.state.is_current(step, key):
            self._skipped.add(step.name)
            self._say(number, step.name, f'{step.name}: nothing has changed')
            return
        words = step.words
        if step.name == 'training':
            if self.state.was_begun(step, key):
                words = [*words, '--resume']
            else:
                self._clear_training()
        if step.may_refuse:
            for path in step.outputs:
                path.unlink(missing_ok=True)
        record = Record(step.name, key, BEGUN, command_line(words), step.about)
        self.state.put(record)
        self._say(number, step.name, record.command)
        start = self._clock()
        outcome = self._launch(words)
        record.seconds = round(self._clock() - start, 3)
        record.status = DONE if outcome.status == 0 else REFUSED
        record.reason = outcome.error.removesuffix(FORCE) if outcome.status else ''
        if outcome.status and not (step.may_refuse and outcome.status == 2):
            raise StepFailed(self._why(step, outcome))
        if missing := [str(path) for path in step.outputs if not path.exists()]:
            if record.status == DONE:
                raise StepFailed(f'{step.name}: {record.command} wrote no {missing[0]}')
        self.state.put(record)
        if record.status == REFUSED:
            self._say(number, step.name, f'{step.name}: {record.reason}')

    def _number(self, step: Step) -> int:
        """Give the number of the next step."""
        return sum(name != PROVISIONAL for name in (*self._done, step.name))

    def _clear_training(self) -> None:
        """Remove what a training with other inputs left, so that nothing of it is taken for new."""
        folder = self.project.work_dir
        for path in (*folder.glob('*.pth'), *folder.glob('*.pth.threshold.json')):
            path.unlink()
        (folder / 'last_checkpoint').unlink(missing_ok=True)

    def _why(self, step: Step, outcome: Outcome) -> str:
        """Say why a step failed; of videos that cannot be read, in which row of the table."""
        failed = read_failed(self.project.features / 'failed.json')
        if step.name != 'features' or not failed or outcome.status != 1:
            return f'{step.name}: {outcome.error or "the command failed"}'
        places = {drop_extension(row.video): row.place for row in read_table(self.project.table)}
        lines = [f'{places.get(name, name)}: {reason}' for name, reason in failed.items()]
        more = f'; and {len(lines) - MOST_NAMED} more' if len(lines) > MOST_NAMED else ''
        return '; '.join(lines[:MOST_NAMED]) + more


def command_line(words: Sequence[str]) -> str:
    """Write a command as a user would type it.

    Example:
        >>> command_line(['train', 'my gate/config.py'])
        "mmvad train 'my gate/config.py'"
    """
    return shlex.join(['mmvad', *words])


def normal_hours(scores: Path) -> float:
    """Give the length of the videos of a scores file, all of them normal."""
    return gather_normal(read_scores(scores), all_normal=True).hours
