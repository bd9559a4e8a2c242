import importlib.util
from pathlib import Path

import pytest

from mmvad.apis.calibration import read_calibration
from mmvad.evaluation import VideoPrediction, save_dump

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'calibrate.py'


@pytest.fixture(scope='module')
def main():
    spec = importlib.util.spec_from_file_location('mmvad_tools_calibrate', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


@pytest.fixture
def dump(tmp_path):
    videos = [
        VideoPrediction('a', [0.1, 0.7, 0.1, 0.4, 0.1], 0, 'Normal'),
        VideoPrediction('b', [0.1, 0.1, 0.5, 0.1, 0.1], 0, 'Normal'),
        VideoPrediction('c', [0.9, 0.9], 1, 'Abuse', [(0, 20)]),
    ]
    save_dump(tmp_path / 'dump.json', videos)
    (tmp_path / 'best.pth').write_bytes(b'weights')
    return tmp_path / 'dump.json'


def test_help_states_the_job(main, capsys):
    with pytest.raises(SystemExit, match='0'):
        main(['--help'])
    assert "Choose a detector's threshold from normal videos" in capsys.readouterr().out


def test_tool_calibrates_on_the_normal_videos_and_stores_beside_the_checkpoint(main, dump, capsys):
    checkpoint = dump.parent / 'best.pth'
    # at 16 frames a second a segment is a second: 360 an hour are one in ten seconds
    main([str(dump), '--checkpoint', str(checkpoint), '--fps=16', '--false-alarms-per-hour=360'])
    found = read_calibration(checkpoint)
    assert found.rule.threshold == 0.7
    assert found.num_videos == 2
    out = capsys.readouterr().out
    assert '2 normal of 3 videos, 0.003 hours' in out
    assert '360.000 false alarms per hour, 10.00% of the time in alarm' in out


def test_seconds_become_segments_and_out_takes_the_file(main, dump):
    checkpoint, out = dump.parent / 'best.pth', dump.parent / 'made' / 'threshold.json'
    settings = ['--low-ratio=0.5', '--min-seconds=0.5', '--merge-seconds=2', f'--out={out}']
    main(
        [
            str(dump),
            f'--checkpoint={checkpoint}',
            '--fps=16',
            '--false-alarms-per-hour=0',
            *settings,
        ]
    )
    rule = read_calibration(checkpoint, out).rule
    assert (rule.low_ratio, rule.min_segments, rule.merge_gap) == (0.5, 1, 2)
