"""Scores videos and streams: a file's scores are those of its frames as a stream."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from mmengine.config import Config

from mmvad.apis.calibration import choose_rule, file_sha256
from mmvad.apis.detector import find_config, load_detector
from mmvad.apis.events import EventRule, check_fps, check_length
from mmvad.apis.frame_features import FeatureRuns, FrameFeatures, GivenFeatures, Progress
from mmvad.apis.input_scoring import InputScoring, SegmentScore, SegmentScorer
from mmvad.apis.results import build_results
from mmvad.datasets.feature_record import differences, read_record, record_path
from mmvad.datasets.npy import open_array
from mmvad.engine.runner.anomaly_runner import trained_features
from mmvad.extraction.build import LoadedExtractor, choose_device, load_extractor
from mmvad.extraction.settings import ClipSettings
from mmvad.extraction.videos import find_videos
from mmvad.models.stream_scorers import build_scorer, check_bag_size
from mmvad.version import __version__
from mmvad.video.live import Gap
from mmvad.video.readers import VideoReader

Source = str | os.PathLike | VideoReader | Iterable[np.ndarray | Gap] | np.ndarray


class AnomalyInferencer:
    """A trained detector behind the network that makes its features.

    Args:
        detector: Name of one of the project's configs (``'salient_ucf'``), path of a config, or the
            config.
        weights: The detector's checkpoint.
        extractor: Name of one of ``configs/features`` (``'i3d_r50_port'``), path of such a config,
            or a `LoadedExtractor`. None scores feature files only.
        extractor_weights: Its weights, instead of the config's.
        extractor_seed: Draw them with this seed instead, for trials of the path only.
        overrides: Settings that replace the extractor config's, see `read_settings`.
        dtype: Of the extractor, ``'float32'`` or ``'bfloat16'``.
        device: Where both run; None takes a GPU where there is one.
        rule: How scores become events, or a threshold. None takes the calibrated threshold: that of
            `threshold_file`, or what lies beside `weights`, or 0.5.
        threshold_file: JSON of ``tools/calibrate.py``.
        bag_size: l, instead of the config's.
        batch_size: Clips in one forward pass, see `iter_features`; None scores a segment as soon as
            its last frame is there.
        ahead: Segments that a thread reads ahead of the network, see `iter_features`.
        allow_other_features: Do not refuse features that were made otherwise than those that the
            detector was trained on.

    Raises:
        FileNotFoundError: A config, weights or a threshold file is not there.
        ValueError: An argument is out of range; the weights do not match the config; the extractor
            has another width, or makes features otherwise than those the detector was trained on;
            the threshold file is another checkpoint's; the device cannot be used. The text names
            what differs.
    """

    def __init__(
        self,
        detector: str | os.PathLike | Config,
        weights: str | os.PathLike,
        extractor: str | os.PathLike | LoadedExtractor | None = None,
        extractor_weights: str | None = None,
        extractor_seed: int | None = None,
        overrides: Mapping | None = None,
        dtype: str = 'float32',
        device: str | None = None,
        rule: EventRule | float | None = None,
        threshold_file: str | os.PathLike | None = None,
        bag_size: int | None = None,
        batch_size: int | None = None,
        ahead: int = 2,
        allow_other_features: bool = False,
    ) -> None:
        device = choose_device(device)
        self.rule, calibration, rule_source = choose_rule(weights, rule, threshold_file)
        self._calibrated_mode = calibration and calibration.mode
        if not isinstance(detector, Config):
            path = find_config(detector)
            detector, name = Config.fromfile(path), path.stem
        else:
            name = Path(detector.filename or 'config').stem
        self.detector, checkpoint = load_detector(detector, weights)
        self.detector.to(device)
        if bag_size is not None:
            if bag_size < 1:
                raise ValueError(f'bag_size must be at least 1, got {bag_size}')
            self.detector.head.bag_size = bag_size
        bag_size = check_bag_size(self.detector)
        if calibration and calibration.bag_size not in (None, bag_size):
            raise ValueError(
                f'{rule_source} was calibrated on bags of {calibration.bag_size} segments, the '
                f'detector has bags of {bag_size}; calibrate on its scores, or give a threshold'
            )
        self.in_channels = (detector.model.get('neck') or detector.model.head)['in_channels']
        self.trained_on = (trained_features(checkpoint) or {}).get('visual')
        self.allow_other_features = allow_other_features
        self.batch_size = batch_size
        self.ahead = ahead
        self.extractor, extractor_name = None, None
        if extractor is not None:
            if not isinstance(extractor, LoadedExtractor):
                path = find_config(extractor, 'features')
                extractor_name = path.stem
                extractor = load_extractor(
                    path, extractor_weights, extractor_seed, dtype, device, overrides
                )
            self._check_extractor(extractor)
            self.extractor = extractor
        self.model = dict(
            detector=name,
            weights=Path(weights).name,
            weights_sha256=file_sha256(weights),
            **self._describe_extractor(extractor_name),
            bag_size=bag_size,
            threshold_from=rule_source,
            mmvad_version=__version__,
        )

    def __call__(
        self,
        inputs: Source | Sequence[str | os.PathLike],
        fps: float | None = None,
        mode: str = 'bags',
        progress: Progress | None = None,
    ) -> dict:
        """Score videos, feature files or frames.

        Args:
            inputs: What `list_inputs` takes, or frames as `stream` takes them, or features
                (S, K, D) as an array of floats.
            fps: Frames a second where `inputs` are frames or features; videos know their own, and
                so do the records of extracted features.
            mode: ``'bags'`` or ``'sliding'``, see `stream`.
            progress: Called as the work goes on.

        Returns:
            The document of `mmvad.apis.results`. An input that cannot be read or scored is an entry
            with its error and does not stop the others.

        Raises:
            ValueError: The mode or frame rate is unfit, or a folder holds no video.
            FileNotFoundError: A folder or list is not there.
            RuntimeError: The network fails.
        """
        is_paths = isinstance(inputs, str | os.PathLike) or _is_list_of_paths(inputs)
        sources = list_inputs(inputs) if is_paths else [inputs]
        self._check_mode(mode)  # what is wrong for all is not blamed on each
        check_fps(fps)
        entries = []
        for source in sources:
            entries.append(self.score_input(source, fps, mode, progress).run())
        return build_results(dict(self.model, mode=mode), self.rule, entries)

    def score_input(
        self,
        source: Source,
        fps: float | None = None,
        mode: str = 'bags',
        progress: Progress | None = None,
        name: str | None = None,
        ground_truth: Sequence[Sequence[int]] | None = None,
    ) -> InputScoring:
        """Score one input, step by step.

        Args:
            source: Path of a video or of a ``.npy`` feature file, frames, or features.
            fps: See `__call__`.
            mode: See `stream`.
            progress: Called as the work goes on.
            name: Of the input in the document; None takes its path.
            ground_truth: Anomalous frames ``[start, end)`` for the document; None where not known.

        Returns:
            The scores as an iterable, and the input's entry of the document.

        Raises:
            ValueError: The mode is unknown, or the threshold was calibrated in another one.
        """
        self._check_mode(mode)
        opening = partial(self._open, source, fps, progress)
        return InputScoring(
            opening, self.detector, mode, self.rule, name or _name_of(source), ground_truth
        )

    def stream(
        self, frames: Source, fps: float | None = None, mode: str = 'bags'
    ) -> Iterator[SegmentScore]:
        """Score frames as they come, in memory that does not grow.

        ``'bags'`` gives the scores of a bag's l segments as soon as the bag is complete: the
        published way. ``'sliding'`` gives a score for every segment at once, that of the bag of the
        l segments up to it. At a gap, and at the end, what waits is scored as a shorter bag.

        Args:
            frames: An iterable of (H, W, 3) uint8 RGB frames, an (F, H, W, 3) array, an open
                `VideoReader`, `reconnecting(…)`, or a path or address to open. Bags, segments and
                windows never hold frames from both sides of a `Gap`. The last frames before a gap
                are treated as those of a video, by the extractor's tail rule; a segment counts as
                16 frames in either case.
            fps: Frames a second, for the times; a path or reader knows its own.
            mode: ``'bags'`` or ``'sliding'``.

        Yields:
            One score a segment, in order.

        Raises:
            ValueError: There is no extractor; the mode or the frame rate is unfit; there is no
                frame, or frames are unfit, see `iter_features`.
            VideoError, OSError: See `open_video`, `reconnecting`.
            RuntimeError: The network fails.
        """
        self._check_mode(mode)
        runs, fps = self._open(frames, fps, None)
        return SegmentScorer(self.detector, mode, fps).score(runs)

    def _open(
        self, source: Source, fps: float | None, progress: Progress | None
    ) -> tuple[FeatureRuns, float | None]:
        """Give the features of a source, run by run, and its frame rate."""
        if isinstance(source, str | os.PathLike) and os.fspath(source).endswith('.npy'):
            return self._open_features(Path(source), fps)
        if isinstance(source, np.ndarray) and source.dtype != np.uint8:
            return GivenFeatures(self._check_features(source, 'the array')), fps
        if self.extractor is None:
            raise ValueError('no extractor was given, so only feature files can be scored')
        if isinstance(source, str | os.PathLike):
            source = self.extractor.settings.open(os.fspath(source))
        if isinstance(source, VideoReader):
            fps = source.fps or fps
        check_fps(fps)
        return FrameFeatures(source, self.extractor, self.batch_size, self.ahead, progress), fps

    def _check_mode(self, mode: str) -> None:
        build_scorer(self.detector, mode)
        if self._calibrated_mode not in (None, mode):
            raise ValueError(
                f'{self.model["threshold_from"]} was calibrated on scores of mode '
                f'{self._calibrated_mode!r}, got {mode!r}; calibrate on scores of this mode, or '
                'give a threshold'
            )

    def _open_features(self, path: Path, fps: float | None) -> tuple[GivenFeatures, float | None]:
        """Read a feature file (S, K, D) or (S, D), made as the detector's training set was."""
        features = self._check_features(open_array(path), str(path))
        record = read_record(record_path(path))
        if record is None:
            return GivenFeatures(features), fps
        self._check_record(record['features'], str(path))
        video = record.get('video', {})
        num_frames, fps = video.get('num_frames'), video.get('fps') or fps
        check_length(len(features), num_frames)
        check_fps(fps)
        return GivenFeatures(features, num_frames), fps

    def _check_features(self, features: np.ndarray, name: str) -> np.ndarray:
        if features.ndim == 2:
            features = features[:, None]  # (S, 1, D)
        if features.ndim != 3 or features.shape[2] != self.in_channels or not len(features):
            raise ValueError(
                f'{name}: expected features (S, K, {self.in_channels}) or (S, {self.in_channels}), '
                f'got shape {features.shape}'
            )
        if not np.isfinite(features.sum(dtype=np.float64)):
            raise ValueError(f'{name}: features hold NaN or Inf')
        return features

    def _describe_extractor(self, name: str | None) -> dict:
        if self.extractor is None:
            names = ('extractor', 'extractor_weights', 'crops', 'dtype', 'features_as_trained')
            return dict.fromkeys(names)
        record = self.extractor.record
        return dict(
            extractor=name or record['network']['type'],
            extractor_weights=self.extractor.weights,
            crops=self.extractor.settings.crops,
            dtype=record.get('dtype'),
            features_as_trained=self.trained_on and not differences(self.trained_on, record),
        )

    def _check_extractor(self, extractor: LoadedExtractor) -> None:
        if not isinstance(extractor.settings, ClipSettings):
            raise ValueError('the extractor is one of audio; videos are scored by their frames')
        width = extractor.record['feature_channels']
        if width != self.in_channels:
            raise ValueError(
                f'the detector takes features of width {self.in_channels}, the extractor makes '
                f'{width}; detectors over several features are scored from feature files'
            )
        self._check_record(extractor.record, 'the extractor')

    def _check_record(self, record: Mapping, name: str) -> None:
        """Compare with how the features of the training were made, as far as that is known."""
        if self.trained_on is None or self.allow_other_features:
            return
        if differing := differences(self.trained_on, record):
            raise ValueError(
                f'the detector was trained on features that were made otherwise than by {name}: '
                f'{"; ".join(differing)}; allow_other_features=True uses them all the same'
            )


def list_inputs(inputs: str | os.PathLike | Sequence[str | os.PathLike]) -> list[str]:
    """List the files that inputs name.

    Args:
        inputs: A video, feature file or address, a folder (all videos below it, or where it holds
            none all ``.npy`` files), a ``.txt`` list with one path a line, or several of these.

    Returns:
        Paths and addresses; videos of a folder or list sorted by name. Files are not looked for
        yet: a missing one is an error of its own entry.

    Raises:
        ValueError: A folder or list holds neither, or nothing is given.
        FileNotFoundError: A list is not there.

    Example:
        >>> list_inputs(['a.mp4', 'rtsp://gate/1'])
        ['a.mp4', 'rtsp://gate/1']
    """
    if isinstance(inputs, str | os.PathLike):
        inputs = [inputs]
    found = []
    for source in map(os.fspath, inputs):
        if '://' not in source and (os.path.isdir(source) or source.endswith('.txt')):
            found += _list_folder(Path(source))
        else:
            found.append(source)
    if not found:
        raise ValueError('nothing to score: no input was given')
    return found


def _list_folder(source: Path) -> list[str]:
    try:
        return [str(video.path) for video in find_videos(source)]
    except ValueError:
        features = sorted(map(str, source.rglob('*.npy'))) if source.is_dir() else []
        if not features:
            raise
        return features


def _is_list_of_paths(inputs: object) -> bool:
    return isinstance(inputs, list | tuple) and all(
        isinstance(item, str | os.PathLike) for item in inputs
    )


def _name_of(source: object) -> str:
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    if isinstance(source, VideoReader):
        return source.path
    return 'features' if getattr(source, 'dtype', np.uint8) != np.uint8 else 'frames'
