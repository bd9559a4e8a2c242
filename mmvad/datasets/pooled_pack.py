"""The pooled training features of a whole split in one memory-mapped file."""

import hashlib
import json
import os
import time
from pathlib import Path

import numpy as np
from mmengine.dist import barrier, broadcast_object_list, is_main_process
from mmengine.logging import print_log
from tqdm import tqdm

from mmvad.datasets.feature_store import FeatureStore
from mmvad.datasets.pooling import pool_segments
from mmvad.files import atomic_path

FORMAT = 1
LEFTOVER_SECONDS = 24 * 60 * 60
DTYPES = ('float32', 'float16')


def open_pooled_pack(
    store: FeatureStore,
    videos: list[str],
    num_pooled: int,
    folder: Path,
    dtype: str = 'float32',
) -> np.ndarray:
    """Open the pack of a split; build it where it is not there or its sources have changed.

    The pack's name is a hash of what it is made from: store, videos, T and type. Beside it lies the
    size and time of every source file; where one differs, the pack is built again. It appears under
    its name only when whole. Under a distributed launcher rank 0 builds and the others wait.

    Args:
        store: Where the features come from.
        videos: V videos, in the order of the pack.
        num_pooled: T.
        folder: Where packs are kept; made if missing.
        dtype: ``'float32'``, or ``'float16'`` for half the size.

    Returns:
        (V, K, T, D), a read-only memory map; bag ``v * K + k`` of the split is row [v, k].

    Raises:
        ValueError: The type is another one, or a file does not fit or holds NaN or Inf.
        FileNotFoundError: A feature file is not there.
        OSError: The folder cannot be written to.
    """
    if dtype not in DTYPES:
        raise ValueError(f'pack dtype must be one of {DTYPES}, got {dtype!r}')
    made_from = dict(
        format=FORMAT,
        root=os.path.relpath(store.root, folder),
        pattern=store.pattern,
        layout=store.layout,
        num_crops=store.num_crops,
        num_channels=store.num_channels,
        audio=store.audio,
        num_pooled=num_pooled,
        dtype=dtype,
        videos=videos,
    )
    digest = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:16]
    pack_path = folder / f'pooled-T{num_pooled}-{dtype}-{digest}.npy'
    failure = [None]
    if is_main_process():
        try:
            _build_if_stale(pack_path, store, videos, num_pooled, dtype)
        except Exception as error:  # told to the other ranks, which wait
            failure = [error]
    broadcast_object_list(failure)
    if failure[0] is not None:
        raise failure[0]
    barrier()
    return np.load(pack_path, mmap_mode='r')


def _build_if_stale(
    pack_path: Path, store: FeatureStore, videos: list[str], num_pooled: int, dtype: str
) -> None:
    sources_path = pack_path.with_suffix('.json')
    sources = _fingerprints(store, videos)
    if pack_path.is_file() and sources_path.is_file():
        if json.loads(sources_path.read_text(encoding='utf-8')) == sources:
            return
        print_log(f'{pack_path.name}: a feature file has changed, building again', 'current')
    _make_writable(pack_path.parent)
    sources_path.unlink(missing_ok=True)
    _remove_leftovers(pack_path)
    with atomic_path(pack_path) as temporary:
        shape = (len(videos), store.num_crops, num_pooled, store.width)
        pack = np.lib.format.open_memmap(temporary, 'w+', np.dtype(dtype), shape)
        for index, video in enumerate(tqdm(videos, desc='pooling features', unit='video')):
            pack[index] = _pooled(store, video, num_pooled, dtype)
        pack.flush()
    with atomic_path(sources_path) as temporary:
        temporary.write_text(json.dumps(sources), encoding='utf-8')


def _make_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError('no permission to write')
    except OSError as error:
        raise OSError(
            f'the pooled features cannot be kept in {folder} ({error}); name another folder in '
            'pack=dict(folder=…) of the data set'
        ) from error


def _remove_leftovers(pack_path: Path) -> None:
    """Remove what killed builders of this pack have left; a day is longer than any build."""
    for path in pack_path.parent.glob(f'.{pack_path.stem}-*.tmp{pack_path.suffix}'):
        if time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
            path.unlink(missing_ok=True)


def _fingerprints(store: FeatureStore, videos: list[str]) -> dict[str, list[int]]:
    """Size and time of every source file, by its path below the store's root."""
    fingerprints = {}
    for video in videos:
        for path in store.paths(video):
            status = path.stat()
            name = path.relative_to(store.root).as_posix()
            fingerprints[name] = [status.st_size, status.st_mtime_ns]
    return fingerprints


def _pooled(store: FeatureStore, video: str, num_pooled: int, dtype: str) -> np.ndarray:
    """Pool one video to (K, T, D), and refuse what no training survives."""
    bags = pool_segments(store.load(video), num_pooled)  # (K, T, D)
    if not np.isfinite(bags.sum(dtype=np.float64)):  # every segment is in a bag
        store.check_finite(video)
    if dtype == 'float16' and np.abs(bags).max() > np.finfo(np.float16).max:
        raise ValueError(
            f'{store.paths(video)[0]}: features up to {np.abs(bags).max():g} do not fit float16; '
            "set the pack's dtype to float32"
        )
    return bags
