"""The command report: from every kind of scores to pictures."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from toy_data import load_tool
from video_files import numbered_frames, write_video

from mmvad.cli.report import main
from mmvad.clock import Clock
from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.files import write_json
from mmvad.scores.events import EventMachine
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, ScoreGap, failed_video
from mmvad.scores.scores_file import ScoresFile, write_scores
from mmvad.scores.scores_log import ScoresLog


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def page_rule(page):
    text = page.read_text('utf-8')
    return json.loads(text.split('id="data">')[1].split('</script>')[0])['rule']


def page_origin(page):
    text = page.read_text('utf-8')
    data = json.loads(text.split('id="data">')[1].split('</script>')[0])
    return data['madeBy'].get('threshold_from')


@pytest.fixture
def scores(tmp_path):
    """Scores of a video that is there and of one that is not."""
    video = write_video(tmp_path / 'gate.mp4', numbered_frames(40))
    videos = [
        ScoredVideo(str(video), [0.1, 0.9, 0.2], Clock(3, 40, fps=25)),
        ScoredVideo('test/yard', [0.3, 0.6], Clock(2, 32, fps=25)),
    ]
    made_by = dict(weights_sha256='0' * 64, bag_size=28, scoring='bags')
    write_scores(tmp_path / 'scores.json', ScoresFile(videos, made_by).cut(EventRule(0.8, 0.5)))
    return tmp_path / 'scores.json'


def test_a_folder_gets_everything_that_can_be_made(scores, tmp_path, capsys):
    assert main([str(scores), '--out-dir', str(tmp_path / 'out')]) == 0
    assert names(tmp_path / 'out') == [
        'gate.png',
        'gate_annotated.mp4',
        'review.html',
        'scores.csv',
        'yard.png',
    ]
    told = capsys.readouterr()
    assert 'test/yard: 2 segments, highest score 0.6, 0 events' in told.out
    assert 'threshold 0.8, drawn into' in told.out


def test_chosen_outputs_are_the_only_ones(scores, tmp_path):
    out = tmp_path / 'out'
    assert main([str(scores), '--out-dir', str(out), '--curves']) == 0
    assert names(out) == ['gate.png', 'yard.png']
    page = tmp_path / 'pages' / 'p.html'
    assert main([str(scores), '--out-dir', str(out), '--csv', '--page', str(page)]) == 0
    assert names(out) == ['gate.png', 'scores.csv', 'yard.png']
    assert main([str(scores), '--page', str(page), '--title', 'Gate']) == 0
    assert names(page.parent) == ['p.html'] and '<h1>Gate</h1>' in page.read_text('utf-8')


def test_one_picture_that_fails_is_named_and_the_others_are_drawn(scores, tmp_path, capsys):
    assert main([str(scores), '--out-dir', str(tmp_path / 'out'), '--videos']) == 1
    assert names(tmp_path / 'out') == ['gate_annotated.mp4']
    assert 'failed: test/yard: no annotated video' in capsys.readouterr().err


def test_flags_replace_parts_of_the_rule_of_the_file(scores, tmp_path):
    page = tmp_path / 'p.html'
    for flags, expected in (
        ([], EventRule(0.8, 0.5)),
        (['--threshold', '0.7'], EventRule(0.7, 0.5)),
        (['--min-seconds', '2', '--merge-seconds', '1'], EventRule(0.8, 0.5, 2, 1)),
        (['--low-ratio', '1', '--threshold', '0'], EventRule(0, 1)),
    ):
        assert main([str(scores), '--page', str(page), *flags]) == 0
        assert EventRule(**page_rule(page)) == expected


def write_thresholds(path, **changes):
    content = dict(
        version=2,
        rule=EventRule(0.25, min_seconds=1).to_dict(),
        checkpoint='best.pth',
        checkpoint_sha256='0' * 64,
        target_false_alarms_per_hour=1,
        false_alarms_per_hour=1,
        alarm_time_share=0,
        normal_hours=1,
        num_videos=2,
        scoring='bags',
        bag_size=28,
    )
    write_json(path, {**content, **changes})
    return str(path)


def test_a_threshold_file_gives_the_whole_rule(scores, tmp_path):
    thresholds = write_thresholds(tmp_path / 't.json')
    page = tmp_path / 'p.html'
    assert main([str(scores), '--page', str(page), '--threshold-file', thresholds]) == 0
    assert EventRule(**page_rule(page)) == EventRule(0.25, min_seconds=1)
    assert page_origin(page) == 't.json'


@pytest.mark.parametrize(('hours', 'doubts'), [(1, 0), (0.01, 1)])
def test_console_says_whether_the_threshold_is_calibrated(scores, tmp_path, capsys, hours, doubts):
    page, thresholds = str(tmp_path / 'p.html'), write_thresholds(tmp_path / 't.json')
    write_thresholds(tmp_path / 't.json', normal_hours=hours)
    assert main([str(scores), '--page', page, '--threshold-file', thresholds]) == 0
    assert capsys.readouterr().err.count('warning: ') == doubts
    assert main([str(scores), '--page', page, '--min-seconds', '1']) == 0
    assert 'warning: The threshold of ' in capsys.readouterr().err


def test_page_says_where_the_threshold_comes_from(scores, tmp_path):
    page = tmp_path / 'p.html'
    assert main([str(scores), '--page', str(page)]) == 0
    assert page_origin(page) is None  # the rule of the file, which does not say it
    assert main([str(scores), '--page', str(page), '--threshold', '0.7']) == 0
    assert page_origin(page) == 'given'
    write_scores(scores, ScoresFile([ScoredVideo('a', [0.1, 0.9])]))
    assert main([str(scores), '--page', str(page)]) == 0
    assert page_origin(page) == 'default, not calibrated'


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(checkpoint_sha256='1' * 64), 'made for another checkpoint'),
        (dict(scoring='sliding'), "calibrated on scores with scoring 'sliding', these have 'bags'"),
        (dict(bag_size=7), 'calibrated on scores with bag_size 7, these have 28'),
        (dict(segment_ranking=1), 'calibrated on scores with segment_ranking 1, these have 0.0'),
    ],
)
def test_a_threshold_file_of_other_scores_is_refused(scores, tmp_path, capsys, changes, message):
    thresholds = write_thresholds(tmp_path / 't.json', **changes)
    flags = ['--page', str(tmp_path / 'p.html'), '--threshold-file', thresholds]
    assert main([str(scores), *flags]) == 2
    assert message in capsys.readouterr().err


def test_annotations_are_shown_on_the_clock_of_the_scores(tmp_path):
    clock = Clock(3, 48, segment_times=[0, 1, 2, 10])
    write_scores(tmp_path / 's.json', ScoresFile([ScoredVideo('v/gate.mp4', [0.1] * 3, clock)]))
    entry = make_entry('gate', 'Fight', 48, [(24, 40)])
    metainfo = make_metainfo('custom', 'test', 'ceil')
    save_annotations(tmp_path / 'a.json', metainfo, [entry])
    page = tmp_path / 'p.html'
    flags = ['--page', str(page), '--annotations', str(tmp_path / 'a.json')]
    assert main([str(tmp_path / 's.json'), *flags]) == 0
    assert '"annotatedEvents":[[1.5,6.0]]' in page.read_text('utf-8')


@pytest.mark.parametrize(
    ('flags', 'message'),
    [
        ([], 'nothing to draw: give --out-dir or --page'),
        (['--csv'], '--csv needs --out-dir'),
        (['--out-dir', 'o', '--csv', '--embed-videos'], '--embed-videos needs --page'),
        (['--page', 'p.html', '--threshold', '2'], r'threshold must lie in [0, 1], got 2'),
        (['--page', 'p.html', '--low-ratio', '1', '--threshold-file', 't'], 'give --low-ratio or'),
        (['--page', 'p.html', '--threshold-file', 'no.json'], 'no threshold file at no.json'),
        (['--page', 'p.html', '--annotations', 'no.json'], 'no.json'),
        (['--page', 'scores.json'], 'scores.json would be overwritten'),
        (['--page', 'gate.mp4'], 'gate.mp4 would be overwritten'),
    ],
)
def test_bad_input_has_exit_status_2(scores, tmp_path, capsys, monkeypatch, flags, message):
    monkeypatch.chdir(tmp_path)
    before = names(tmp_path)
    assert main(['scores.json', *flags]) == 2
    assert message in capsys.readouterr().err
    assert names(tmp_path) == before


def test_a_missing_file_and_one_that_holds_no_scores_are_named(tmp_path, capsys):
    (tmp_path / 'other.json').write_text('{"version": 7}')
    for name, message in (('no.json', 'no scores file at'), ('other.json', 'got 7')):
        assert main([str(tmp_path / name), '--out-dir', str(tmp_path / 'out')]) == 2
        assert message in capsys.readouterr().err


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoreGap
from mmvad.scores.scores_log import ScoresLog
log = ScoresLog(sys.argv[1], {}, EventRule(0.5))
log.source('rtsp://gate', 16.0, datetime(2026, 11, 24, 12, tzinfo=UTC))
for segment, score in enumerate([0.1, 0.9, 0.8, 0.2]):
    if segment == 2:
        log.gap(ScoreGap(2, 3.0, 1, 'lost'))
    log.segment(segment, float(segment), score, [0.25, 0.5], segment + 1.5)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_log_of_a_killed_run_is_drawn(tmp_path, capsys):
    log = tmp_path / 'scores.jsonl'
    done = subprocess.run([sys.executable, '-c', KILLED, str(log)], check=False)
    assert done.returncode == -9
    out = tmp_path / 'out'
    assert main([str(log), '--out-dir', str(out)]) == 0
    assert names(out) == ['review.html', 'rtsp_gate.png', 'scores.csv']
    lines = [line.split(',') for line in (out / 'scores.csv').read_text().splitlines()[1:]]
    assert [line[7] for line in lines] == ['', '1', '2', '']  # no event reaches over the gap
    assert lines[3][8] == '2026-11-24T12:00:04.500+00:00'
    assert 'incomplete: the run has not ended, or was killed' in capsys.readouterr().out


def test_the_log_of_a_running_run_is_drawn_while_it_grows(tmp_path):
    machine = EventMachine(EventRule(0.5))
    with ScoresLog(tmp_path / 'scores.jsonl', {}, EventRule(0.5)) as log:
        log.source('rtsp://gate', 16.0, datetime(2026, 11, 24, 12, tzinfo=UTC))
        log.gap(ScoreGap(0, None, 1, 'no frame yet'))
        for segment, score in enumerate([0.1, 0.9, 0.2]):
            log.segment(segment, float(segment), score, None, segment + 1.5)
            for change in machine.push(score, (segment, segment + 1)):
                log.event(change)
            assert main([str(log.path), '--out-dir', str(tmp_path / 'out'), '--csv']) == 0
            lines = (tmp_path / 'out' / 'scores.csv').read_text().splitlines()
            assert len(lines) == 1 + segment + 1


def test_a_video_that_could_not_be_scored_is_told_and_is_no_failure(tmp_path, capsys):
    write_scores(tmp_path / 's.json', ScoresFile([failed_video('a.mp4', 'no video stream')]))
    assert main([str(tmp_path / 's.json'), '--out-dir', str(tmp_path / 'out')]) == 0
    assert 'a.mp4: not scored: no video stream' in capsys.readouterr().out


def test_the_tool_is_the_command():
    assert load_tool('report').main.args == (main.__module__,)
    assert len(Path(load_tool('report').__file__).read_text().splitlines()) < 12


def test_videos_of_a_test_are_found_below_a_folder(scores, tmp_path):
    (tmp_path / 'videos' / 'test').mkdir(parents=True)
    video = write_video(tmp_path / 'videos' / 'test' / 'yard.mp4', numbered_frames(32))
    page = tmp_path / 'review.html'
    argv = [str(scores), '--page', str(page), '--videos-root', str(tmp_path / 'videos')]
    assert main(argv) == 0
    data = json.loads(page.read_text('utf-8').split('id="data">')[1].split('</script>')[0])
    assert [one['video'] for one in data['videos']] == [str(tmp_path / 'gate.mp4'), str(video)]
    assert data['videos'][1]['sources'] == ['./videos/test/yard.mp4']


def test_a_folder_without_the_videos_of_a_test_is_refused(scores, tmp_path, capsys):
    argv = [str(scores), '--page', str(tmp_path / 'review.html'), '--videos-root']
    (tmp_path / 'empty').mkdir()
    assert main([*argv, str(tmp_path / 'empty')]) == 2
    assert 'empty: none of 2 videos lies there' in capsys.readouterr().err
    assert main([*argv, str(tmp_path / 'gone')]) == 2
    assert '--videos-root: there is no folder' in capsys.readouterr().err
