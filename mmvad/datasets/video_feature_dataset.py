"""Weakly supervised video data set over feature files."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmaction.structures import ActionDataSample
from torch import Tensor
from torch.utils.data import Dataset

from mmvad.clock import clock_of_record
from mmvad.datasets.annotations import load_annotations
from mmvad.datasets.data_check import check_length
from mmvad.datasets.feature_record import read_record, record_path, scored_annotation
from mmvad.datasets.feature_store import FeatureStore
from mmvad.datasets.held_out import choose_held_out
from mmvad.datasets.pooled_pack import open_pooled_pack

SUBSETS = ('all', 'train', 'held_out')


@DATASETS.register_module()
class VideoFeatureDataset(Dataset):
    """Videos with video-level labels, as features.

    In training one sample is one crop of one video, or all its crops together, pooled to T
    segments, or as it is up to T of them; a batch is one gather from the pack (`open_pooled_pack`).
    In test one sample is one whole video; annotations count frames of the source and are converted
    to frames of the features (`scored_annotation`).

    ``metainfo`` is that of the annotation file plus ``feature_record``, which says how the features
    were made where they have records; mmengine stores it in checkpoints.

    Args:
        ann_file: Annotation file of the split, JSON, below `data_root`.
        features: Arguments of `FeatureStore`; ``root`` lies below `data_root`.
        data_root: Folder of the data set.
        test_mode: Whole videos instead of pooled bags.
        num_segments: T, segments of a training bag; the most of them where bags are not pooled.
        pooled: Training bags are videos pooled to T segments. False keeps a video's own segments,
            T picked at even distances where it has more; a batch is padded with zeros to its
            longest bag, and each of its samples has a ``bag_length``.
        crops_together: One training sample is all crops of one video.
        subset: ``'all'`` videos of the file, or the part that `held_out` leaves for ``'train'`` or
            takes out as ``'held_out'``.
        held_out: ``dict(fraction=…, seed=…)`` for `choose_held_out`.
        shuffle_segments: Seed of a fixed random order of each training bag's segments (paper,
            Table 1, "reorder"), one order for crops that come together; None keeps the order. In
            test each video's segments are reordered, and its sample has the ``segment_order``.
        pack: ``dict(folder=…, dtype=…)`` of the pooled pack; the folder lies below `data_root`.

    Raises:
        FileNotFoundError: The annotation file or a feature file is missing.
        ValueError: An annotation, a feature file or an argument does not fit; the message names it.
    """

    def __init__(
        self,
        ann_file: str,
        features: Mapping,
        data_root: str = '',
        test_mode: bool = False,
        num_segments: int = 32,
        subset: str = 'all',
        held_out: Mapping | None = None,
        shuffle_segments: int | None = None,
        pack: Mapping | None = None,
        pooled: bool = True,
        crops_together: bool = False,
    ) -> None:
        if subset not in SUBSETS:
            raise ValueError(f'subset must be one of {SUBSETS}, got {subset!r}')
        if subset != 'all' and held_out is None:
            raise ValueError(f'subset={subset!r} needs held_out=dict(fraction=…, seed=…)')
        root = Path(data_root)
        self.ann_file = root / ann_file
        self.metainfo, self.annotations = load_annotations(self.ann_file)
        self.store = FeatureStore(**{**features, 'root': root / features['root']})
        self.test_mode = test_mode
        self.num_segments = num_segments
        self.num_crops = self.store.num_crops
        self.pooled = pooled
        self.crops_together = crops_together
        self._order_seed = shuffle_segments
        chosen = self._choose(subset, held_out)
        read = chosen if test_mode else range(len(self.annotations))  # the pack holds all subsets
        videos = [self.annotations[index]['video'] for index in read]
        self._check_files(videos)
        if test_mode and self.metainfo['split'] != 'train':
            self._check_lengths(chosen)
        self.metainfo['feature_record'] = self.store.record(videos)
        if not test_mode:
            pack = dict(folder='packs', dtype='float32') | dict(pack or {})
            self._open_bags(chosen, root / pack['folder'], pack['dtype'])
        self.annotations = [self.annotations[index] for index in chosen]
        self._train_samples = [self._data_sample(entry) for entry in self.annotations]
        if not test_mode and not pooled:
            for sample, length in zip(self._train_samples, self._lengths[chosen], strict=True):
                sample.set_field(int(length), 'bag_length', field_type='metainfo')

    @property
    def labels(self) -> np.ndarray:
        """Video-level label of every sample, (len(self),) int64."""
        labels = np.array([entry['label'] for entry in self.annotations], np.int64)
        return labels.repeat(self._samples_per_video)

    @property
    def _samples_per_video(self) -> int:
        return 1 if self.test_mode or self.crops_together else self.store.num_crops

    def __len__(self) -> int:
        return len(self.annotations) * self._samples_per_video

    def __getitem__(self, index: int) -> dict:
        """Return one sample, ``inputs`` (T, D) or (K, T, D) in training and (S, K, D) in test."""
        batch = self.__getitems__([index])
        return dict(inputs=batch['inputs'][0], data_samples=batch['data_samples'][0])

    def __getitems__(self, indices: Sequence[int]) -> dict:
        """Return a whole batch; PyTorch's fetcher prefers this to single samples.

        Args:
            indices: N sample indices.

        Returns:
            ``inputs``: float32, (N, T, D) or with crops together (N, K, T, D) in training, a list
            of N tensors (S, K, D) in test; ``data_samples``: N samples with ``gt_label``.
        """
        if self.test_mode:
            entries = [self.annotations[index] for index in indices]
            videos = [self._load_video(entry['video']) for entry in entries]
            samples = [
                self._scored_sample(entry, len(video))
                for entry, video in zip(entries, videos, strict=True)
            ]
            if self._order_seed is not None:
                videos = [self._reorder(*pair) for pair in zip(videos, samples, strict=True)]
            return dict(inputs=videos, data_samples=samples)
        samples = [self._train_samples[index // self._samples_per_video] for index in indices]
        bags = self._gather(np.asarray(indices))
        if not self.pooled:
            bags = bags[..., : max((sample.bag_length for sample in samples), default=0), :]
        return dict(inputs=torch.from_numpy(bags).float(), data_samples=samples)

    def _choose(self, subset: str, held_out: Mapping | None) -> np.ndarray:
        """Choose the videos of the subset, as indices into the annotation file."""
        if subset == 'all':
            return np.arange(len(self.annotations))
        labels = [entry['label'] for entry in self.annotations]
        categories = [entry['category'] for entry in self.annotations]
        mask = choose_held_out(labels, categories, **held_out)
        return np.flatnonzero(mask if subset == 'held_out' else ~mask)

    def _check_files(self, videos: list[str]) -> None:
        if shared := self.store.shared(videos):
            raise ValueError(
                f'{self.ann_file}: {shared[0]}; patterns need {{video}}, or {{folder}} and {{name}}'
            )
        missing = self.store.missing(videos)
        if missing:
            shown = '\n  '.join(map(str, missing[:5]))
            dataset = self.metainfo['dataset']
            raise FileNotFoundError(
                f'{len(missing)} feature files of {self.ann_file} are missing, the first:\n'
                f'  {shown}\ntools/data/{dataset}/README.md says where to get them; '
                'tools/check_data.py CONFIG lists all'
            )

    def _check_lengths(self, chosen: np.ndarray) -> None:
        """Refuse at the start what a metric over frames would refuse at its end."""
        for index in chosen:
            entry = self.annotations[index]
            try:
                problem = check_length(self.store, entry, self.metainfo)
            except ValueError as error:
                raise ValueError(f'{self.ann_file}: video {entry["video"]!r}: {error}') from error
            if problem:
                path = self.store.paths(entry['video'])[0]
                raise ValueError(f'{path}: {problem}; tools/check_data.py CONFIG lists all')

    def _open_bags(self, chosen: np.ndarray, folder: Path, dtype: str) -> None:
        """Open the pack of the whole file, so that all subsets share it."""
        videos = [entry['video'] for entry in self.annotations]
        pack = open_pooled_pack(
            self.store, videos, self.num_segments, folder, dtype, self.pooled
        )  # (V, K, T, D)
        self._bags = pack if self.crops_together else pack.reshape(-1, *pack.shape[2:])
        per_video = self._samples_per_video
        self._rows = (chosen[:, None] * per_video + np.arange(per_video)).ravel()
        self._lengths = np.full(len(videos), self.num_segments)  # (V,)
        if not self.pooled:
            counts = [self.store.num_segments(video) for video in videos]
            self._lengths = np.minimum(counts, self.num_segments)
        self._segment_order = None
        if self._order_seed is not None:
            self._segment_order = self._draw_order(self._lengths.repeat(per_video))

    def _draw_order(self, lengths: np.ndarray) -> np.ndarray:
        """Draw an order of the segments of each bag; padding stays at the end, (rows, T)."""
        random = np.random.default_rng(self._order_seed)
        order = np.tile(np.arange(self.num_segments), (len(lengths), 1))
        if self.pooled:
            return random.permuted(order, axis=1)
        for row, length in zip(order, lengths, strict=True):
            row[:length] = random.permutation(length)
        return order

    def _gather(self, indices: np.ndarray) -> np.ndarray:
        """Gather bags, (N,) -> (N, T, D), or (N, K, T, D) where crops come together."""
        rows = self._rows[indices]
        if self._segment_order is None:
            return self._bags[rows]
        order = self._segment_order[rows]  # (N, T)
        if self.crops_together:
            crops = np.arange(self.store.num_crops)
            return self._bags[rows[:, None, None], crops[None, :, None], order[:, None]]
        return self._bags[rows[:, None], order]

    def _reorder(self, video: Tensor, sample: ActionDataSample) -> Tensor:
        """Reorder the segments of a test video, in the same way whenever it is read."""
        name = zlib.crc32(sample.video.encode())
        order = np.random.default_rng([self._order_seed, name]).permutation(len(video))
        sample.set_field(order.tolist(), 'segment_order', field_type='metainfo')
        return video[order]

    def _load_video(self, video: str) -> Tensor:
        """Load (S, K, D) float32 and refuse NaN and Inf."""
        self.store.check_finite(video)
        return torch.from_numpy(np.asarray(self.store.load(video), np.float32))

    def _scored_sample(self, entry: dict, num_segments: int) -> ActionDataSample:
        """Return the annotation in the frames that the features were cut from, and their clock."""
        path = self.store.paths(entry['video'])[0]
        try:
            record = read_record(record_path(path))
            scored = scored_annotation(entry, num_segments, record)
            sample = self._data_sample(scored, num_segments)
            if record is not None:
                clock = clock_of_record(num_segments, record.get('video'))
                num_frames = scored['num_frames'] or clock.num_frames
                sample.set_field(
                    replace(clock, num_frames=num_frames), 'clock', field_type='metainfo'
                )
        except ValueError as error:
            raise ValueError(f'{self.ann_file}: video {entry["video"]!r}: {error}') from error
        return sample

    def _data_sample(self, entry: dict, num_segments: int | None = None) -> ActionDataSample:
        metainfo = {
            'video': entry['video'],
            'num_frames': entry['num_frames'],
            'num_segments': num_segments,
            'category': entry['category'],
            'events': entry['events'],
            'tail': self.metainfo['tail'],
            'segments_tolerance': self.store.tolerance(
                entry['video'], self.metainfo['segments_tolerance']
            ),
        }
        return ActionDataSample(metainfo=metainfo).set_gt_label(entry['label'])
