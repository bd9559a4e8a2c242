import multiprocessing
import os
import signal
import time

import numpy as np
import pytest

from mmvad.datasets import pooled_pack
from mmvad.datasets.feature_store import FeatureStore
from mmvad.datasets.pooled_pack import open_pooled_pack
from mmvad.datasets.pooling import pick_segments, pool_segments

VIDEOS = ['a', 'b', 'c']
K, T, D = 2, 4, 3


@pytest.fixture
def store(tmp_path):
    (tmp_path / 'features').mkdir()
    for index, video in enumerate(VIDEOS):
        write(tmp_path, video, seed=index)
    return FeatureStore(tmp_path / 'features', '{name}.npy', K, D)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'packs'


def write(root, video, seed, num_segments=7):
    values = np.random.default_rng(seed).standard_normal((num_segments, K, D), np.float32)
    np.save(root / 'features' / f'{video}.npy', values)


def pack_times(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.glob('*.npy')}


def test_rows_are_the_pooled_crops_of_the_videos(store, folder):
    pack = open_pooled_pack(store, VIDEOS, T, folder)
    assert pack.shape == (3, K, T, D) and pack.dtype == np.float32
    for row, video in zip(pack, VIDEOS, strict=True):
        np.testing.assert_array_equal(row, pool_segments(store.load(video), T))


def test_pack_is_a_read_only_memory_map(store, folder):
    pack = open_pooled_pack(store, VIDEOS, T, folder)
    assert isinstance(pack, np.memmap) and not pack.flags.writeable


def test_pack_is_built_once(store, folder):
    open_pooled_pack(store, VIDEOS, T, folder)
    before = pack_times(folder)
    open_pooled_pack(store, VIDEOS, T, folder)
    assert pack_times(folder) == before and len(before) == 1


def test_pack_is_built_again_when_one_source_changes(store, folder, tmp_path):
    open_pooled_pack(store, VIDEOS, T, folder)
    before = pack_times(folder)
    write(tmp_path, 'b', seed=9, num_segments=8)
    pack = open_pooled_pack(store, VIDEOS, T, folder)
    assert pack_times(folder) != before and len(pack_times(folder)) == 1
    np.testing.assert_array_equal(pack[1], pool_segments(store.load('b'), T))


def test_source_of_the_same_size_but_another_time_counts_as_changed(store, folder, tmp_path):
    open_pooled_pack(store, VIDEOS, T, folder)
    write(tmp_path, 'b', seed=9)
    pack = open_pooled_pack(store, VIDEOS, T, folder)
    np.testing.assert_array_equal(pack[1], pool_segments(store.load('b'), T))


def test_other_settings_make_other_packs(store, folder, tmp_path):
    open_pooled_pack(store, VIDEOS, T, folder)
    open_pooled_pack(store, VIDEOS, T + 1, folder)
    open_pooled_pack(store, VIDEOS[:2], T, folder)
    open_pooled_pack(store, VIDEOS, T, folder, dtype='float16')
    (tmp_path / 'copy').symlink_to(tmp_path / 'features')
    open_pooled_pack(FeatureStore(tmp_path / 'copy', '{name}.npy', K, D), VIDEOS, T, folder)
    assert len(pack_times(folder)) == 5


def test_a_data_set_that_moves_keeps_its_pack(store, folder, tmp_path):
    open_pooled_pack(store, VIDEOS, T, folder)
    before = pack_times(folder)
    tmp_path.rename(tmp_path.with_name('moved'))
    root = tmp_path.with_name('moved')
    moved = FeatureStore(root / 'features', '{name}.npy', K, D)
    open_pooled_pack(moved, VIDEOS, T, root / 'packs')
    assert pack_times(root / 'packs') == before


def test_half_precision_pack_is_half_as_large(store, folder):
    full = open_pooled_pack(store, VIDEOS, T, folder)
    half = open_pooled_pack(store, VIDEOS, T, folder, dtype='float16')
    assert half.dtype == np.float16
    np.testing.assert_array_equal(half, full.astype(np.float16))


@pytest.mark.parametrize('value', [7e4, -7e4])
def test_values_beyond_half_precision_are_refused(store, folder, tmp_path, value):
    np.save(tmp_path / 'features' / 'b.npy', np.full((5, K, D), value, np.float32))
    message = r"b\.npy: features up to 70000 do not fit float16; set the pack's dtype to float32"
    with pytest.raises(ValueError, match=message):
        open_pooled_pack(store, VIDEOS, T, folder, dtype='float16')
    assert pack_times(folder) == {}


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused_by_name_and_leave_no_pack(store, folder, tmp_path, value):
    features = np.zeros((5, K, D), np.float32)
    features[3, 1, 2] = value
    np.save(tmp_path / 'features' / 'c.npy', features)
    with pytest.raises(
        ValueError, match=r'features/c\.npy: features hold NaN or Inf, the first in segment'
    ):
        open_pooled_pack(store, VIDEOS, T, folder)
    assert list(folder.iterdir()) == []


def test_unknown_type_is_refused(store, folder):
    with pytest.raises(ValueError, match=r"dtype must be one of .*'float16'\), got 'int8'"):
        open_pooled_pack(store, VIDEOS, T, folder, dtype='int8')


@pytest.mark.parametrize('obstacle', ['file', 'permission'])
def test_folder_that_cannot_be_written_to_is_named(store, folder, monkeypatch, obstacle):
    if obstacle == 'file':
        folder.write_text('')
    else:  # whoever runs the tests may be allowed everything
        monkeypatch.setattr(pooled_pack.os, 'access', lambda path, mode: False)
    message = r'cannot be kept in .*packs \(.*\); name another folder in pack=dict\(folder=…\)'
    with pytest.raises(OSError, match=message):
        open_pooled_pack(store, VIDEOS, T, folder)


def test_current_pack_in_a_read_only_folder_is_used(store, folder, monkeypatch):
    open_pooled_pack(store, VIDEOS, T, folder)
    monkeypatch.setattr(pooled_pack.os, 'access', lambda path, mode: False)
    assert open_pooled_pack(store, VIDEOS, T, folder).shape == (3, K, T, D)


def test_error_of_rank_0_reaches_the_other_ranks(store, folder, monkeypatch):
    def receive(objects):
        objects[0] = ValueError('told by rank 0')

    monkeypatch.setattr(pooled_pack, 'is_main_process', lambda: False)
    monkeypatch.setattr(pooled_pack, 'broadcast_object_list', receive)
    with pytest.raises(ValueError, match='told by rank 0'):
        open_pooled_pack(store, VIDEOS, T, folder)


def build_slowly(store, folder, started):
    pool = pooled_pack.pool_segments

    def pool_and_wait(features, num_pooled):
        if started.is_set():
            time.sleep(60)
        started.set()
        return pool(features, num_pooled)

    pooled_pack.pool_segments = pool_and_wait
    open_pooled_pack(store, VIDEOS, T, folder)


@pytest.mark.parametrize('rebuild', [False, True])
def test_builder_that_is_killed_leaves_no_pack_and_the_next_one_builds_it(
    store, folder, tmp_path, rebuild
):
    if rebuild:
        open_pooled_pack(store, VIDEOS, T, folder)
        write(tmp_path, 'c', seed=9)
    context = multiprocessing.get_context('fork')
    started = context.Event()
    process = context.Process(target=build_slowly, args=(store, folder, started))
    process.start()
    assert started.wait(30)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    if not rebuild:
        assert list(folder.glob('pooled-*')) == []
    assert list(folder.glob('.*.tmp.npy')) != []
    pack = open_pooled_pack(store, VIDEOS, T, folder)
    assert list(folder.glob('.*')) == []
    for row, video in zip(pack, VIDEOS, strict=True):
        np.testing.assert_array_equal(row, pool_segments(store.load(video), T))


def test_builder_that_dies_before_it_notes_the_sources_leaves_no_trust_in_the_pack(
    store, folder, tmp_path, monkeypatch
):
    path = tmp_path / 'features' / 'b.npy'
    old, times = path.read_bytes(), (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    open_pooled_pack(store, VIDEOS, T, folder)
    write(tmp_path, 'b', seed=9)

    def die_at_the_sources(target, content):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pooled_pack, 'write_json', die_at_the_sources)
        with pytest.raises(KeyboardInterrupt):
            open_pooled_pack(store, VIDEOS, T, folder)
    path.write_bytes(old)  # as it was for the first pack
    os.utime(path, ns=times)
    pack = open_pooled_pack(store, VIDEOS, T, folder)
    np.testing.assert_array_equal(pack[1], pool_segments(store.load('b'), T))


@pytest.mark.parametrize('part', ['.npy', '.json'])
@pytest.mark.parametrize('content', [b'', b'[1', None, 'missing'])
def test_a_damaged_pack_is_built_again_and_says_so(store, folder, part, content, monkeypatch):
    told = []
    monkeypatch.setattr(pooled_pack, 'print_log', lambda line, logger: told.append(line))
    expected = np.array(open_pooled_pack(store, VIDEOS, T, folder))
    (path,) = folder.glob(f'*{part}')
    whole = path.read_bytes()
    if content == 'missing':
        path.unlink()
    else:
        path.write_bytes(whole[:-5] if content is None else content)
    np.testing.assert_array_equal(open_pooled_pack(store, VIDEOS, T, folder), expected)
    assert path.read_bytes() == whole
    if path.suffix == '.npy' and content == 'missing':
        assert told == []  # as for a first pack
    else:
        (line,) = told
        assert line.startswith('pooled-') and line.endswith(', building again')


def test_reordered_annotations_get_a_pack_in_their_own_order(store, folder):
    open_pooled_pack(store, VIDEOS, T, folder)
    pack = open_pooled_pack(store, VIDEOS[::-1], T, folder)
    for row, video in zip(pack, VIDEOS[::-1], strict=True):
        np.testing.assert_array_equal(row, pool_segments(store.load(video), T))


def test_padded_rows_are_the_video_s_own_segments_then_zeros(store, folder, tmp_path):
    write(tmp_path, 'a', seed=5, num_segments=3)
    pack = open_pooled_pack(store, VIDEOS, 5, folder, pooled=False)
    assert pack.shape == (3, K, 5, D)
    for row, video in zip(pack, VIDEOS, strict=True):
        own = pick_segments(store.load(video), 5)
        np.testing.assert_array_equal(row[:, : own.shape[1]], own)
        assert not row[:, own.shape[1] :].any()
    open_pooled_pack(store, VIDEOS, 5, folder)
    assert sorted(path.name.split('-')[0] for path in folder.glob('*.npy')) == ['padded', 'pooled']
