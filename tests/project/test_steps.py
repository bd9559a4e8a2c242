"""The commands of the steps are ones that exist, with flags that exist."""

import importlib

import pytest

from mmvad.cli.main import COMMANDS
from mmvad.cli.prepare import DATASETS
from mmvad.project.folder import ProjectFolder
from mmvad.project.steps import RunSettings, Steps, rule_flags


@pytest.fixture
def steps(tmp_path):
    project = ProjectFolder(tmp_path)
    project.table.write_text('video,label\na.mp4,0\nb.avi,1\n')
    project.config.write_text('')
    project.feature_config.write_text('')
    project.video_list.write_text('a.mp4\nb.avi\n')
    return Steps(project, tmp_path / 'videos', RunSettings(0.5, 'cpu'))


def all_of(steps):
    weights = steps.project.work_dir / 'best.pth'
    yield from (steps.prepare(), steps.extract(), steps.check(), steps.train())
    yield from (steps.score_normal(weights), steps.calibrate(weights), steps.test(weights))
    flags = rule_flags(dict(threshold=0.5, low_ratio=1.0, min_seconds=1.0, merge_seconds=5.0))
    yield from (steps.evaluate(flags), steps.report(flags, False), steps.provide(weights, 0.01))
    yield from (steps.evaluate(('--threshold-file', weights)), steps.report((), True))


def test_every_command_parses(steps):
    for step in all_of(steps):
        command, *words = step.words
        name = DATASETS[words.pop(0)][0] if command == 'prepare' else COMMANDS[command][0]
        importlib.import_module(name).build_parser().parse_args(words)


def test_extraction_reads_the_listed_videos_and_writes_their_features(steps, tmp_path):
    step = steps.extract()
    assert step.stamps == (tmp_path / 'videos' / 'a.mp4', tmp_path / 'videos' / 'b.avi')
    assert step.outputs == (tmp_path / 'features' / 'a.npy', tmp_path / 'features' / 'b.npy')
    assert step.words[-2:] == ['--device', 'cpu']


def test_videos_that_browsers_do_not_play_are_drawn(steps):
    assert '--videos' in steps.report((), True).words
    steps.project.table.write_text('video,label\na.mp4,0\n')
    assert '--videos' not in steps.report((), True).words


def test_the_rate_reaches_the_calibration(steps, tmp_path):
    words = steps.calibrate(tmp_path / 'best.pth').words
    assert words[words.index('--false-alarms-per-hour') + 1] == '0.5'
    words = steps.provide(tmp_path / 'best.pth', hours=0.01).words
    assert words[words.index('--false-alarms-per-hour') + 1] == '100.1'


def test_the_files_of_the_rule_count_as_inputs(steps, tmp_path):
    threshold = tmp_path / 'threshold.json'
    assert threshold in steps.evaluate(('--threshold-file', threshold)).contents
    assert threshold in steps.report(('--threshold-file', threshold), True).contents


def test_a_page_without_calibration_says_so_in_its_title(steps):
    assert any(word.endswith('test (not calibrated)') for word in steps.report((), False).words)
