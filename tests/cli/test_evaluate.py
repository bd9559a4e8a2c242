import json
from dataclasses import replace

import numpy as np
import pytest

from mmvad.cli.evaluate import main
from mmvad.clock import Clock
from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.evaluation.functional import frame_report, video_report
from mmvad.scores.calibration import calibrate
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, failed_video
from mmvad.scores.scores_file import ScoresFile, write_scores
from mmvad.scores.threshold_file import write_calibration

ANNOTATIONS = {
    'a': ('Normal', 40, ()),
    'b': ('Normal', 48, ()),
    'c': ('Abuse', 33, [(3, 30)]),
    'd': ('Arson', 47, [(9, 20), (30, 35)]),
}


def entries(**events):
    return [
        make_entry(name, category, num_frames, events.get(name, known))
        for name, (category, num_frames, known) in ANNOTATIONS.items()
    ]


@pytest.fixture
def videos():
    scores = np.random.default_rng(0).random((4, 3), np.float32)
    metainfo = make_metainfo('toy', 'test', 'ceil')
    return [
        ScoredVideo(entry['video'], values).annotate(entry, metainfo)
        for entry, values in zip(entries(), scores, strict=True)
    ]


@pytest.fixture
def scores(tmp_path, videos):
    write_scores(tmp_path / 'scores.json', ScoresFile(videos))
    return str(tmp_path / 'scores.json')


def test_help_states_the_job(capsys):
    with pytest.raises(SystemExit, match='0'):
        main(['--help'])
    assert 'Evaluate a scores file' in capsys.readouterr().out


def test_the_report_is_printed_to_the_last_digit(scores, videos, capsys):
    assert main([scores]) == 0
    report = frame_report(videos)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        *(f'{name}: {value!r}' for name, value in report.values.items()),
        *(f'{name}: undefined, because {why}' for name, why in report.undefined.items()),
        f'over {report.counts()}',
    ]
    assert list(report.values) == ['AUC', 'AP', 'AUC_macro_within']


def test_options_reach_the_report_and_out_receives_it(scores, videos, tmp_path):
    out = tmp_path / 'metrics.json'
    options = ['--frame-count', 'true', '--threshold', '0.7', '--per-category']
    assert main([scores, *options, '--out', str(out)]) == 0
    report = frame_report(videos, 'true', EventRule(0.7), per_category=True)
    assert json.loads(out.read_text()) == vars(report)
    assert report.num_frames == 40 + 48 + 33 + 47
    assert {'AUC/Abuse', 'AUC_own/Arson'} <= report.values.keys()


def test_all_metrics_take_rule_rate_and_seed(scores, videos, tmp_path):
    out = tmp_path / 'metrics.json'
    flags = '--all --fps 16 --threshold 0.6 --low-ratio 0.5 --min-seconds 1 --merge-seconds 1'
    assert main([scores, *flags.split(), '--seed', '4', '--out', str(out)]) == 0
    rule = EventRule(0.6, 0.5, 1, 1)
    report = frame_report(videos, rule=rule, all_metrics=True, fps=16, seed=4)
    assert json.loads(out.read_text()) == vars(report)
    assert {'event_mAP', 'AUC_own/Abuse', 'false_alarms_per_hour'} <= report.values.keys()


def test_a_threshold_file_gives_the_rule(scores, videos, tmp_path, capsys):
    (tmp_path / 'best.pth').write_bytes(b'weights')
    normal = [ScoredVideo('n', [0.9, 0.3, 0.6], Clock(3, fps=16), label=0)]
    found = calibrate(ScoresFile(normal), 1200, min_seconds=1)
    path = str(write_calibration(tmp_path / 'best.pth', found))
    out = tmp_path / 'metrics.json'
    flags = [scores, '--fps', '16', '--out', str(out)]
    assert main([*flags, '--threshold-file', path]) == 0
    assert json.loads(out.read_text())['rule'] == found.rule.to_dict()
    assert main([*flags, '--threshold-file', path, '--min-seconds', '2']) == 2
    assert 'give --min-seconds or --threshold-file, not both' in capsys.readouterr().err


def test_curves_are_written_as_points_and_pictures(scores, tmp_path):
    assert main([scores, '--curves', str(tmp_path / 'curves')]) == 0
    names = sorted(path.name for path in (tmp_path / 'curves').iterdir())
    assert names == [
        'curves.json',
        'precision_recall.csv',
        'precision_recall.png',
        'roc.csv',
        'roc.png',
    ]
    assert (tmp_path / 'curves' / 'roc.png').read_bytes().startswith(b'\x89PNG')


def test_a_rate_that_contradicts_the_scores_file_is_an_error(tmp_path, videos, capsys):
    timed = [replace(video, clock=replace(video.clock, fps=25)) for video in videos]
    write_scores(tmp_path / 'scores.json', ScoresFile(timed))
    assert main([str(tmp_path / 'scores.json'), '--fps', '30']) == 2
    assert '--fps 30 contradicts the scores file, which says 25' in capsys.readouterr().err


def test_annotations_replace_the_labels_of_the_scores_file(scores, tmp_path):
    path, out = tmp_path / 'test.json', tmp_path / 'metrics.json'
    metainfo = make_metainfo('toy', 'test', 'ceil')
    save_annotations(path, metainfo, entries(c=[(0, 10)], d=[(0, 16)]))
    assert main([scores, '--annotations', str(path), '--out', str(out)]) == 0
    assert json.loads(out.read_text())['num_positive'] == 26


def test_videos_that_infer_scored_are_evaluated_by_their_annotations(tmp_path):
    rng = np.random.default_rng(0)
    videos = [
        ScoredVideo(f'videos/{name}.mp4', rng.random(3, np.float32), Clock(3, num_frames, 25))
        for name, (_, num_frames, _) in ANNOTATIONS.items()
    ]
    write_scores(tmp_path / 'scores.json', ScoresFile(videos))
    path, out = tmp_path / 'test.json', tmp_path / 'metrics.json'
    save_annotations(path, make_metainfo('toy', 'test', 'ceil'), entries())
    flags = [str(tmp_path / 'scores.json'), '--annotations', str(path), '--out', str(out)]
    assert main(flags) == 0
    assert json.loads(out.read_text())['num_positive'] == 27 + 11 + 5


def test_scores_of_whole_videos_are_ranked_as_such(tmp_path, capsys):
    videos = [ScoredVideo(str(n), [n / 10], label=n % 2) for n in range(6)]
    write_scores(tmp_path / 'scores.json', ScoresFile(videos, unit='video'))
    assert main([str(tmp_path / 'scores.json')]) == 0
    out = capsys.readouterr().out
    assert f'AUC: {video_report(videos)["AUC"]!r}' in out and 'over 6 videos, one score each' in out
    assert main([str(tmp_path / 'scores.json'), '--all']) == 2
    assert '--all, --per-category and --curves need scores of seg' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda videos: videos[:1], 'ROC AUC is undefined'),
        (
            lambda videos: [*videos, failed_video('e', 'broken')],
            '1 video not scored, first e',
        ),
        (
            lambda videos: [*videos, ScoredVideo('e', [0.5])],
            "video 'e' has no annotation; --annotations gives it",
        ),
    ],
)
def test_what_cannot_be_evaluated_gives_status_2(tmp_path, videos, change, message, capsys):
    write_scores(tmp_path / 'scores.json', ScoresFile(change(videos)))
    assert main([str(tmp_path / 'scores.json')]) == 2
    assert message in capsys.readouterr().err


def test_annotations_of_other_videos_are_an_error(scores, tmp_path, capsys):
    path = tmp_path / 'test.json'
    save_annotations(path, make_metainfo('toy', 'test', 'ceil'), entries()[:1])
    assert main([scores, '--annotations', str(path)]) == 2
    assert "the annotations lack 3 of the videos, first 'b'" in capsys.readouterr().err


def test_a_missing_scores_file_is_an_error(tmp_path, capsys):
    assert main([str(tmp_path / 'nothing.json')]) == 2
    assert 'no scores file at' in capsys.readouterr().err
