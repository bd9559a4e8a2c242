import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.evaluation import VideoPrediction, save_dump
from mmvad.evaluation.functional import frame_report

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'evaluate.py'


@pytest.fixture(scope='module')
def main():
    spec = importlib.util.spec_from_file_location('mmvad_tools_evaluate', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


@pytest.fixture
def videos():
    scores = np.random.default_rng(0).random((4, 3), np.float32)
    return [
        VideoPrediction('a', scores[0], 0, 'Normal', (), 40, 'ceil'),
        VideoPrediction('b', scores[1], 0, 'Normal', (), 48, 'ceil'),
        VideoPrediction('c', scores[2], 1, 'Abuse', [(3, 30)], 33, 'ceil'),
        VideoPrediction('d', scores[3], 1, 'Arson', [(9, 20), (30, 35)], 47, 'ceil'),
    ]


@pytest.fixture
def dump(tmp_path, videos):
    save_dump(tmp_path / 'dump.json', videos)
    return str(tmp_path / 'dump.json')


def test_help_states_the_job(main, capsys):
    with pytest.raises(SystemExit, match='0'):
        main(['--help'])
    assert 'Score a dump of predictions again.' in capsys.readouterr().out


def test_tool_prints_the_report_to_the_last_digit(main, dump, videos, capsys):
    main([dump])
    report = frame_report(videos)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        *(f'{name}: {value!r}' for name, value in report.values.items()),
        f'over {report.summary()}',
    ]


def test_options_reach_the_report_and_out_receives_it(main, dump, videos, tmp_path):
    out = tmp_path / 'metrics.json'
    options = ['--protocol', 'true_length', '--threshold', '0.7', '--per-category']
    main([dump, *options, '--out', str(out)])
    report = frame_report(videos, 'true_length', 0.7, per_category=True)
    assert json.loads(out.read_text()) == vars(report)
    assert report.num_frames == 40 + 48 + 33 + 47
    assert {'AUC/Abuse', 'AUC/Arson'} <= report.values.keys()


def test_annotations_replace_the_labels_of_the_dump(main, dump, videos, tmp_path):
    events = {'c': [(0, 10)], 'd': [(0, 16)]}
    path, out = tmp_path / 'test.json', tmp_path / 'metrics.json'
    save_annotations(
        path,
        make_metainfo('toy', 'test', 'ceil'),
        [make_entry(v.video, v.category, v.num_frames, events.get(v.video, ())) for v in videos],
    )
    main([dump, '--annotations', str(path), '--out', str(out)])
    assert json.loads(out.read_text())['num_positive'] == 26


def test_annotations_of_other_videos_are_an_error(main, dump, tmp_path):
    path = tmp_path / 'test.json'
    save_annotations(path, make_metainfo('toy', 'test', 'ceil'), [make_entry('a', 'Normal', 40)])
    with pytest.raises(ValueError, match="annotations lack 3 of the videos, first 'b'"):
        main([dump, '--annotations', str(path)])


def test_missing_dump_is_an_error(main, tmp_path):
    with pytest.raises(FileNotFoundError, match='no dump of predictions at'):
        main([str(tmp_path / 'nothing.json')])
