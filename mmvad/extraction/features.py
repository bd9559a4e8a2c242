"""From a video file, or frames as they arrive, to segment features in one pass.

Memory does not grow with the length of the video. Each video has batches of its own, so its
features do not depend on which other videos are extracted.
"""

import os
from collections.abc import Iterable, Iterator

import numpy as np
import torch

from mmvad.addresses import Address
from mmvad.extraction.network import ClipFeatureExtractor
from mmvad.extraction.settings import ClipSettings
from mmvad.video.clips import iter_clips
from mmvad.video.prefetch import prefetch
from mmvad.video.readers import VideoReader


class ClipBatcher:
    """Collects crops into batches across segments, and returns features by segment.

    Args:
        network: From (N, F, H, W, 3) uint8 to (N, D) float32.
        num_crops: K.
        batch_size: N, clips in one forward pass; None takes the clips of one segment and does not
            wait for others.

    Raises:
        ValueError: `batch_size` is not positive.
    """

    def __init__(
        self, network: ClipFeatureExtractor, num_crops: int, batch_size: int | None = None
    ) -> None:
        if batch_size is not None and batch_size < 1:
            raise ValueError(f'batch_size must be at least 1, got {batch_size}')
        self.network = network
        self.num_crops = num_crops
        self.batch_size = batch_size or num_crops
        self._views: list[np.ndarray] = []  # pieces (k, F, H, W, 3), fewer than N clips in all
        self._features: list[torch.Tensor] = []  # pieces (k, D), fewer than K in all

    def push(self, views: np.ndarray) -> np.ndarray:
        """Add a segment and run every batch that is full.

        Args:
            views: (K, F, H, W, 3) uint8.

        Returns:
            (n, K, D) float32, the n segments that became complete, in order; n may be 0.
        """
        while len(views):
            room = self.batch_size - sum(map(len, self._views))
            self._views.append(views[:room])
            views = views[room:]
            if sum(map(len, self._views)) == self.batch_size:
                self._run()
        return self._take_whole_segments()

    def flush(self) -> np.ndarray:
        """Run what is left at the end of the video; (n, K, D) float32."""
        if self._views:
            self._run()
        return self._take_whole_segments()

    def _run(self) -> None:
        clips = self._views[0] if len(self._views) == 1 else np.concatenate(self._views)
        self._views = []
        try:
            features = self.network(torch.from_numpy(np.ascontiguousarray(clips)))
        except ValueError as error:  # never the fault of one video
            raise RuntimeError(f'the network does not fit its config: {error}') from error
        self._features.append(features.float().cpu())  # (k, D)

    def _take_whole_segments(self) -> np.ndarray:
        if not self._features:
            return np.zeros((0, self.num_crops, self.network.feature_channels), np.float32)
        features = torch.cat(self._features)
        whole = len(features) // self.num_crops * self.num_crops
        self._features = [features[whole:]] if len(features) > whole else []
        return features[:whole].reshape(-1, self.num_crops, features.shape[1]).numpy()


def iter_features(
    source: str | os.PathLike | Address | VideoReader | Iterable[np.ndarray],
    network: ClipFeatureExtractor,
    settings: ClipSettings,
    batch_size: int | None = None,
    ahead: int = 2,
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the features of one run of segments after another.

    With `batch_size` None, meant for live streams, a segment's features are yielded as soon as its
    last frame arrives (``tail='drop_last'`` waits for one more frame). A number fills batches
    across segments, which is faster for files with one crop.

    Args:
        source: A path or address, an open `VideoReader`, or an iterable of (H, W, 3) uint8 RGB
            frames (a camera; `settings.fps`, `decoder` and `allow_truncated` do not apply to it).
        network: `LoadedExtractor.network`.
        settings: `LoadedExtractor.settings`.
        batch_size: Clips in one forward pass, across segments and crops; None for the K clips of
            one segment.
        ahead: Segments that a thread decodes, resizes and crops ahead of the network; 0 does it
            between the passes, in the caller's thread, and reads no frame too early.

    Yields:
        Number of the first segment, and (n, K, D) float32, n ≥ 1.

    Raises:
        VideoError, OSError: See `open_video`.
        ValueError: See `iter_segments`, `crop_views`, `ClipBatcher`, or `ahead` is negative.
        RuntimeError: The network's width is not what its config says.

    Example:
        >>> from mmvad.extraction.network import ClipFeatureExtractor
        >>> network = ClipFeatureExtractor(torch.nn.Identity(), [0, 0, 0], [1, 1, 1], 3)
        >>> frames = np.zeros((40, 8, 8, 3), np.uint8)
        >>> settings = ClipSettings(resize=None, crop_size=4, crops='five', tail='floor')
        >>> for first, features in iter_features(frames, network, settings):
        ...     print(first, features.shape)
        0 (1, 5, 3)
        1 (1, 5, 3)
    """
    if ahead < 0:
        raise ValueError(f'ahead must not be negative, got {ahead}')
    batcher = ClipBatcher(network, settings.num_crops, batch_size)
    if isinstance(source, str | os.PathLike | Address):
        source = settings.open(source)
    clips = _clips(source, settings)
    if ahead:
        clips = prefetch(clips, ahead)
    first = 0
    try:
        for _, views in clips:
            features = batcher.push(views)  # (n, K, D)
            if len(features):
                yield first, features
            first += len(features)
        features = batcher.flush()
        if len(features):
            yield first, features
    finally:
        clips.close()


def _clips(
    source: VideoReader | Iterable[np.ndarray], settings: ClipSettings
) -> Iterator[tuple[int, np.ndarray]]:
    """Cut an open video or frames as the settings say, and close the video at the end."""
    try:
        yield from iter_clips(
            source,
            settings.tail,
            settings.min_frames,
            settings.resize,
            settings.crop_size,
            settings.crops,
            settings.clip_frames,
        )
    finally:
        if isinstance(source, VideoReader):
            source.close()
