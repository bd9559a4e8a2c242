import pytest

from mmvad.cli.calibrate import check_rate, main
from mmvad.clock import Clock
from mmvad.files import file_sha256
from mmvad.scores.scored_video import ScoredVideo, ScoreGap, failed_video
from mmvad.scores.scores_file import ScoresFile, write_scores
from mmvad.scores.threshold_file import choose_rule, read_calibration

# a segment is a second at 16 frames a second


def scored(name, scores, fps=16, **known):
    return ScoredVideo(name, scores, Clock(len(scores), fps=fps), **known)


@pytest.fixture
def calibrate(tmp_path):
    """Write videos into a scores file and run the command on it."""
    (tmp_path / 'best.pth').write_bytes(b'weights')

    def run(videos, *flags, target=360, made_by=None):
        path = tmp_path / 'scores.json'
        write_scores(path, ScoresFile(videos, made_by or {}))
        checkpoint = f'--weights={tmp_path / "best.pth"}'
        return main([str(path), checkpoint, f'--false-alarms-per-hour={target}', *flags])

    return run


@pytest.fixture
def found(tmp_path):
    return lambda: read_calibration(tmp_path / 'best.pth')


LABELLED = [
    scored('a', [0.1, 0.7, 0.1, 0.4, 0.1], label=0),
    scored('b', [0.1, 0.1, 0.5, 0.1, 0.1], label=0),
    scored('c', [0.9, 0.9], label=1),
]


def test_normal_videos_give_the_rule_beside_the_checkpoint(calibrate, found, capsys):
    # 360 an hour are one in the ten seconds of a and b: above 0.5 there is one event
    assert calibrate(LABELLED) == 0
    assert 0.5 < found().rule.threshold < 0.5001
    assert found().num_videos == 2
    out = capsys.readouterr().out
    assert '0.003 hours of normal video in 2 stretches, from a file of 3 videos' in out
    assert '360.000 false alarms per hour, target 360; 10.00% of the time in an event' in out
    assert 'best.pth.threshold.json' in out


def test_flags_of_the_rule_are_seconds_and_out_takes_the_file(calibrate, tmp_path, capsys):
    out = tmp_path / 'made' / 'threshold.json'
    flags = ['--low-ratio=0.5', '--min-seconds=0.5', '--merge-seconds=2', f'--out={out}']
    assert calibrate(LABELLED, *flags, '--force', target=0) == 0
    rule = read_calibration(tmp_path / 'best.pth', out).rule
    assert (rule.low_ratio, rule.min_seconds, rule.merge_seconds) == (0.5, 0.5, 2)
    assert 'events of at least 0.5 s, pauses up to 2 s closed' in capsys.readouterr().out


def test_unlabelled_videos_are_normal_only_on_request(calibrate, found, capsys):
    videos = [scored('a', [0.1, 0.9]), scored('b', [0.2, 0.8]), failed_video('c', 'unreadable')]
    assert calibrate(videos) == 2
    assert 'none of 3 videos is known to be normal; --all-normal' in capsys.readouterr().err
    assert calibrate(videos, '--all-normal', '--force', target=0) == 0
    assert found().num_videos == 2


def test_fps_stands_in_where_the_scores_file_says_no_rate(calibrate, found, capsys):
    videos = [scored('a', [0.1, 0.9], fps=None, label=0)]
    assert calibrate(videos, target=0) == 2
    assert 'the frame rate of a is not known; --fps gives it' in capsys.readouterr().err
    assert calibrate(videos, '--fps=8', '--force', target=0) == 0
    assert found().normal_hours == pytest.approx(4 / 3600)


def test_fps_that_contradicts_the_scores_file_is_refused_with_both_numbers(calibrate, capsys):
    assert calibrate(LABELLED, '--fps=25') == 2
    assert '--fps 25 contradicts the scores file, which says 16 frames' in capsys.readouterr().err
    assert calibrate(LABELLED, '--fps=16') == 0


@pytest.mark.parametrize('fps', ['0', '-25', 'nan', 'inf'])
def test_fps_must_be_positive(calibrate, fps, capsys):
    assert calibrate(LABELLED, f'--fps={fps}') == 2
    assert 'fps must be a positive number' in capsys.readouterr().err


def test_fps_does_not_go_with_known_times_of_segments():
    video = ScoredVideo('a', [0.5], Clock(1, segment_times=[0, 3]))
    with pytest.raises(ValueError, match='which says the time of each segment of a'):
        check_rate(ScoresFile([video]), 16)


def test_rounded_rate_is_no_contradiction():
    check_rate(ScoresFile([scored('a', [0.5], fps=30000 / 1001)]), 29.97)
    with pytest.raises(ValueError, match=r'--fps 30 .* says 29\.97 frames'):
        check_rate(ScoresFile([scored('a', [0.5], fps=30000 / 1001)]), 30)


def test_events_of_a_live_source_do_not_join_over_its_gaps(calibrate, capsys):
    gap = ScoreGap(2, 1.0, 1, 'the source ended')
    assert (
        calibrate(
            [scored('rtsp://gate', [0.1, 0.9, 0.9], gaps=(gap,), label=0)], '--force', target=0
        )
        == 0
    )
    assert 'in 2 stretches, from a file of 1 videos' in capsys.readouterr().out


def test_hours_are_counted_at_each_video_s_own_frame_rate(calibrate, capsys):
    videos = [scored(f'{fps}', [0.1, 0.9] * 900, fps, label=0) for fps in (16.0, 8.0)]
    assert calibrate(videos, '--min-seconds=1.5', '--force', target=0) == 0
    assert '1.500 hours of normal video in 2 stretches' in capsys.readouterr().out


def test_scores_of_another_checkpoint_are_refused(calibrate, found, tmp_path, capsys):
    made_by = dict(weights_sha256='0' * 64, scoring='sliding', bag_size=28)
    assert calibrate(LABELLED, made_by=made_by) == 2
    assert 'the scores are those of a checkpoint of SHA-256 000' in capsys.readouterr().err
    made_by['weights_sha256'] = file_sha256(tmp_path / 'best.pth')
    assert calibrate(LABELLED, made_by=made_by) == 0
    assert (found().scoring, found().bag_size) == ('sliding', 28)


def test_bad_input_ends_in_one_line_and_status_2(tmp_path, capsys):
    flags = [f'--weights={tmp_path / "best.pth"}', '--false-alarms-per-hour=1']
    assert main([str(tmp_path / 'absent.json'), *flags]) == 2
    error = capsys.readouterr().err
    assert f': error: no scores file at {tmp_path / "absent.json"}\n' in error
    assert error.count('\n') == 1


def test_what_the_recording_cannot_support_is_refused(calibrate, tmp_path, capsys):
    video = [scored('day', [0.1, 0.6] * 23, label=0)]  # 46 s
    assert calibrate(video, target=1) == 2
    error = capsys.readouterr().err
    assert error.endswith(
        ': error: 46 s of normal video cannot support 1 false alarm an hour; record at least 1 '
        'hour; --force calibrates all the same\n'
    )
    assert not (tmp_path / 'best.pth.threshold.json').exists()


def test_force_goes_on_and_the_threshold_is_known_as_uncalibrated(
    calibrate, found, tmp_path, capsys
):
    assert calibrate([scored('day', [0.1, 0.6] * 23, label=0)], '--force', target=1) == 0
    out, error = capsys.readouterr()
    assert 'warning: 46 s of normal video cannot support 1 false alarm an hour' in error
    assert '0.000 false alarms per hour, target 1' in out
    assert not found().is_supported
    assert choose_rule(tmp_path / 'best.pth')[2].endswith('not calibrated on enough normal video')


def test_an_hour_supports_one_an_hour(calibrate, found, capsys):
    assert calibrate([scored('day', [0.1, 0.6, 0.3, 0.3] * 900, label=0)], target=1) == 0
    assert capsys.readouterr().err == '' and found().is_supported
