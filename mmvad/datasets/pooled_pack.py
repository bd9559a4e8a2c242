"""The training bags of a whole split in one memory-mapped file."""

import hashlib
import io
import json
import math
import os
from collections.abc import Callable
from errno import EINVAL, EOPNOTSUPP
from pathlib import Path
from typing import BinaryIO

import numpy as np
from mmengine.dist import barrier, broadcast_object_list, is_main_process
from mmengine.logging import print_log
from tqdm import tqdm

from mmvad.datasets.feature_store import FeatureStore
from mmvad.datasets.pooling import pick_segments, pool_segments
from mmvad.files import atomic_path, read_json, write_json

FORMAT = 1
DTYPES = ('float32', 'float16')

MakeBags = Callable[[np.ndarray, int], np.ndarray]  # (S, K, D), T -> (K, T, D)


def open_pooled_pack(
    store: FeatureStore,
    videos: list[str],
    num_pooled: int,
    folder: Path,
    dtype: str = 'float32',
    pooled: bool = True,
) -> np.ndarray:
    """Open the pack of a split; build it if it is missing, damaged, or of other sources.

    The pack's name is a hash of what it is made from: store, videos, T and type. A JSON
    file next to it holds the size and time of every source file; if one differs, the pack is
    rebuilt. It appears under its name only when complete. Under a distributed launcher rank 0
    builds and the others wait.

    Args:
        store: Where the features come from.
        videos: V videos, in the order of the pack.
        num_pooled: T.
        folder: Where packs are kept; created if missing.
        dtype: ``'float32'``, or ``'float16'`` for half the size.
        pooled: Videos pooled to T segments; False keeps their segments, T at most
            (`pick_segments`), and fills up with zeros.

    Returns:
        (V, K, T, D), a read-only memory map; bag ``v * K + k`` of the split is row [v, k].

    Raises:
        ValueError: The type is unknown, or a file does not fit or holds NaN or Inf.
        FileNotFoundError: A feature file is missing.
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
    if not pooled:
        made_from['pooled'] = False
    digest = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:16]
    name = 'pooled' if pooled else 'padded'
    pack_path = folder / f'{name}-T{num_pooled}-{dtype}-{digest}.npy'
    make_bags = pool_segments if pooled else _pad_segments
    failure = [None]
    if is_main_process():
        try:
            _build_if_stale(pack_path, store, videos, num_pooled, dtype, make_bags)
        except Exception as error:  # passed to the other ranks, which wait
            failure = [error]
    broadcast_object_list(failure)
    if failure[0] is not None:
        raise failure[0]
    barrier()
    return np.load(pack_path, mmap_mode='r')


def _build_if_stale(
    pack_path: Path,
    store: FeatureStore,
    videos: list[str],
    num_pooled: int,
    dtype: str,
    make_bags: MakeBags,
) -> None:
    sources_path = pack_path.with_suffix('.json')
    sources = _fingerprints(store, videos)
    shape = (len(videos), store.num_crops, num_pooled, store.width)
    header = dict(descr=np.dtype(dtype).str, fortran_order=False, shape=shape)
    if pack_path.exists():
        reason = _find_damage(pack_path, sources_path, header)
        if reason is None:
            if json.loads(sources_path.read_bytes()) == sources:
                return
            reason = 'a feature file has changed'
        print_log(f'{pack_path.name}: {reason}, building again', 'current')
    _make_writable(pack_path.parent)
    sources_path.unlink(missing_ok=True)
    num_bytes = _size(header)
    with atomic_path(pack_path, num_bytes) as temporary, temporary.open('wb') as file:
        _reserve(file, num_bytes)
        np.lib.format.write_array_header_1_0(file, header)
        for video in tqdm(videos, desc='pooling features', unit='video'):
            bags = _bags_of(store, video, num_pooled, dtype, make_bags)
            file.write(np.ascontiguousarray(bags, dtype).data)
    write_json(sources_path, sources)


def _find_damage(pack_path: Path, sources_path: Path, header: dict) -> str | None:
    """Say what is wrong with a pack and its list of sources; None where both are whole."""
    try:
        read_json(sources_path)
    except FileNotFoundError:
        return f'{sources_path.name} is missing'
    except (OSError, ValueError):
        return f'{sources_path.name} is damaged'
    try:
        found, expected = pack_path.stat().st_size, _size(header)
        with pack_path.open('rb') as file:
            start = file.read(len(_header_bytes(header)))
    except OSError as error:
        return f'it cannot be read ({error.strerror})'
    if found != expected:
        return f'it is damaged ({found} bytes instead of {expected})'
    return None if start == _header_bytes(header) else 'it is damaged (its header)'


def _header_bytes(header: dict) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


def _size(header: dict) -> int:
    values = math.prod(header['shape']) * np.dtype(header['descr']).itemsize
    return len(_header_bytes(header)) + values


def _reserve(file: BinaryIO, num_bytes: int) -> None:
    """Find out before the work whether the disk has room, where the file system can say so."""
    if hasattr(os, 'posix_fallocate'):
        try:
            os.posix_fallocate(file.fileno(), 0, num_bytes)
        except OSError as error:
            if error.errno not in (EINVAL, EOPNOTSUPP):
                raise


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


def _fingerprints(store: FeatureStore, videos: list[str]) -> dict[str, list[int]]:
    """Size and time of every source file, by its path below the store's root."""
    fingerprints = {}
    for video in videos:
        for path in store.paths(video):
            status = path.stat()
            name = path.relative_to(store.root).as_posix()
            fingerprints[name] = [status.st_size, status.st_mtime_ns]
    return fingerprints


def _pad_segments(features: np.ndarray, num_segments: int) -> np.ndarray:
    """Pick the segments of a video and fill up with zeros, (S, K, D) -> (K, T, D)."""
    bags = pick_segments(features, num_segments)
    return np.pad(bags, ((0, 0), (0, num_segments - bags.shape[1]), (0, 0)))


def _bags_of(
    store: FeatureStore, video: str, num_pooled: int, dtype: str, make_bags: MakeBags
) -> np.ndarray:
    """Make the bags of one video (K, T, D), and refuse values that would ruin training."""
    bags = make_bags(store.load(video), num_pooled)  # (K, T, D)
    if not np.isfinite(bags.sum(dtype=np.float64)):  # one left out does no harm
        store.check_finite(video)
    if dtype == 'float16' and np.abs(bags).max() > np.finfo(np.float16).max:
        raise ValueError(
            f'{store.paths(video)[0]}: features up to {np.abs(bags).max():g} do not fit float16; '
            "set the pack's dtype to float32"
        )
    return bags
