"""Several data sets of features as one, for training and test on all of their videos."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from mmaction.registry import DATASETS
from mmengine.logging import print_log
from torch.utils.data import Dataset

from mmvad.datasets.feature_record import differences, rounding_differences
from mmvad.datasets.video_feature_dataset import VideoFeatureDataset


@DATASETS.register_module()
class JoinedFeatureDataset(Dataset):
    """The videos of several `VideoFeatureDataset`, one data set after the other.

    Width, crops, T, kind of bags, tail, split and the records of the features must agree, because a
    batch holds bags of all data sets; no two videos may have the same name.

    Args:
        datasets: Arguments of each `VideoFeatureDataset`, without the two below.
        subset: For all of them, see `VideoFeatureDataset`.
        test_mode: For all of them: whole videos instead of pooled bags.

    Raises:
        FileNotFoundError: See `VideoFeatureDataset`.
        ValueError: There is no data set, one of them is not valid on its own, or two do not fit
            together; the message names both.
    """

    def __init__(
        self, datasets: Sequence[Mapping], subset: str = 'all', test_mode: bool = False
    ) -> None:
        if not datasets:
            raise ValueError('JoinedFeatureDataset needs one or more datasets, got none')
        self.datasets = [_build(dataset, subset, test_mode) for dataset in datasets]
        self.test_mode = test_mode
        first = self.datasets[0]
        for other in self.datasets[1:]:
            _check_alike(first, other)
        self.annotations = [entry for part in self.datasets for entry in part.annotations]
        self._check_names()
        self.ann_file = ', '.join(str(part.ann_file) for part in self.datasets)
        self.num_crops = first.num_crops
        self.metainfo = _join_metainfo([part.metainfo for part in self.datasets])
        self._starts = np.cumsum([0, *map(len, self.datasets)])

    @property
    def labels(self) -> np.ndarray:
        """Video-level label of every sample, (len(self),) int64."""
        return np.concatenate([part.labels for part in self.datasets])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, index: int) -> dict:
        """Return one sample, ``inputs`` (T, D) in training and (S, K, D) in test."""
        batch = self.__getitems__([index])
        return dict(inputs=batch['inputs'][0], data_samples=batch['data_samples'][0])

    def __getitems__(self, indices: Sequence[int]) -> dict:
        """Return a whole batch, with one gather from each data set that it draws from.

        Args:
            indices: N sample indices; data set d holds those from the lengths of its predecessors.

        Returns:
            See `VideoFeatureDataset.__getitems__`; samples are in the order of the indices.
        """
        indices = np.asarray(indices)
        if len(indices) and not -len(self) <= indices.min() <= indices.max() < len(self):
            raise IndexError(f'expected sample indices below {len(self)}, got {indices.tolist()}')
        indices = indices % len(self)
        owners = np.searchsorted(self._starts, indices, side='right') - 1  # (N,)
        inputs, samples, order = [], [], []
        for owner in np.unique(owners):
            places = np.flatnonzero(owners == owner)
            part = self.datasets[owner].__getitems__(indices[places] - self._starts[owner])
            inputs.append(part['inputs'])
            samples.extend(part['data_samples'])
            order.extend(places.tolist())
        back = np.argsort(order)
        if self.test_mode:
            videos = [video for group in inputs for video in group]
            joined = [videos[place] for place in back]
        else:
            longest = max(bags.shape[-2] for bags in inputs)  # parts of a batch may be padded less
            padded = [F.pad(bags, (0, 0, 0, longest - bags.shape[-2])) for bags in inputs]
            joined = torch.cat(padded)[torch.from_numpy(back)]  # (N, T, D) or (N, K, T, D)
        return dict(inputs=joined, data_samples=[samples[place] for place in back])

    def _check_names(self) -> None:
        owners = {}
        for part in self.datasets:
            for entry in part.annotations:
                other = owners.setdefault(entry['video'], part)
                if other is not part:
                    raise ValueError(
                        f'video {entry["video"]!r} is in {other.ann_file} and in {part.ann_file}; '
                        'names must differ'
                    )


def _build(config: Mapping, subset: str, test_mode: bool) -> VideoFeatureDataset:
    arguments = dict(config)
    kind = arguments.pop('type', 'VideoFeatureDataset')
    if kind != 'VideoFeatureDataset':
        raise ValueError(f'JoinedFeatureDataset joins VideoFeatureDataset only, got {kind}')
    given = sorted({'subset', 'test_mode'} & set(arguments))
    if given:
        raise ValueError(
            f'{", ".join(given)} belong to JoinedFeatureDataset, not to one of its parts'
        )
    return VideoFeatureDataset(**arguments, subset=subset, test_mode=test_mode)


def _check_alike(one: VideoFeatureDataset, other: VideoFeatureDataset) -> None:
    """Refuse data sets whose bags cannot share a batch."""
    properties = {
        'width': (one.store.width, other.store.width),
        'crops': (one.num_crops, other.num_crops),
        'num_segments': (one.num_segments, other.num_segments),
        'pooled': (one.pooled, other.pooled),
        'crops_together': (one.crops_together, other.crops_together),
        'tail': (one.metainfo['tail'], other.metainfo['tail']),
        'split': (one.metainfo['split'], other.metainfo['split']),
    }
    differing = [f'{name}: {a!r} and {b!r}' for name, (a, b) in properties.items() if a != b]
    records = [part.metainfo['feature_record'] or {} for part in (one, other)]
    for kind in sorted({*records[0], *records[1]}):
        features = [record.get(kind) or {} for record in records]
        differing += [f'{kind} features, {text}' for text in differences(*features)]
        for text in rounding_differences(*features) if all(features) else ():
            print_log(
                f'{one.ann_file} and {other.ann_file}: {kind} features differ by rounding, {text}',
                logger='current',
            )
    if differing:
        raise ValueError(
            f'{one.ann_file} and {other.ann_file} cannot be joined: {"; ".join(differing)}'
        )


def _join_metainfo(metainfos: Sequence[Mapping]) -> dict:
    joined = dict(metainfos[0])
    joined['dataset'] = ' + '.join(metainfo['dataset'] for metainfo in metainfos)
    rules = dict.fromkeys(metainfo['event_rule'] for metainfo in metainfos)
    joined['event_rule'] = '; '.join(rule for rule in rules if rule)
    joined['segments_tolerance'] = max(metainfo['segments_tolerance'] for metainfo in metainfos)
    joined['source'] = [name for metainfo in metainfos for name in metainfo['source']]
    return joined
