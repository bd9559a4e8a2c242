import importlib.util
from pathlib import Path

import pytest

from mmvad.apis.calibration import file_sha256, read_calibration, read_normal_scores
from mmvad.apis.events import EventRule
from mmvad.apis.results import build_results, failed_video, video_result, write_results
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


@pytest.fixture
def scored(tmp_path):
    """A document of tools/infer.py: normal, anomalous, not known, failed."""
    rule = EventRule()
    entries = [
        video_result('a.mp4', [0.1, 0.7, 0.1, 0.4, 0.1], rule, fps=16, ground_truth=[]),
        video_result('b.mp4', [0.9], rule, fps=16, ground_truth=[(0, 16)]),
        video_result('c.mp4', [0.1, 0.1, 0.5, 0.1, 0.1], rule, fps=16),
        failed_video('d.mp4', 'no video stream'),
    ]
    write_results(tmp_path / 'results.json', build_results({}, rule, entries))
    (tmp_path / 'best.pth').write_bytes(b'weights')
    return tmp_path / 'results.json'


def test_videos_scored_by_the_inference_tool_calibrate_too(main, scored, capsys):
    checkpoint = scored.parent / 'best.pth'
    flags = [str(scored), f'--checkpoint={checkpoint}', '--false-alarms-per-hour=720']
    main(flags)
    assert '1 normal of 4 videos, 0.001 hours' in capsys.readouterr().out
    assert read_calibration(checkpoint).rule.threshold == 0.7
    main([*flags, '--all-normal'])
    assert '3 normal of 4 videos, 0.003 hours' in capsys.readouterr().out


def test_normal_scores_need_labels_and_known_frame_rates(dump, scored, tmp_path):
    assert read_normal_scores(scored).fps == [16.0]
    assert read_normal_scores(scored, fps=25).fps == [25]
    entries = [
        video_result('a.mp4', [0.1], EventRule(), fps=fps, ground_truth=[]) for fps in (16, None)
    ]
    mixed, without = tmp_path / 'mixed.json', tmp_path / 'without.json'
    write_results(mixed, build_results({}, EventRule(), entries))
    with pytest.raises(ValueError, match=r'the frame rate of a\.mp4 is not known; --fps says it'):
        read_normal_scores(mixed)
    assert read_normal_scores(mixed, fps=16).fps == [16, 16]
    write_results(without, build_results({}, EventRule(), [failed_video('a.mp4', 'unreadable')]))
    with pytest.raises(ValueError, match='none of its 1 videos is known to be normal'):
        read_normal_scores(without, all_normal=True)
    with pytest.raises(ValueError, match='does not say the frame rate'):
        read_normal_scores(dump)
    with pytest.raises(ValueError, match='a dump has labels itself'):
        read_normal_scores(dump, 25, all_normal=True)
    with pytest.raises(FileNotFoundError):
        read_normal_scores('absent.json')


def test_events_of_a_live_source_do_not_join_over_its_gaps(tmp_path):
    gap = dict(segment=2, seconds=1.0, attempts=1, reason='the source ended')
    entry = video_result('rtsp://gate', [0.1, 0.9, 0.9], EventRule(), fps=16, gaps=[gap])
    write_results(tmp_path / 'live.json', build_results({}, EventRule(), [entry]))
    found = read_normal_scores(tmp_path / 'live.json', all_normal=True)
    assert [scores.tolist() for scores in found.scores] == [
        pytest.approx([0.1, 0.9]),
        pytest.approx([0.9]),
    ]


def test_hours_are_counted_at_each_video_s_own_frame_rate(main, tmp_path, capsys):
    rates = (16.0, 15.99, 8.0)
    entries = [video_result(f'{fps}.mp4', [0.1, 0.9] * 900, EventRule(), fps=fps) for fps in rates]
    path, weights = tmp_path / 'r.json', tmp_path / 'best.pth'
    write_results(path, build_results({}, EventRule(), entries))
    weights.write_bytes(b'weights')
    flags = [str(path), '--all-normal', f'--checkpoint={weights}', '--false-alarms-per-hour=0']
    assert main(flags) == 0
    assert '3 normal of 3 videos, 2.000 hours' in capsys.readouterr().out
    assert main([*flags, '--min-seconds=2']) == 2
    assert 'say by --fps which one is meant' in capsys.readouterr().err
    assert main([*flags, '--min-seconds=2', '--fps=16']) == 0
    assert read_calibration(weights).rule.min_segments == 2


def test_scores_of_another_checkpoint_are_refused(main, tmp_path, capsys):
    weights, other = tmp_path / 'best.pth', tmp_path / 'other.pth'
    weights.write_bytes(b'weights')
    other.write_bytes(b'other weights')
    model = dict(weights_sha256=file_sha256(weights), mode='sliding', bag_size=28)
    entry = video_result('a.mp4', [0.1, 0.9], EventRule(), fps=16)
    write_results(tmp_path / 'r.json', build_results(model, EventRule(), [entry]))
    flags = [str(tmp_path / 'r.json'), '--all-normal', '--false-alarms-per-hour=0']
    assert main([*flags, f'--checkpoint={other}']) == 2
    assert 'the scores are those of a checkpoint of SHA-256' in capsys.readouterr().err
    assert main([*flags, f'--checkpoint={weights}']) == 0
    found = read_calibration(weights)
    assert (found.mode, found.bag_size) == ('sliding', 28)


def test_bad_input_gives_status_2_and_a_message(main, dump, capsys):
    checkpoint = f'--checkpoint={dump.parent / "best.pth"}'
    assert main([str(dump), checkpoint, '--false-alarms-per-hour=1']) == 2
    assert 'does not say the frame rate of its videos; --fps does' in capsys.readouterr().err
    assert main(['absent.json', checkpoint, '--false-alarms-per-hour=1']) == 2


def test_anomalous_video_whose_events_are_not_known_is_not_normal(tmp_path):
    videos = [
        VideoPrediction('a', [0.1, 0.7], 0, 'Normal'),
        VideoPrediction('b', [0.9, 0.9], 1, 'Abuse'),
    ]
    save_dump(tmp_path / 'dump.json', videos)
    found = read_normal_scores(tmp_path / 'dump.json', fps=16)
    assert (found.num_normal, found.num_videos) == (1, 2)
    assert [scores.tolist() for scores in found.scores] == [[0.1, 0.7]]
