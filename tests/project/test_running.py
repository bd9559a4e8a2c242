"""The order of steps, and what goes on after a failure; commands are stood in for."""

import json
from pathlib import Path

import pytest

from mmvad.clock import Clock
from mmvad.project.folder import ProjectFolder, write_settings
from mmvad.project.running import Outcome, ProjectRun, StepFailed
from mmvad.project.steps import RunSettings
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile, write_scores

TABLE = (
    'video,label,split,events\na.mp4,0,train,\nb.mp4,1,train,\nc.mp4,1,test,1-2\nd.mp4,0,test,\n'
)


class Commands:
    """Write what each command writes; those in `outcomes` end otherwise.

    The normal videos are `hours` long.
    """

    def __init__(self, project, hours=2.0, **outcomes):
        self.project, self.hours, self.outcomes, self.ran = project, hours, outcomes, []

    def __call__(self, words):
        name = words[0].replace('-', '_')
        self.ran.append(' '.join(words))
        outcome = self.outcomes.get(name, Outcome(0))
        if outcome.status == 0:
            getattr(self, name, lambda: None)()
        return outcome

    def prepare(self):
        for path in self.project.annotations:
            self._write(path, self.project.table.read_text())
        self._write(self.project.video_list, 'a.mp4\nb.mp4\nc.mp4\nd.mp4\n')
        self._write(self.project.calibration_list, 'features/d.npy\n')

    def extract(self):
        for name in 'abcd':
            self._write(self.project.features / f'{name}.npy', name)

    def train(self):
        self._write(self.project.work_dir / 'epoch_1.pth', f'weights {len(self.ran)}')
        self._write(self.project.work_dir / 'last_checkpoint', 'epoch_1.pth')

    def infer(self):
        video = ScoredVideo('d', [0.5, 0.25], Clock(2, fps=2 * 16 / (3600 * self.hours)))
        write_scores(self.project.calibration / 'scores.json', ScoresFile([video]))

    def calibrate(self):
        words = self.ran[-1].split()
        path = self.project.work_dir / 'epoch_1.pth.threshold.json'
        if '--out' in words:
            path = Path(words[words.index('--out') + 1])
        self._write(path, json.dumps(dict(rule=RULE)))

    def test(self):
        self._write(self.project.tested / 'scores.json', self.project.table.read_text())

    def evaluate(self):
        self._write(self.project.tested / 'metrics.json', '{}')

    def report(self):
        self._write(self.project.review_page, '')

    def _write(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def project(tmp_path):
    for name in 'abcd':
        (tmp_path / 'videos' / f'{name}.mp4').parent.mkdir(exist_ok=True)
        (tmp_path / 'videos' / f'{name}.mp4').write_text(name)
    project = ProjectFolder(tmp_path / 'gate')
    write_settings(project, tmp_path / 'videos')
    project.table.write_text(TABLE)
    project.config.write_text("_base_ = 'mmvad::salient_custom'\n")
    project.feature_config.write_text("_base_ = 'mmvad::features/efficientnet_lite0'\n")
    return project


def run(commands, **settings):
    return ProjectRun(commands.project, RunSettings(**settings), commands).run()


def names(commands):
    return [line.split()[0] for line in commands.ran]


RULE = dict(threshold=0.75, low_ratio=1.0, min_seconds=1.0, merge_seconds=5.0)
ALL = ['prepare', 'extract', 'check-data', 'train', 'infer', 'calibrate', 'test', 'evaluate']
ALL += ['report']


def test_steps_run_in_their_order_with_the_calibrated_threshold(project):
    commands = Commands(project)
    result = run(commands)
    assert names(commands) == ALL
    threshold = project.work_dir / 'epoch_1.pth.threshold.json'
    assert (result.threshold, result.uncalibrated) == (threshold, '')
    assert all(f'--threshold-file {threshold}' in line for line in commands.ran[-2:])
    assert result.weights == project.work_dir / 'epoch_1.pth'


def test_nothing_runs_twice(project):
    run(Commands(project))
    again = Commands(project)
    result = run(again)
    assert again.ran == [] and len(result.skipped) == 9
    assert result.threshold is not None


def test_other_labels_run_everything_but_the_features_again(project):
    run(Commands(project))
    project.table.write_text(TABLE.replace('c.mp4,1,test,1-2', 'c.mp4,1,test,1-3'))
    commands = Commands(project)
    run(commands)
    assert names(commands) == [name for name in ALL if name != 'extract']


def test_a_change_of_an_inherited_config_trains_again(project, tmp_path):
    (tmp_path / 'base.py').write_text('x = 1\n')
    project.config.write_text("_base_ = '../base.py'\n")
    run(Commands(project))
    (tmp_path / 'base.py').write_text('x = 2\n')
    commands = Commands(project)
    run(commands)
    assert names(commands)[:2] == ['check-data', 'train']


def test_a_failed_training_is_resumed_and_one_with_other_inputs_is_not(project):
    with pytest.raises(StepFailed, match='training: no space'):
        run(Commands(project, train=Outcome(2, 'no space')))
    (project.work_dir).mkdir()
    (project.work_dir / 'epoch_7.pth').touch()
    resumed = Commands(project, train=Outcome(2, 'no space'))
    with pytest.raises(StepFailed):
        run(resumed)
    assert resumed.ran[-1].endswith('--resume') and (project.work_dir / 'epoch_7.pth').exists()
    project.config.write_text("_base_ = 'mmvad::salient_custom'\nselection = 'last'\n")
    commands = Commands(project)
    run(commands)
    assert commands.ran[1].startswith('train ') and '--resume' not in commands.ran[1]
    assert not (project.work_dir / 'epoch_7.pth').exists()


class Refusing(Commands):
    """Refuse the calibration, not the provisional threshold."""

    def __call__(self, words):
        if words[0] == 'calibrate' and '--out' not in words:
            self.ran.append(' '.join(words))
            return Outcome(2, '46 s are too few')
        return super().__call__(words)


def test_a_provisional_threshold_draws_what_cannot_be_calibrated(project):
    commands = Refusing(project, hours=0.1)
    result = run(commands)
    assert (result.threshold, result.provisional) == (None, project.provisional)
    assert result.uncalibrated == '46 s are too few'
    provisional = commands.ran[6]
    assert provisional.endswith(f'--out {project.provisional}')
    assert '--false-alarms-per-hour 10.01 ' in provisional  # one in a tenth of an hour
    assert all('--threshold 0.75 --min-seconds 1' in line for line in commands.ran[-2:])
    assert not list(project.work_dir.glob('*.threshold.json'))


def test_a_calibration_that_is_refused_leaves_no_threshold(project):
    run(Commands(project))
    reason = '46 s cannot support 1 an hour'
    force = '; --force calibrates all the same'
    commands = Commands(project, calibrate=Outcome(2, reason + force))
    lines = []
    settings = RunSettings(false_alarms_per_hour=2.0)
    result = ProjectRun(project, settings, commands, lambda *line: lines.append(line)).run()
    assert (6, 'calibration', f'calibration: {reason}') in lines
    assert (result.threshold, result.uncalibrated) == (None, reason)
    assert result.provisional is None and '--threshold' not in commands.ran[-1]
    assert not list(project.work_dir.glob('*.threshold.json'))  # that of the other rate is gone
    again = Commands(project)
    assert run(again, false_alarms_per_hour=2.0).uncalibrated == reason
    assert again.ran == []


def test_a_calibration_that_breaks_is_an_error(project):
    with pytest.raises(StepFailed, match='calibration: KeyError'):
        run(Commands(project, calibrate=Outcome(1, 'KeyError')))


def test_a_step_that_writes_nothing_is_an_error(project):
    commands = Commands(project)
    commands.report = lambda: None
    with pytest.raises(StepFailed, match=r'report: mmvad report .* wrote no .*review\.html'):
        run(commands)


def test_videos_that_fail_are_named_by_their_rows(project):
    commands = Commands(project, extract=Outcome(1, 'failed: c'))
    project.features.mkdir()
    failed = dict.fromkeys('abcd', 'it is broken')
    (project.features / 'failed.json').write_text(json.dumps(failed))
    with pytest.raises(StepFailed) as error:
        run(commands)
    parts = str(error.value).split('; ')
    assert parts[0] == f'{project.table}, line 2: it is broken'
    assert parts[3:] == ['and 1 more']


def test_no_normal_video_to_calibrate_on_is_said(project):
    commands = Commands(project)
    write, commands.prepare = (
        commands.prepare,
        lambda: (
            write(),
            project.calibration_list.write_text(''),
        ),
    )
    assert 'no normal video that the training does not see' in run(commands).uncalibrated
    assert 'infer' not in names(commands)
