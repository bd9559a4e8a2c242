import os
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest
import torch
from toy_data import REPOSITORY, dump_config
from toy_detector import (
    CHANNELS,
    build_inferencer,
    cheap_extractor,
    detector_config,
    write_checkpoint,
    write_extractor_config,
)
from video_files import numbered_frames, write_video

from mmvad.cli.infer import build_parser, check_arguments, main, score_files, tell
from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.datasets.feature_record import FORMAT, record_path
from mmvad.files import write_json
from mmvad.scores.rule import EventRule
from mmvad.scores.scores_file import read_scores

# What the project's own modules import is imported, and the toy network is known, before the run.
KILLABLE = 'import sys, toy_detector; from mmvad.cli.infer import main; sys.exit(main())'


@pytest.fixture
def flags(tmp_path):
    cfg = detector_config()
    weights = write_checkpoint(tmp_path / 'best.pth', cfg)
    cfg.experiment_name = 'infer'
    config = dump_config(cfg, tmp_path / 'detector.py')
    extractor = write_extractor_config(tmp_path)
    flags = ['--detector', config, '--weights', weights, '--extractor', extractor]
    return [*map(str, flags), '--random-extractor', '0', '--device', 'cpu']


@pytest.fixture
def command(flags, tmp_path):
    video = write_video(tmp_path / 'gate.mp4', numbered_frames(70))

    def run(*more, inputs=(video,)):
        return main([*map(str, inputs), *flags, *map(str, more)])

    return run


@pytest.fixture(scope='module')
def inferencer(tmp_path_factory):
    folder = tmp_path_factory.mktemp('run')
    extractor = cheap_extractor(folder)
    weights = write_checkpoint(folder / 'best.pth', detector_config(), extractor.record)
    return build_inferencer(weights, extractor, rule=0.5)


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp('videos')
    return [
        str(write_video(folder / f'{name}.mp4', numbered_frames(count)))
        for name, count in (('gate', 50), ('yard', 20))
    ]


def test_a_video_becomes_an_entry_of_the_scores_file(command, tmp_path, capsys):
    assert command('--out-dir', tmp_path / 'out') == 0
    assert [path.name for path in (tmp_path / 'out').iterdir()] == ['scores.json']
    scores = read_scores(tmp_path / 'out' / 'scores.json')
    (video,) = scores.videos
    assert (video.name, video.num_segments) == (str(tmp_path / 'gate.mp4'), 5)
    assert (scores.made_by['scoring'], scores.made_by['bag_size']) == ('bags', 3)
    assert scores.rule == EventRule(0.5)
    out = capsys.readouterr().out
    assert 'gate.mp4: 5 segments, highest score' in out and 'real-time factor' in out


def test_ranked_segments_differ_inside_of_a_bag_and_the_scores_file_says_so(command, tmp_path):
    def scored(name, *flags):
        assert command('--out-dir', tmp_path / name, *flags) == 0
        return read_scores(tmp_path / name / 'scores.json')

    ranked, plain = scored('ranked', '--segment-ranking', '1'), scored('plain')
    assert ranked.made_by['segment_ranking'] == 1 and plain.made_by['segment_ranking'] == 0
    assert len(set(ranked.videos[0].scores)) == 5 and len(set(plain.videos[0].scores)) == 2
    np.testing.assert_array_equal(ranked.videos[0].attention, plain.videos[0].attention)


def test_one_bad_file_gives_status_1_and_a_message(command, tmp_path, capsys):
    good = write_video(tmp_path / 'yard.mp4', numbered_frames(20))
    bad = tmp_path / 'bad.mp4'
    bad.write_bytes(b'no video')
    assert command('--out-dir', tmp_path / 'out', inputs=(bad, good)) == 1
    assert f'failed: {bad}: {bad}: FFmpeg cannot open it' in capsys.readouterr().err
    found = read_scores(tmp_path / 'out' / 'scores.json').videos
    assert [video.num_segments for video in found] == [0, 2]


def test_a_damaged_file_is_refused_or_scored_with_what_it_misses(command, tmp_path, capsys):
    noise = np.random.default_rng(0).integers(0, 30, (120, 64, 96, 3), np.uint8)
    path = write_video(tmp_path / 'torn.mkv', numbered_frames(120) + noise)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 400] = np.random.default_rng(1).bytes(400)
    path.write_bytes(data)
    assert command(inputs=(path,)) == 1
    assert 'torn.mkv: truncated or damaged' in capsys.readouterr().err
    assert command('--allow-truncated', '--out-dir', tmp_path / 'out', inputs=(path,)) == 0
    assert 'incomplete: the file is damaged: read ' in capsys.readouterr().out
    (video,) = read_scores(tmp_path / 'out' / 'scores.json').videos
    assert video.incomplete.startswith('the file is damaged')


@pytest.mark.parametrize('more', [(), ('--live',)])
def test_a_pipe_named_as_a_video_does_not_block(command, tmp_path, capsys, more):
    os.mkfifo(tmp_path / 'pipe.mp4')
    assert command(*more, inputs=(tmp_path / 'pipe.mp4',)) == 2 - (not more)
    assert 'pipe.mp4: expected a file, got a pipe' in capsys.readouterr().err


def test_features_beyond_all_bounds_do_not_stop_the_run(flags, tmp_path, capsys):
    write_checkpoint(tmp_path / 'best.pth', detector_config(), seed=2)
    huge = 3e38 * np.random.default_rng(0).choice([-1, 1], (4, 5, CHANNELS))
    np.save(tmp_path / 'huge.npy', huge.astype(np.float32))
    np.save(tmp_path / 'plain.npy', np.ones((4, 5, CHANNELS), np.float32))
    inputs = [str(tmp_path / name) for name in ('huge.npy', 'plain.npy')]
    assert main([*inputs, *flags]) == 1
    out, err = capsys.readouterr()
    assert 'huge.npy: segment 0 has no score' in err and 'plain.npy: 4 segments' in out


def test_feature_files_of_an_untrained_extractor_are_told(flags, tmp_path, capsys):
    path = tmp_path / 'a.npy'
    np.save(path, np.ones((4, 5, CHANNELS), np.float32))
    features = dict(tail='ceil', dtype='float32')
    write_json(record_path(path), dict(format=FORMAT, features=features, weights='random, seed 3'))
    plain = flags[: flags.index('--extractor')]
    assert main([str(path), *plain, '--out-dir', str(tmp_path / 'out')]) == 0
    error = capsys.readouterr().err
    assert error.count('untrained network (random, seed 3)') == error.count('not calibrated') == 1
    made_by = read_scores(tmp_path / 'out' / 'scores.json').made_by
    assert made_by['extractor_weights'] == 'random, seed 3'


def test_live_prints_a_line_a_segment_and_the_start_and_end_of_events(command, capsys):
    assert command('--live', '--threshold', '0') == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith('segment') for line in lines) == 5
    events = [line for line in lines if line.startswith('EVENT')]
    assert len(events) == 2
    assert events[0].startswith('EVENT 1 starts at 0:00') and 'EVENT 1 ends at 0:02.8' in events[1]


def test_without_a_folder_the_events_are_printed(command, tmp_path, capsys):
    assert command('--threshold', '0') == 0
    first, second = capsys.readouterr().out.splitlines()[-2:]
    assert 'gate.mp4: 5 segments, highest score ' in first and ', 1 event, ' in first
    assert second.startswith('  event 1  0:00 to 0:02.8  peak 0.')
    assert command('--threshold', '0', '--out-dir', tmp_path / 'out') == 0
    assert capsys.readouterr().out.splitlines()[-1].count('gate.mp4: 5 segments') == 1


@pytest.mark.parametrize('live', [[], ['--live']])
def test_what_is_doubtful_is_told_before_the_first_score(command, live, capfd):
    assert command(*live) == 0
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith('warning: ')]
    assert lines == [
        'warning: The features are those of an untrained network (random, seed 0), for trials '
        'only.',
        'warning: The threshold of 0.5 is not calibrated: how many false alarms it gives is not '
        'known. mmvad calibrate chooses one from normal videos.',
    ]


@pytest.mark.parametrize(
    ('live', 'asked', 'expected'),
    [
        (['--live'], [], 'sliding'),
        (['--live'], ['--scoring', 'bags'], 'bags'),
        ([], [], 'bags'),
        ([], ['--scoring', 'sliding'], 'sliding'),
    ],
)
def test_live_means_sliding_unless_asked_otherwise(command, tmp_path, live, asked, expected):
    assert command(*live, *asked, '--threshold', '0.5', '--out-dir', tmp_path / 'out') == 0
    path = tmp_path / 'out' / ('live.jsonl' if live else 'scores.json')
    assert read_scores(path).made_by['scoring'] == expected


@pytest.mark.parametrize(
    ('flags_of_case', 'message'),
    [
        (['--device', 'cuda:99'], "device 'cuda:99' cannot be used: "),
        (['--device', 'abacus'], "device 'abacus' cannot be used: "),
        (['--threshold', '1.5'], 'threshold must lie in [0, 1], got 1.5'),
        (['--weights', 'absent.pth'], 'checkpoint not found: absent.pth'),
        (['--detector', 'salient_ufc'], "no config named 'salient_ufc'"),
        (['--detector', 'salient_ucf'], 'does not hold the weights'),
        (['--threshold-file', 'absent.json'], 'no calibrated threshold at absent.json'),
        (['--bag-size', '0'], 'bag_size must be at least 1, got 0'),
        (['--fps', '0'], 'fps must be a positive number, got 0'),
        (['--live', '--fps', '0'], 'fps must be a positive number, got 0'),
        (['--report'], '--report draws into --out-dir; give one'),
        (['--live', '--annotations', 'test.json'], '--annotations is about files'),
        (['--reconnects', '3'], '--reconnects needs --live'),
        (['--live', '--reconnects', '0'], '--reconnects must be at least 1, or -1, got 0'),
    ],
)
def test_wrong_settings_give_status_2_and_a_message(command, flags_of_case, message, capsys):
    assert command(*flags_of_case) == 2
    assert message in capsys.readouterr().err


def test_unfit_outputs_and_inputs_give_status_2(command, tmp_path, capsys):
    (tmp_path / 'file').touch()
    for folder in (tmp_path / 'file', tmp_path / 'file' / 'below'):
        assert command('--out-dir', folder) == 2
        assert f'cannot write to {folder}' in capsys.readouterr().err
    assert command('--live', inputs=('a.mp4', 'b.mp4')) == 2
    assert '--live takes one source, got 2' in capsys.readouterr().err
    assert command(inputs=('a.mp4', 'a.mp4')) == 2
    assert 'given twice: a.mp4' in capsys.readouterr().err
    assert command('--live', inputs=('absent.mp4',)) == 2
    assert 'absent.mp4' in capsys.readouterr().err


def test_flags_are_checked_before_anything_is_loaded(tmp_path):
    args = build_parser().parse_args(
        ['a.mp4', '--detector', 'absent', '--weights', 'absent.pth', '--out-dir', str(tmp_path)]
    )
    check_arguments(args)
    args.report, args.out_dir = True, None
    with pytest.raises(ValueError, match='--report draws into --out-dir'):
        check_arguments(args)


def test_live_without_an_extractor_is_refused(tmp_path, capsys):
    weights = write_checkpoint(tmp_path / 'best.pth', detector_config(channels=2048))
    flags = ['x.mp4', '--detector', 'salient_ucf', '--weights', str(weights), '--live']
    assert main(flags) == 2
    assert 'error: --extractor: ' in capsys.readouterr().err


def test_annotations_stand_in_the_scores_file(command, tmp_path, capsys):
    path = tmp_path / 'test.json'
    entry = make_entry('gate', 'Fighting', 70, [(20, 50)])
    save_annotations(path, make_metainfo('mine', 'test', 'ceil'), [entry])
    other = write_video(tmp_path / 'roof.mp4', numbered_frames(20))
    flags = ['--annotations', path, '--out-dir', tmp_path / 'out']
    assert command(*flags, inputs=(tmp_path / 'gate.mp4', other)) == 0
    scores = read_scores(tmp_path / 'out' / 'scores.json')
    gate, roof = scores.videos
    assert (gate.label, gate.category, gate.annotated_events) == (1, 'Fighting', ((20, 50),))
    assert roof.label is None and scores.metainfo['dataset'] == 'mine'
    assert command(*flags, inputs=(other,)) == 2
    assert 'none of the videos is annotated' in capsys.readouterr().err


def test_annotation_that_does_not_fit_is_the_error_of_its_input(command, tmp_path, capsys):
    path = tmp_path / 'test.json'
    entry = make_entry('gate', 'Fighting', 7000, [(20, 6000)])
    save_annotations(path, make_metainfo('mine', 'test', 'ceil'), [entry])
    inputs = tmp_path / 'gate.mp4', write_video(tmp_path / 'roof.mp4', numbered_frames(20))
    assert command('--annotations', path, '--out-dir', tmp_path / 'out', inputs=inputs) == 1
    gate, roof = read_scores(tmp_path / 'out' / 'scores.json').videos
    assert gate.error.startswith('its annotation does not fit: ')
    assert roof.error is None and roof.num_segments == 2
    assert 'its annotation does not fit' in capsys.readouterr().err


def test_events_are_cut_as_the_flags_say(command, tmp_path, capsys):
    flags = ['--low-ratio', '0.5', '--min-seconds', '2', '--merge-seconds', '3']
    out = tmp_path / 'out'
    assert command('--threshold', '0.25', *flags, '--out-dir', out) == 0
    assert read_scores(out / 'scores.json').rule == EventRule(0.25, 0.5, 2, 3)
    assert command(*flags) == 2
    assert '--low-ratio, --min-seconds, --merge-seconds: give them together with --threshold' in (
        capsys.readouterr().err
    )


def test_file_names_that_are_no_utf8_go_through(inferencer, tmp_path, capsys):
    name = os.fsdecode(b'caf\xe9.mp4')
    video = write_video(tmp_path / 'plain.mp4', numbered_frames(20)).rename(tmp_path / name)
    bad = tmp_path / os.fsdecode(b'b\xe9d.mp4')
    bad.write_bytes(b'no video')
    scores = score_files(inferencer, [str(video), str(bad)], tmp_path / 'out')
    assert tell(scores) == 1
    assert read_scores(tmp_path / 'out' / 'scores.json').videos[0].name == str(video)
    assert 'b\\udce9d.mp4' in capsys.readouterr().err


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_live_run_with_what_was_scored(flags, tmp_path, number):
    with start(flags, tmp_path, 'long', '--live') as process:
        lines = read_segments(process, 2)
        process.send_signal(number)
        lines += process.stdout.readlines()
        assert process.wait() == 0
    (video,) = read_scores(tmp_path / 'out' / 'live.jsonl').videos
    assert video.incomplete == 'interrupted'
    assert video.num_segments == sum(line.startswith('segment') for line in lines)
    assert lines[-1].endswith('interrupted\n')


def test_features_beyond_all_bounds_fail_their_input_and_not_the_run(flags, tmp_path, capsys):
    paths = [tmp_path / f'{name}.npy' for name in 'abc']
    features = np.random.default_rng(0).random((6, 5, CHANNELS), np.float32)
    for path, scale in zip(paths, (1.0, 1e38, 1.0), strict=True):
        signs = np.where(features > 0.5, 1, -1)
        np.save(path, (features * signs * scale).astype(np.float32))
    assert main([*map(str, paths), *flags, '--out-dir', str(tmp_path / 'out')]) == 1
    first, second, third = read_scores(tmp_path / 'out' / 'scores.json').videos
    assert first.num_segments == third.num_segments == 6
    assert second.error == 'segment 0 has no score: its features are too large for the detector'
    assert f'failed: {paths[1]}: {second.error}' in capsys.readouterr().err


def test_nan_inside_of_a_detector_with_finite_weights_fails_the_input(flags, tmp_path):
    path = tmp_path / 'best.pth'
    content = torch.load(path, weights_only=True)
    for value in content['state_dict'].values():
        value.copy_(torch.where(value > 0, 3e38, -3e38))
    torch.save(content, path)
    for name in 'ab':
        np.save(tmp_path / f'{name}.npy', np.ones((3, 5, CHANNELS), np.float32))
    paths = [str(tmp_path / f'{name}.npy') for name in 'ab']
    assert main([*paths, *flags, '--out-dir', str(tmp_path / 'out')]) == 1
    videos = read_scores(tmp_path / 'out' / 'scores.json').videos
    assert [video.error[:22] for video in videos] == ['segment 0 has no score'] * 2


def test_a_live_run_that_is_killed_keeps_every_line_that_it_told(flags, tmp_path):
    with start(flags, tmp_path, 'long', '--live', '--threshold', '0') as process:
        lines = read_segments(process, 5)
        process.kill()
        lines += process.stdout.readlines()
        assert process.wait() == -signal.SIGKILL
    told = [line for line in lines if line.endswith('\n') and line.startswith('segment')]
    assert len(told) >= 5
    scores = read_scores(tmp_path / 'out' / 'live.jsonl')
    (video,) = scores.videos
    assert video.num_segments >= len(told)
    for line, score in zip(told, video.scores, strict=False):
        assert line.endswith(f'score {score:.4f}\n')
    assert video.incomplete == 'the run has not ended, or was killed'
    assert len(video.events) == 1 and scores.rule == EventRule(0.0)


def test_a_run_over_files_that_is_killed_keeps_the_videos_that_are_done(flags, tmp_path):
    write_video(tmp_path / 'short.mp4', numbered_frames(20))
    with socket.create_server(('127.0.0.1', 0)) as silent:
        silent.settimeout(120)
        address = f'http://127.0.0.1:{silent.getsockname()[1]}/never.mp4'
        with start(flags, tmp_path, 'short', inputs=[address]) as process:
            connection, _ = silent.accept()  # it asks for the second video: the first is done
            process.kill()
            process.wait()
        connection.close()
    assert not (tmp_path / 'out' / 'scores.json').exists()
    (video,) = read_scores(tmp_path / 'out' / 'scores.jsonl').videos
    assert video.name == str(tmp_path / 'short.mp4') and video.num_segments == 2


def read_segments(process, count):
    """Read lines until so many segments were told."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if sum(line.startswith('segment') for line in lines) == count:
            return lines
    raise AssertionError(f'the run ended: {"".join(lines)}')


def start(flags, folder, name, *more, inputs=()):
    """Start the command in a process of its own, over a video of this name."""
    video = folder / f'{name}.mp4'
    if not video.exists():
        write_video(video, numbered_frames(16 * 400), codec='mpeg4')
    command = [sys.executable, '-c', KILLABLE, str(video), *inputs, *flags]
    paths = os.pathsep.join(map(str, (REPOSITORY, REPOSITORY / 'tests')))
    return subprocess.Popen(
        [*command, '--scoring', 'sliding', '--out-dir', str(folder / 'out'), *more],
        stdout=subprocess.PIPE,
        pipesize=4096,  # a live run waits for its reader, so that it cannot end before its time
        text=True,
        env={**os.environ, 'PYTHONPATH': paths},
    )
