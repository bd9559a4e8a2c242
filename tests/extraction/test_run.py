"""Extraction as a user runs it: whole, cut short by SIGKILL, in shards, with bad videos."""

import json
import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from toy_data import REPOSITORY
from video_files import write_video as write_test_video

from mmvad.cli.extract import main
from mmvad.datasets.feature_record import common_record, read_record, record_path
from mmvad.extraction.build import load_extractor
from mmvad.extraction.features import iter_features

av = pytest.importorskip('av')

CONFIG = """
custom_imports = dict(imports=['mmvad'])
default_scope = 'mmaction'
extractor = dict(
    backbone=dict(type='InceptionI3d', in_channels=3),
    weights=None,
    weights_ignore=['logits.'],
    feature_channels=1024,
    mean=[127.5, 127.5, 127.5],
    std=[127.5, 127.5, 127.5],
    resize=dict(short_side=36),
    crop_size=32,
    crops='five',
    tail='ceil',
)
"""


def write_video(path, num_frames, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = np.random.default_rng(seed).integers(0, 255, (num_frames, 40, 48, 3), np.uint8)
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('mpeg4', rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 40, 'yuv420p'
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, 'rgb24')))
        container.mux(stream.encode())


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp('config') / 'features.py'
    path.write_text(CONFIG)
    return path


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp('videos')
    for index, num_frames in enumerate((40, 16, 33, 50)):
        write_video(folder / 'gate' / f'cam{index}.mp4', num_frames, index)
    return folder


@pytest.fixture(scope='module')
def whole(config, videos, tmp_path_factory):
    """The features of an uninterrupted run."""
    out = tmp_path_factory.mktemp('whole')
    assert extract(videos, out, config) == 0
    return out


def arguments(videos, out, config, *more):
    fixed = ['--config', str(config), '--random-weights', '0', '--batch-size', '4']
    return [str(videos), str(out), *fixed, *more]


def extract(videos, out, config, *more):
    return main(arguments(videos, out, config, *more))


def start(videos, out, config, *more):
    command = [sys.executable, '-W', 'ignore', REPOSITORY / 'tools' / 'extract_features.py']
    environment = dict(os.environ, OMP_NUM_THREADS='1')
    return subprocess.Popen(
        [*command, *arguments(videos, out, config, *more)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob('*'))
        if path.is_file()
    }


def test_a_file_a_video_with_a_record(whole, videos):
    for index, num_segments in enumerate((3, 1, 3, 4)):
        path = whole / 'gate' / f'cam{index}.npy'
        assert np.load(path).shape == (num_segments, 5, 1024)
        record = read_record(record_path(path))
        assert record['segments'] == num_segments
        assert record['video']['num_frames'] == (40, 16, 33, 50)[index]
        assert record['features']['tail'] == 'ceil'
        assert record['weights'] == 'random, seed 0'
        assert record['source']['file'] == f'cam{index}.mp4'
    assert common_record(whole.rglob('*.npy'))['crops'][0] == 'centre'


def test_batches_change_features_by_rounding_only(whole, videos, config):
    loaded = load_extractor(config, random_seed=0)
    path = videos / 'gate' / 'cam0.mp4'
    one_by_one = [piece for _, piece in iter_features(path, loaded.network, loaded.settings)]
    expected = np.load(whole / 'gate' / 'cam0.npy')
    np.testing.assert_allclose(np.concatenate(one_by_one), expected, rtol=1e-4, atol=1e-4)


def test_a_second_run_keeps_what_is_there(whole, videos, config, capsys):
    before = {path: path.stat().st_mtime_ns for path in whole.rglob('*.npy')}
    assert extract(videos, whole, config) == 0
    assert '0 extracted, 4 kept, 0 failed' in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in whole.rglob('*.npy')} == before


def test_killed_and_started_again_gives_the_bytes_of_an_uninterrupted_run(
    whole, videos, config, tmp_path
):
    killed = f"""
import os, signal
from pathlib import Path
from mmvad.extraction.build import load_extractor
from mmvad.extraction.run import extract_videos
from mmvad.extraction.videos import find_videos

def progress(frames, share):
    if share > 0.6:
        os.kill(os.getpid(), signal.SIGKILL)

extractor = load_extractor({str(config)!r}, random_seed=0)
extract_videos(find_videos(Path({str(videos)!r})), Path('out'), extractor, 4, progress=progress)
"""
    command = [sys.executable, '-W', 'ignore', '-c', killed]
    environment = dict(os.environ, OMP_NUM_THREADS='1', PYTHONPATH=str(REPOSITORY))
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL
    out = tmp_path / 'out'
    finished = [path.name for path in out.rglob('*.npy') if not path.name.startswith('.')]
    assert 1 <= len(finished) < 4
    assert extract(videos, out, config) == 0
    assert contents(out) == contents(whole)


def test_a_leftover_of_a_killed_run_is_removed(whole, videos, config, tmp_path):
    shutil.copytree(whole, tmp_path / 'out')
    folder = tmp_path / 'out' / 'gate'
    code = f"from mmvad.temporary_files import *; make_temporary(Path({str(folder)!r}), 'cam1.npy')"
    subprocess.run([sys.executable, '-c', code], check=True, cwd=REPOSITORY)
    assert list(folder.glob('.cam1-*'))
    assert extract(videos, tmp_path / 'out', config) == 0
    assert contents(tmp_path / 'out') == contents(whole)


def test_two_shards_in_two_processes_give_the_files_of_one(whole, videos, config, tmp_path):
    processes = [start(videos, tmp_path, config, '--shard', f'{i}/2') for i in (1, 2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert contents(tmp_path) == contents(whole)


def test_other_settings_make_the_files_anew(whole, videos, config, tmp_path, capsys):
    shutil.copytree(whole, tmp_path / 'out')
    assert extract(videos, tmp_path / 'out', config, '--tail', 'floor') == 0
    assert '4 extracted, 0 kept' in capsys.readouterr().out
    assert np.load(tmp_path / 'out' / 'gate' / 'cam0.npy').shape[0] == 2


def test_a_changed_video_is_extracted_anew(whole, videos, config, tmp_path, capsys):
    shutil.copytree(whole, tmp_path / 'out')
    shutil.copytree(videos, tmp_path / 'videos')
    write_video(tmp_path / 'videos' / 'gate' / 'cam1.mp4', 20, seed=9)
    assert extract(tmp_path / 'videos', tmp_path / 'out', config) == 0
    assert '1 extracted, 3 kept' in capsys.readouterr().out


def test_a_damaged_feature_file_is_made_anew(whole, videos, config, tmp_path):
    shutil.copytree(whole, tmp_path / 'out')
    path = tmp_path / 'out' / 'gate' / 'cam2.npy'
    path.write_bytes(path.read_bytes()[:-10])
    assert extract(videos, tmp_path / 'out', config) == 0
    assert contents(tmp_path / 'out') == contents(whole)


def test_bad_videos_are_named_and_do_not_stop_the_rest(videos, config, tmp_path, capsys):
    shutil.copytree(videos, tmp_path / 'videos')
    (tmp_path / 'videos' / 'gate' / 'broken.mp4').write_bytes(b'no video')
    write_video(tmp_path / 'videos' / 'gate' / 'short.mp4', 7)
    out = tmp_path / 'out'
    assert extract(tmp_path / 'videos', out, config, '--tail', 'floor') == 1
    printed = capsys.readouterr().out
    assert '4 extracted, 0 kept, 2 failed' in printed
    assert 'failed: gate/broken: ' in printed
    failed = json.loads((out / 'failed.json').read_text())
    assert list(failed) == ['gate/broken', 'gate/short']
    assert "7 frames give no segment with tail 'floor'" in failed['gate/short']
    assert not (out / 'gate' / 'short.npy').exists()
    (tmp_path / 'videos' / 'gate' / 'broken.mp4').unlink()
    (tmp_path / 'videos' / 'gate' / 'short.mp4').unlink()
    assert extract(tmp_path / 'videos', out, config, '--tail', 'floor') == 0
    assert not (out / 'failed.json').exists()


@pytest.mark.parametrize('count', [20, 400])  # of the longer one, a thread is still decoding
def test_a_row_that_is_not_finite_fails_its_video(tmp_path, count):
    write_video(tmp_path / 'videos' / 'a.mp4', count)
    wrong = tmp_path / 'endless.py'
    wrong.write_text(CONFIG.replace('std=[127.5, 127.5, 127.5]', 'std=[1e-38, 1e-38, 1e-38]'))
    out = tmp_path / 'out'
    assert extract(tmp_path / 'videos', out, wrong) == 1
    assert 'a.mp4: the features of segment 0 hold NaN or Inf' in failures(out)['a']
    assert not (out / 'a.npy').exists()


def failures(out):
    return json.loads((out / 'failed.json').read_text())


def test_features_of_a_source_that_cannot_be_reached_stay(whole, videos, config, tmp_path):
    shutil.copytree(whole, tmp_path / 'out')
    shutil.copytree(videos, tmp_path / 'videos')
    listing = tmp_path / 'videos' / 'all.txt'
    listing.write_text(''.join(f'gate/cam{index}.mp4\n' for index in range(4)))
    (tmp_path / 'videos' / 'gate').rename(tmp_path / 'unmounted')
    assert extract(listing, tmp_path / 'out', config) == 1
    failed = failures(tmp_path / 'out')
    assert list(failed) == [f'gate/cam{index}' for index in range(4)]
    assert 'No such file' in failed['gate/cam0'] and 'cam0.npy of an earlier' in failed['gate/cam0']
    (tmp_path / 'out' / 'failed.json').unlink()
    assert contents(tmp_path / 'out') == contents(whole)


def test_features_of_a_video_that_changed_and_cannot_be_read_stay(whole, videos, config, tmp_path):
    shutil.copytree(whole, tmp_path / 'out')
    shutil.copytree(videos, tmp_path / 'videos')
    (tmp_path / 'videos' / 'gate' / 'cam1.mp4').write_bytes(b'no video')
    assert extract(tmp_path / 'videos', tmp_path / 'out', config) == 1
    assert 'which state of the video' in failures(tmp_path / 'out')['gate/cam1']
    (tmp_path / 'out' / 'failed.json').unlink()
    assert contents(tmp_path / 'out') == contents(whole)


def test_of_a_video_that_fails_only_what_is_not_whole_is_removed(whole, videos, config, tmp_path):
    shutil.copytree(whole, tmp_path / 'out')
    gate = tmp_path / 'out' / 'gate'
    (gate / 'cam0.npy').write_bytes((gate / 'cam0.npy').read_bytes()[:-10])
    (gate / 'cam1.record.json').unlink()
    (gate / 'cam2.npy').unlink()
    np.save(gate / 'cam3.npy', np.zeros((9, 5, 1024), np.float32))
    listing = videos / 'absent.txt'
    listing.write_text(''.join(f'gate/cam{index}.mp4\n' for index in range(4)))
    assert extract(listing, tmp_path / 'out', config, '--root', str(tmp_path)) == 1
    listing.unlink()
    left = {path.name for path in gate.iterdir()}
    assert left == {'cam1.npy', 'cam3.npy', 'cam3.record.json'}
    failed = failures(tmp_path / 'out')
    assert 'cam1.npy, which has no record, stays' in failed['gate/cam1']
    assert 'cam3.npy stays, but its record' in failed['gate/cam3']


@pytest.mark.parametrize('flags', [('--batch-size', '0'), ('--workers', '-1')])
def test_a_wrong_flag_is_refused_and_leaves_the_features_alone(
    whole, videos, config, tmp_path, flags, capsys
):
    shutil.copytree(whole, tmp_path / 'out')
    assert extract(videos, tmp_path / 'out', config, '--tail', 'floor', *flags) == 2
    assert 'batch_size must be positive and ahead not negative' in capsys.readouterr().err
    assert contents(tmp_path / 'out') == contents(whole)


def test_a_network_of_another_width_ends_the_run_and_leaves_the_features_alone(
    whole, videos, tmp_path
):
    shutil.copytree(whole, tmp_path / 'out')
    wrong = tmp_path / 'wrong.py'
    wrong.write_text(CONFIG.replace('feature_channels=1024', 'feature_channels=2048'))
    with pytest.raises(RuntimeError, match='does not fit its config: expected maps of 2048'):
        extract(videos, tmp_path / 'out', wrong)
    assert contents(tmp_path / 'out') == contents(whole)


def test_a_bad_video_of_one_rank_does_not_stop_the_other(config, tmp_path):
    (tmp_path / 'videos').mkdir()
    (tmp_path / 'videos' / 'broken.mp4').write_bytes(b'no video')  # alone on the first rank
    write_video(tmp_path / 'videos' / 'long.mp4', 600)
    listing = tmp_path / 'videos' / 'two.txt'
    listing.write_text('broken.mp4\nlong.mp4\n')
    out = tmp_path / 'out'
    command = [sys.executable, '-W', 'ignore', '-m', 'torch.distributed.run', '--standalone']
    tool = REPOSITORY / 'tools' / 'extract_features.py'
    flags = arguments(listing, out, config, '--launcher', 'pytorch')
    environment = dict(os.environ, OMP_NUM_THREADS='1')
    done = subprocess.run(
        [*command, '--nproc-per-node', '2', tool, *flags],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    assert 'failed: broken: ' in done.stdout
    assert np.load(out / 'long.npy').shape == (38, 5, 1024)
    assert not list(out.rglob('.*'))


def test_files_of_different_making_may_not_be_mixed(whole, videos, config, tmp_path):
    shutil.copytree(whole, tmp_path / 'out')
    extract(videos / 'gate' / 'cam3.mp4', tmp_path / 'out' / 'gate', config, '--crops', 'centre')
    with pytest.raises(ValueError, match=r'made differently and may not be mixed: .* crops: '):
        common_record(sorted((tmp_path / 'out').rglob('*.npy')))
    record_path(tmp_path / 'out' / 'gate' / 'cam3.npy').unlink()
    with pytest.raises(ValueError, match=r'1 feature files have no record .* the others do'):
        common_record(sorted((tmp_path / 'out').rglob('*.npy')))


def test_audio_has_a_row_a_segment_of_the_video(tmp_path):
    (tmp_path / 'videos').mkdir()
    frames = np.zeros((40, 40, 48, 3), np.uint8)
    sound = np.sin(np.arange(2 * 16000) / 10).astype(np.float32)
    write_test_video(tmp_path / 'videos' / 'loud.mkv', frames, audio=(sound, 16000))
    write_test_video(tmp_path / 'videos' / 'silent.mp4', frames)
    config = REPOSITORY / 'configs' / 'features' / 'vggish.py'
    assert extract(tmp_path / 'videos', tmp_path / 'out', config, '--tail', 'ceil') == 1
    assert np.load(tmp_path / 'out' / 'loud.npy').shape == (3, 128)
    record = read_record(record_path(tmp_path / 'out' / 'loud.npy'))
    assert (record['features']['modality'], record['segments']) == ('audio', 3)
    assert list(json.loads((tmp_path / 'out' / 'failed.json').read_text())) == ['silent']


def test_a_record_that_says_sound_stays_up_to_date(tmp_path, capsys):
    (tmp_path / 'videos').mkdir()
    write_test_video(
        tmp_path / 'videos' / 'a.mkv',
        np.zeros((40, 40, 48, 3), np.uint8),
        audio=(np.zeros(32000, np.float32), 16000),
    )
    config = REPOSITORY / 'configs' / 'features' / 'vggish.py'
    assert extract(tmp_path / 'videos', tmp_path / 'out', config) == 0
    path = tmp_path / 'out' / 'a.record.json'
    path.write_text(path.read_text().replace('"modality": "audio"', '"modality": "sound"'))
    old = path.read_bytes()
    assert b'sound' in old
    assert extract(tmp_path / 'videos', tmp_path / 'out', config) == 0
    assert '0 extracted, 1 kept' in capsys.readouterr().out
    assert path.read_bytes() == old
    assert common_record([tmp_path / 'out' / 'a.npy'])['modality'] == 'audio'


def test_a_damaged_video_is_extracted_on_demand_and_told(config, tmp_path, capsys):
    write_video(tmp_path / 'videos' / 'torn.mkv', 60)
    data = bytearray((tmp_path / 'videos' / 'torn.mkv').read_bytes())
    del data[len(data) // 2 : len(data) // 2 + 5000]
    (tmp_path / 'videos' / 'torn.mkv').write_bytes(data)
    assert extract(tmp_path / 'videos', tmp_path / 'out', config) == 1
    assert extract(tmp_path / 'videos', tmp_path / 'out', config, '--allow-truncated') == 0
    out = capsys.readouterr().out
    assert 'damaged: torn: read ' in out and '; 5000 bytes of the file are missing' in out
    record = read_record(tmp_path / 'out' / 'torn.record.json')['video']
    assert record['truncated'] and record['damage'] in out and record['gaps']


def test_a_pipe_named_as_a_video_does_not_stop_the_rest(videos, config, tmp_path, capsys):
    os.mkfifo(tmp_path / 'pipe.mp4')
    good = videos / 'gate' / 'cam1.mp4'
    (tmp_path / 'good.mp4').write_bytes(good.read_bytes())
    (tmp_path / 'list.txt').write_text('pipe.mp4\ngood.mp4\n', encoding='utf-8-sig')
    assert extract(tmp_path / 'list.txt', tmp_path / 'out', config) == 1
    out = capsys.readouterr().out
    assert '1 extracted, 0 kept, 1 failed' in out and 'pipe.mp4: expected a file, got a pipe' in out
