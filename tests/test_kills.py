"""A process is killed at any moment: nothing is lost, the next run ends as if undisturbed."""

import json
import random
import shutil
from functools import partial
from operator import eq

import numpy as np
import pytest
from mmaction.registry import RUNNERS
from slow_files import FORK, run
from toy_data import dump_config, toy_config
from toy_detector import (
    CHANNELS,
    CROPS,
    cheap_extractor,
    detector_config,
    write_checkpoint,
    write_extractor_config,
)
from video_files import numbered_frames, write_video

from mmvad.checkpoints import read_checkpoint
from mmvad.cli import calibrate, infer
from mmvad.clock import Clock
from mmvad.datasets.feature_record import read_record, record_path
from mmvad.datasets.feature_store import FeatureStore
from mmvad.datasets.npy import open_array
from mmvad.datasets.pooled_pack import open_pooled_pack
from mmvad.datasets.pooling import pool_segments
from mmvad.extraction.run import extract_videos
from mmvad.extraction.videos import find_videos
from mmvad.files import read_json
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile, read_scores, write_scores

KILLS = 6  # of each job
SEED = 0


def contents(folder):
    """Read what a folder shows, by name; temporary files are hidden."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob('*'))
        if path.is_file() and not path.name.startswith('.')
    }


def check_kills(
    root,
    job,
    results=contents,
    unharmed=lambda folder: None,
    prepare=None,
    part='',
    same=eq,
    kills=KILLS,
):
    """Kill a job at random steps; each time, run it again and compare.

    Args:
        root: Folder for all runs.
        job: Takes the folder of a run.
        results: Gives what must be equal in the end.
        unharmed: Checks a folder after a kill.
        prepare: Fills a folder before.
        part: Text in the steps at which to kill; others are passed over.
        same: Compares two results.
        kills: How many.
    """

    def folder_of(name):
        folder = root / 'runs' / name
        folder.mkdir(parents=True)
        if prepare is not None:
            prepare(folder)
        return folder

    whole = folder_of('whole')
    steps = run(partial(job, whole), part=part)
    assert any(step.startswith('write') for step in steps)
    expected = results(whole)
    for moment in random.Random(SEED).sample(range(1, len(steps) + 1), min(kills, len(steps))):
        folder = folder_of(f'killed_at_{moment}')
        assert run(partial(job, folder), moment, part) is None
        unharmed(folder)
        run(partial(job, folder))
        assert same(results(folder), expected), steps[moment - 1]
        assert [path.name for path in folder.rglob('.*')] == [], steps[moment - 1]
        shutil.rmtree(folder)


@pytest.mark.parametrize('is_stale', [False, True])
def test_the_pack_of_training_features(tmp_path, is_stale):
    store = FeatureStore(tmp_path, '{name}.npy', num_crops=2, num_channels=3)
    numbers = np.random.default_rng(0)
    for video in 'abc':
        np.save(tmp_path / f'{video}.npy', numbers.standard_normal((7, 2, 3), np.float32))

    def job(folder):
        open_pooled_pack(store, list('abc'), 4, folder)

    def prepare(folder):
        job(folder)
        (sources,) = folder.glob('*.json')
        (pack,) = folder.glob('*.npy')
        changed = read_json(sources) | {'a.npy': [0, 0]}
        sources.write_text(json.dumps(changed))
        pack.write_bytes(pack.read_bytes()[:-1] + b'x')

    check_kills(tmp_path, job, prepare=prepare if is_stale else None)


def test_the_extraction_of_features(tmp_path):
    videos = tmp_path / 'videos'
    videos.mkdir()
    for name, count in (('gate', 40), ('yard', 20)):
        write_video(videos / f'{name}.mp4', numbered_frames(count))
    extractor = cheap_extractor(tmp_path)
    found = find_videos(videos)
    whole = {'gate': 3, 'yard': 2}

    def job(folder):
        assert not extract_videos(found, folder, extractor).failed

    def unharmed(folder):
        for name, segments in whole.items():
            path = folder / f'{name}.npy'
            record = read_record(record_path(path))
            if path.exists():
                assert len(open_array(path)) == segments
            assert record is None or (path.exists() and record['segments'] == segments)

    check_kills(tmp_path, job, unharmed=unharmed)


def test_the_calibrated_threshold(tmp_path):
    (tmp_path / 'best.pth').write_bytes(b'weights')
    scores = [ScoredVideo('a', [0.1, 0.7, 0.1, 0.4, 0.1], Clock(5, fps=16), label=0)]
    write_scores(tmp_path / 'scores.json', ScoresFile(scores))
    old = b'of an earlier calibration'

    def job(folder):
        flags = ['--weights', tmp_path / 'best.pth', '--out', folder / 'threshold.json']
        rate = ['--false-alarms-per-hour', 0, '--force']
        assert calibrate.main(list(map(str, [tmp_path / 'scores.json', *flags, *rate]))) == 0

    def prepare(folder):
        (folder / 'threshold.json').write_bytes(old)

    def unharmed(folder):
        content = (folder / 'threshold.json').read_bytes()
        assert content == old or json.loads(content)['version'] == 2

    check_kills(tmp_path, job, unharmed=unharmed, prepare=prepare)


@pytest.fixture
def detector_flags(tmp_path):
    cfg = detector_config()
    weights = write_checkpoint(tmp_path / 'best.pth', cfg)
    cfg.experiment_name = 'kills'
    config = dump_config(cfg, tmp_path / 'detector.py')
    extractor = write_extractor_config(tmp_path)
    flags = ['--detector', config, '--weights', weights, '--extractor', extractor]
    return [*map(str, flags), '--random-extractor', '0', '--device', 'cpu', '--threshold', '0.5']


def test_the_scores_of_files(tmp_path, detector_flags):
    inputs = []
    for seed in range(3):
        inputs.append(str(tmp_path / f'{seed}.npy'))
        values = np.random.default_rng(seed).standard_normal((9, CROPS, CHANNELS), np.float32)
        np.save(inputs[-1], values)

    def job(folder):
        assert infer.main([*inputs, *detector_flags, '--out-dir', str(folder)]) == 0

    def results(folder):
        return read_scores(folder / 'scores.json')

    def same(found, expected):
        # where the values lie in memory changes the last digit of a sum
        for one, other in zip(found.videos, expected.videos, strict=True):
            np.testing.assert_allclose(one.scores, other.scores, atol=1e-6)
            np.testing.assert_allclose(one.attention, other.attention, atol=1e-6)
        return [video.name for video in found.videos] == inputs

    def unharmed(folder):
        log, scores = folder / 'scores.jsonl', folder / 'scores.json'
        if scores.exists():
            assert len(read_scores(scores).videos) == 3
        elif log.exists() and (content := log.read_text()).count('\n'):
            done = content.count('\n') - 1
            assert [video.name for video in read_scores(log).videos] == inputs[:done]

    check_kills(tmp_path, job, results, unharmed, same=same)


def test_the_log_of_a_live_run(tmp_path, detector_flags):
    video = str(write_video(tmp_path / 'gate.mp4', numbered_frames(70)))
    flags = ['--live', '--scoring', 'sliding', '--threshold', '0']

    def job(folder):
        assert infer.main([video, *detector_flags, *flags, '--out-dir', str(folder)]) == 0

    def results(folder):
        return (folder / 'live.jsonl').read_bytes()

    def unharmed(folder):
        path = folder / 'live.jsonl'
        content = path.read_bytes() if path.exists() else b''
        assert results(folder.parent / 'whole').startswith(content)
        if b'"source"' in content and content.count(b'\n') > 1:
            (found,) = read_scores(path).videos
            lines = content.splitlines(keepends=True)
            assert found.num_segments == sum(
                b'"kind": "segment"' in line and line.endswith(b'\n') for line in lines
            )

    check_kills(tmp_path, job, results, unharmed)


def test_the_checkpoints_of_a_training(tmp_path, toy_root):
    def job(folder):
        cfg = toy_config(toy_root, folder / 'work', **{'train_cfg.max_epochs': 2, 'resume': True})
        cfg.default_hooks.checkpoint.max_keep_ckpts = -1
        RUNNERS.build(cfg).train()

    def results(folder):
        found = {}
        for path in sorted((folder / 'work').glob('[!.]*.pth')):
            content = read_checkpoint(path)
            found[path.name] = (
                {name: value.tolist() for name, value in content['state_dict'].items()},
                content['meta']['iter'],
            )
        return found

    check_kills(tmp_path, job, results, unharmed=results, part='.pth', kills=KILLS // 3)


def at_once(job, folder):
    """Run a job in two processes that begin at one moment; both end well."""
    started = FORK.Barrier(2)

    def child():
        started.wait()
        job(folder)

    children = [FORK.Process(target=child) for _ in range(2)]
    for each in children:
        each.start()
    for each in children:
        each.join()
    assert [each.exitcode for each in children] == [0, 0]
    assert [path.name for path in folder.rglob('.*')] == []
    return contents(folder)


def test_two_extractions_of_one_folder_at_once_end_like_one(tmp_path):
    videos = tmp_path / 'videos'
    videos.mkdir()
    for name, count in (('gate', 40), ('hall', 90), ('yard', 20)):
        write_video(videos / f'{name}.mp4', numbered_frames(count))
    extractor, found = cheap_extractor(tmp_path), find_videos(videos)

    def job(folder):
        assert not extract_videos(found, folder, extractor).failed

    job(tmp_path / 'one')
    for attempt in range(3):
        assert at_once(job, tmp_path / f'two_{attempt}') == contents(tmp_path / 'one')


def test_two_builds_of_one_pack_at_once_end_like_one(tmp_path):
    store = FeatureStore(tmp_path, '{name}.npy', num_crops=2, num_channels=3)
    names = [f'v{index}' for index in range(40)]
    for seed, video in enumerate(names):
        values = np.random.default_rng(seed).standard_normal((7, 2, 3), np.float32)
        np.save(tmp_path / f'{video}.npy', values)

    def job(folder):
        pack = open_pooled_pack(store, names, 4, folder)
        np.testing.assert_array_equal(pack[5], pool_segments(store.load('v5'), 4))

    job(tmp_path / 'one')
    for attempt in range(3):
        assert at_once(job, tmp_path / f'two_{attempt}') == contents(tmp_path / 'one')
