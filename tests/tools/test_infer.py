import os
import signal

import pytest
from toy_data import dump_config, load_tool
from toy_detector import detector_config, write_checkpoint, write_extractor_config
from video_files import numbered_frames, write_video

from mmvad.apis import inference_run
from mmvad.apis.results import read_results
from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations


@pytest.fixture
def command(tmp_path):
    cfg = detector_config()
    weights = write_checkpoint(tmp_path / 'best.pth', cfg)
    cfg.experiment_name = 'infer'
    config = dump_config(cfg, tmp_path / 'detector.py')
    extractor = write_extractor_config(tmp_path)
    video = write_video(tmp_path / 'gate.mp4', numbered_frames(70))
    flags = ['--detector', config, '--weights', weights, '--extractor', extractor]

    def run(*more, inputs=(video,)):
        arguments = [*inputs, *flags, '--random-extractor', '0', *more]
        return load_tool('infer').main([str(argument) for argument in arguments])

    return run


def test_a_video_becomes_document_picture_and_video(command, tmp_path, capsys):
    assert command('--out-dir', tmp_path / 'out', '--report', tmp_path / 'run.html') == 0
    assert {path.name for path in (tmp_path / 'out').iterdir()} == {
        'gate.png',
        'gate_annotated.mp4',
        'results.csv',
        'results.json',
    }
    assert (tmp_path / 'run.html').is_file()
    out = capsys.readouterr().out
    assert 'gate.mp4: 5 segments, highest score' in out and 'real-time factor' in out


def test_one_bad_file_gives_status_1_and_a_message(command, tmp_path, capsys):
    good = write_video(tmp_path / 'yard.mp4', numbered_frames(20))
    bad = tmp_path / 'bad.mp4'
    bad.write_bytes(b'no video')
    assert command('--out-dir', tmp_path / 'out', '--no-videos', inputs=(bad, good)) == 1
    assert f'failed: {bad}: {bad}: FFmpeg cannot open it' in capsys.readouterr().err
    entries = read_results(tmp_path / 'out' / 'results.json')['videos']
    assert [entry['num_segments'] for entry in entries] == [0, 2]


def test_live_prints_a_line_a_segment(command, capsys):
    assert command('--live', '--mode', 'sliding', '--threshold', '0') == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith('segment')]
    assert len(lines) == 5 and all(line.endswith('ALARM') for line in lines)


@pytest.mark.parametrize(
    ('flags', 'message'),
    [
        (['--device', 'cuda:99'], "device 'cuda:99' cannot be used: "),
        (['--device', 'abacus'], "device 'abacus' cannot be used: "),
        (['--threshold', '1.5'], 'threshold must lie in [0, 1], got 1.5'),
        (['--weights', 'absent.pth'], 'checkpoint not found: absent.pth'),
        (['--detector', 'salient_ufc'], "no config named 'salient_ufc'"),
        (['--detector', 'salient_ucf'], 'does not hold the weights'),
        (['--threshold-file', 'absent.json'], 'no calibrated threshold at absent.json'),
    ],
)
def test_wrong_settings_give_status_2_and_a_message(command, flags, message, capsys):
    assert command(*flags) == 2
    assert message in capsys.readouterr().err


def test_unfit_outputs_and_live_sources_give_status_2(command, tmp_path, capsys):
    (tmp_path / 'file').touch()
    assert command('--out-dir', tmp_path / 'file') == 2
    assert 'cannot write to' in capsys.readouterr().err
    assert command('--live', inputs=('a.mp4', 'b.mp4')) == 2
    assert '--live takes one source, got 2' in capsys.readouterr().err
    assert command(inputs=('a.mp4', 'a.mp4')) == 2
    assert 'given twice: a.mp4' in capsys.readouterr().err


def test_live_without_an_extractor_is_refused(tmp_path, capsys):
    weights = write_checkpoint(tmp_path / 'best.pth', detector_config(channels=2048))
    flags = ['x.mp4', '--detector', 'salient_ucf', '--weights', str(weights), '--live']
    assert load_tool('infer').main(flags) == 2
    assert '--live needs --extractor' in capsys.readouterr().err


def test_annotations_become_the_ground_truth_of_document_and_page(command, tmp_path, capsys):
    path = tmp_path / 'test.json'
    entry = make_entry('gate', 'Fighting', 70, [(20, 50)])
    save_annotations(path, make_metainfo('mine', 'test', 'ceil'), [entry])
    flags = ['--annotations', path, '--out-dir', tmp_path / 'out', '--report', tmp_path / 'r.html']
    assert command(*flags, '--no-videos', '--embed-videos') == 0
    (video,) = read_results(tmp_path / 'out' / 'results.json')['videos']
    assert video['ground_truth'] == [[20, 50]]
    page = (tmp_path / 'r.html').read_text()
    assert '"groundTruth":[[20,50]]' in page and 'data:video/mp4;base64,' in page
    other = write_video(tmp_path / 'roof.mp4', numbered_frames(20))
    assert command(*flags, inputs=(other,)) == 2
    assert 'none of the inputs is annotated' in capsys.readouterr().err


def test_events_are_cut_as_the_flags_say(command, tmp_path, capsys):
    flags = ['--low-ratio', '0.5', '--min-segments', '2', '--merge-gap', '3']
    out = tmp_path / 'out'
    assert command('--threshold', '0.25', *flags, '--out-dir', out, '--no-videos') == 0
    assert read_results(out / 'results.json')['threshold'] == dict(
        threshold=0.25, low_ratio=0.5, min_segments=2, merge_gap=3, low_threshold=0.125
    )
    assert command(*flags) == 2
    assert 'to be given together with --threshold' in capsys.readouterr().err


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_live_run_with_what_was_scored(command, tmp_path, monkeypatch, number):
    told = []
    describe = inference_run.describe_score

    def stop_after_two(*args):
        told.append(args)
        if len(told) == 2:
            os.kill(os.getpid(), number)
        return describe(*args)

    monkeypatch.setattr(inference_run, 'describe_score', stop_after_two)
    # a shell's background jobs are born deaf to Ctrl-C
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert command('--live', '--mode', 'sliding', '--out-dir', tmp_path / 'out') == 0
    finally:
        signal.signal(signal.SIGINT, before)
    (entry,) = read_results(tmp_path / 'out' / 'results.json')['videos']
    assert entry['incomplete'] == 'interrupted' and len(entry['scores']) == 2
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_an_interrupt_between_files_keeps_the_ones_before(command, tmp_path, monkeypatch, capsys):
    videos = [write_video(tmp_path / f'{name}.mp4', numbered_frames(20)) for name in 'ab']
    write = inference_run.write_annotated_video

    def interrupt(source, *args):
        if source.endswith('b.mp4'):
            os.kill(os.getpid(), signal.SIGTERM)
        write(source, *args)

    monkeypatch.setattr(inference_run, 'write_annotated_video', interrupt)
    assert command('--out-dir', tmp_path / 'out', inputs=videos) == 130
    assert 'interrupted; what was scored is kept' in capsys.readouterr().err
    assert len(read_results(tmp_path / 'out' / 'results.json')['videos']) == 2
    assert not list((tmp_path / 'out').glob('*b_annotated*'))


@pytest.mark.parametrize(
    ('flags', 'message'),
    [
        (['--embed-videos'], '--embed-videos needs --report'),
        (['--live', '--annotations', 'test.json'], '--annotations is about files'),
    ],
)
def test_flags_that_would_do_nothing_are_refused(command, flags, message, capsys):
    assert command(*flags) == 2
    assert message in capsys.readouterr().err
