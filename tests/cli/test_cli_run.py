"""A project from its videos to the summary page: all at once, again, killed and resumed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest
import torch
from own_project import ROWS, shorten, write_features_config, write_table, write_videos
from toy_data import REPOSITORY

from mmvad.cli import new, run
from mmvad.cli.run import Launcher, claim
from mmvad.cli.step_output import StepBar
from mmvad.project.folder import ProjectFolder


def make(folder, rows=ROWS, epochs=2):
    videos = write_videos(folder / 'videos', rows)
    argv = ['--labels', write_table(folder / 'mine.csv', rows)]
    argv += ['--features', write_features_config(folder)]
    assert new.main([str(folder / 'gate'), str(videos), *map(str, argv)]) == 0
    shorten(folder / 'gate', epochs)
    return folder / 'gate'


@pytest.fixture(scope='module')
def ran(tmp_path_factory):
    """A project that was run, and what the run printed."""
    gate, out = make(tmp_path_factory.mktemp('ran')), StringIO()
    with redirect_stdout(out):
        assert run.main([str(gate), '--device', 'cpu']) == 0
    return gate, out.getvalue()


@pytest.fixture
def copied(ran, tmp_path):
    """The same beside a copy of its videos; times of files stay."""
    for name in ('gate', 'videos'):
        shutil.copytree(ran[0].parent / name, tmp_path / name)
    settings = tmp_path / 'gate' / 'project.json'
    settings.write_text(json.dumps(dict(version=1, videos=str(tmp_path / 'videos'))))
    shutil.copy(ran[0].parent / 'tiny.py', tmp_path / 'tiny.py')
    return tmp_path / 'gate'


def steps_run(out):
    """Name the commands that were printed."""
    return [line.split()[2] for line in out.splitlines() if '] mmvad ' in line]


def test_every_step_is_a_printed_command(ran):
    gate, out = ran
    commands = [line.partition('] ')[2] for line in out.splitlines() if '] mmvad ' in line]
    assert [' '.join(command.split()[1:3]) for command in commands] == [
        'prepare table',
        f'extract {gate / "videos.txt"}',
        f'check-data {gate / "config.py"}',
        f'train {gate / "config.py"}',
        f'infer {gate / "calibration.txt"}',
        f'calibrate {gate / "calibration" / "scores.json"}',
        f'calibrate {gate / "calibration" / "scores.json"}',
        f'test {gate / "config.py"}',
        f'evaluate {gate / "tested" / "scores.json"}',
        f'report {gate / "tested" / "scores.json"}',
    ]


def test_a_run_gives_detector_metrics_and_pages(ran):
    gate, out = ran
    assert (gate / 'training' / 'epoch_2.pth').is_file()
    metrics = json.loads((gate / 'tested' / 'metrics.json').read_text())['values']
    assert 0 <= metrics['AUC'] <= 1 and metrics['false_alarms_per_hour'] is not None
    assert len(list((gate / 'tested').rglob('*.png'))) == 3
    assert '"./../videos/test/f.mp4"' in (gate / 'review.html').read_text()
    assert f'summary: {gate / "summary.html"} (open in a browser)' in out
    log = (gate / 'run.log').read_text()
    assert '$ mmvad train ' in log and 'epoch 2/2' in log


def test_seconds_of_normal_video_are_no_calibration(ran):
    gate, out = ran
    reason = '3.84 s of normal video cannot support 1 false alarm an hour; record at least 1 hour'
    assert f'[6/9] calibration: {reason}\n' in out and f'not calibrated: {reason}\n' in out
    page = (gate / 'summary.html').read_text()
    assert '<h2>Not calibrated</h2>' in page and reason in page
    assert not list(gate.rglob('*.threshold.json'))


def test_a_second_run_does_nothing(copied, capsys):
    run.main([str(copied), '--device', 'cpu'])  # the videos lie elsewhere: their places changed
    capsys.readouterr()
    assert run.main([str(copied), '--device', 'cpu']) == 0
    assert steps_run(capsys.readouterr().out) == []
    assert 'by an earlier run' in (copied / 'summary.html').read_text()


def test_what_depends_on_a_change_is_done_again(ran, capsys):
    gate, _ = ran
    assert run.main([str(gate), '--device', 'cpu']) == 0
    assert steps_run(capsys.readouterr().out) == []
    rate = ['--false-alarms-per-hour', '1000']
    assert run.main([str(gate), '--device', 'cpu', *rate]) == 0
    assert steps_run(capsys.readouterr().out) == ['calibrate', 'evaluate', 'report']
    assert '<h2>Calibrated</h2>' in (gate / 'summary.html').read_text()
    (threshold,) = gate.rglob('*.threshold.json')
    assert threshold.name == 'epoch_2.pth.threshold.json'
    assert run.main([str(gate), '--device', 'cpu']) == 0
    assert steps_run(capsys.readouterr().out) == ['calibrate', 'evaluate', 'report']
    assert not threshold.exists()
    assert run.main([str(gate), '--device', 'cpu']) == 0
    assert steps_run(capsys.readouterr().out) == []


def test_other_training_settings_train_anew(copied, capsys):
    shorten(copied, epochs=1)
    (copied / 'training' / 'best_video_AUC_epoch_9.pth').touch()  # of an older training
    assert run.main([str(copied), '--device', 'cpu']) == 0
    out = capsys.readouterr().out
    assert f'mmvad train {copied / "config.py"} --work-dir {copied / "training"}\n' in out
    assert [path.name for path in (copied / 'training').glob('*.pth')] == ['epoch_1.pth']


def kill_in_training(gate):
    """Run in a process of its own, and kill it when it has trained an epoch."""
    process = subprocess.Popen(
        [sys.executable, '-m', 'mmvad_command', 'run', str(gate), '--device', 'cpu'],
        env=dict(os.environ, PYTHONPATH=str(REPOSITORY), OMP_NUM_THREADS='1'),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(1000):
        if (gate / 'training' / 'last_checkpoint').exists() or process.poll() is not None:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_run_that_was_killed_in_the_training_goes_on(copied, capsys):
    shorten(copied, epochs=4)
    shutil.rmtree(copied / 'training')
    kill_in_training(copied)
    (record,) = (
        step
        for step in json.loads((copied / 'run.json').read_text())['steps']
        if step['name'] == 'training'
    )
    assert record['status'] == 'begun'
    assert run.main([str(copied), '--device', 'cpu']) == 0
    out = capsys.readouterr().out
    assert f'--work-dir {copied / "training"} --resume\n' in out
    assert 'extract' not in out
    meta = torch.load(copied / 'training' / 'epoch_4.pth', weights_only=True)['meta']
    assert (meta['epoch'], meta['iter']) == (4, 8)


def errors_of(argv):
    err = StringIO()
    with redirect_stderr(err):
        assert run.main(argv) == 2
    return err.getvalue()


def test_a_folder_that_is_no_project_is_refused(tmp_path):
    error = errors_of([str(tmp_path)])
    assert f'{tmp_path} is no project' in error and error.count('\n') == 1
    assert list(tmp_path.iterdir()) == []


def test_a_table_with_an_empty_label_names_its_line(tmp_path):
    videos = write_videos(tmp_path / 'videos', ROWS[:2])
    new.main([str(tmp_path / 'gate'), str(videos)])
    error = errors_of([str(tmp_path / 'gate')])
    table = tmp_path / 'gate' / 'table.csv'
    assert f'{table}, line 2: label of train/a.mp4 is empty' in error and error.count('\n') == 1


def test_a_video_that_cannot_be_read_names_its_row(copied):
    (copied.parent / 'videos' / 'train' / 'b.mp4').write_bytes(b'no video')
    error = errors_of([str(copied), '--device', 'cpu'])
    place = f'{copied / "table.csv"}, line 3: '
    assert place in error and 'b.mp4: ' in error and error.count('\n') == 1


def launched(main):
    log = StringIO()
    return Launcher(log, StepBar(9, StringIO()), main)(['test', 'a.py']), log.getvalue()


def test_what_a_command_prints_goes_to_the_log():
    def fails(words):
        print('half done')
        print('mmvad test: error: no space', file=sys.stderr)
        raise SystemExit(2)

    outcome, log = launched(fails)
    assert (outcome.status, outcome.error) == (2, 'no space')
    assert log == '\n$ mmvad test a.py\nhalf done\nmmvad test: error: no space\n'


def test_an_interrupted_command_interrupts_the_run():
    with pytest.raises(KeyboardInterrupt):
        launched(lambda words: 130)


def test_two_runs_do_not_work_in_one_project(ran, tmp_path):
    gate = ProjectFolder(tmp_path)
    with gate.log.open('a') as first, gate.log.open('a') as second:
        claim(first, gate)
        with pytest.raises(ValueError, match='another mmvad run works in'):
            claim(second, gate)


def test_a_negative_rate_is_refused(tmp_path):
    error = errors_of([str(tmp_path), '--false-alarms-per-hour', '-1'])
    assert '--false-alarms-per-hour must be at least 0, got -1' in error
