"""Scores videos and streams: a file's scores are those of its frames as a stream."""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mmvad.addresses import Address, hide_addresses, shown_name
from mmvad.apis.detector import LoadedDetector
from mmvad.apis.feature_runs import FeatureRuns, FrameFeatures, GivenFeatures, Progress
from mmvad.apis.inputs import list_inputs, name_of
from mmvad.apis.segment_stream import SegmentScore, SegmentStream, collect
from mmvad.clock import Clock, check_fps, clock_of_record
from mmvad.datasets.feature_record import differences, read_record, record_path
from mmvad.datasets.feature_store import to_segments_first
from mmvad.datasets.npy import check_finite, open_array
from mmvad.extraction.build import LoadedExtractor
from mmvad.extraction.settings import ClipSettings
from mmvad.models.stream_scorers import build_scorer, check_bag_size, check_streams
from mmvad.scores.cautions import caution_extractor
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, failed_video
from mmvad.scores.scores_file import ScoresFile
from mmvad.scores.threshold_file import check_calibration, choose_rule
from mmvad.version import __version__
from mmvad.video.live import Gap
from mmvad.video.readers import VideoReader

Source = str | os.PathLike | Address | VideoReader | Iterable[np.ndarray | Gap] | np.ndarray


class AnomalyInferencer:
    """A trained detector behind the network that makes its features.

    ``'bags'`` scoring gives the scores of a bag's l segments as soon as the bag is complete: the
    published way. ``'sliding'`` gives a score for every segment at once, that of the bag of the l
    segments up to it. In both, a head that ranks the segments of a bag gives each a score of its
    own (`SalientHead`). At a gap, and at the end, what waits is scored as a shorter bag.

    Args:
        detector: What `load_detector` gave.
        extractor: What `load_extractor` gave; None scores feature files only.
        rule: How scores become events: a rule, a threshold, or the path of a threshold file. None
            takes the threshold file beside the detector's weights, or a threshold of 0.5.
        scoring: ``'bags'`` or ``'sliding'``.
        batch_size: Clips in one forward pass, see `iter_features`; None scores a segment as soon as
            its last frame is there.
        ahead: Segments that a thread reads ahead of the network, see `iter_features`.
        allow_other_features: Accept features that differ from those of the detector's training.

    Raises:
        FileNotFoundError: The threshold file is not there.
        ValueError: An argument is out of range; the extractor has another width, or makes other
            features than those the detector was trained on; the threshold was calibrated for
            another checkpoint, scoring, bag size or segment ranking. The text names what differs.
    """

    def __init__(
        self,
        detector: LoadedDetector,
        extractor: LoadedExtractor | None = None,
        rule: EventRule | float | str | os.PathLike | None = None,
        scoring: str = 'bags',
        batch_size: int | None = None,
        ahead: int = 2,
        allow_other_features: bool = False,
    ) -> None:
        build_scorer(detector.model, scoring)  # refuses an unknown scoring, or bags without end
        path = rule if isinstance(rule, str | os.PathLike) else None
        self.rule, calibration, origin = choose_rule(detector.weights, None if path else rule, path)
        bag_size = check_bag_size(detector.model)
        ranking = detector.segment_ranking
        check_calibration(calibration, scoring, bag_size, ranking, origin)
        self.detector = detector
        self.extractor = extractor
        self.scoring = scoring
        self.batch_size = batch_size
        self.ahead = ahead
        self.allow_other_features = allow_other_features
        if extractor is not None:
            self._check_extractor(extractor)
        self.made_by = dict(
            detector=detector.name,
            weights=Path(detector.weights).name,
            weights_sha256=detector.sha256,
            **self._describe_extractor(),
            scoring=scoring,
            bag_size=bag_size,
            segment_ranking=ranking,
            threshold_from=origin,
            mmvad_version=__version__,
        )

    def __call__(
        self,
        inputs: Source | Sequence[str | os.PathLike],
        fps: float | None = None,
        progress: Progress | None = None,
    ) -> ScoresFile:
        """Score videos, feature files or frames.

        Args:
            inputs: What `list_inputs` takes, or frames as `stream` takes them, or features
                (S, K, D) as an array of floats.
            fps: Frames a second where `inputs` are frames or features; videos know their own, and
                so do the records of extracted features.
            progress: Called as the work goes on.

        Returns:
            The scored videos with their events. An input that cannot be read or scored has its
            error there and does not stop the others.

        Raises:
            ValueError: The frame rate is unfit, or a folder holds no video.
            FileNotFoundError: A folder or list is not there.
            RuntimeError: The network fails.
        """
        is_list = isinstance(inputs, list | tuple) and all(
            isinstance(item, str | os.PathLike) for item in inputs
        )
        is_paths = isinstance(inputs, str | os.PathLike) or is_list
        sources = list_inputs(inputs) if is_paths else [inputs]
        check_fps(fps)  # what is wrong for all is not blamed on each
        videos = [self.cut(self.score(source, fps, progress)) for source in sources]
        return ScoresFile(videos, self.made_by, self.rule)

    def score(
        self,
        source: Source,
        fps: float | None = None,
        progress: Progress | None = None,
        name: str | None = None,
    ) -> ScoredVideo:
        """Score one input to its end.

        Args:
            source: Path of a video or of a ``.npy`` feature file, address, frames, or features.
            fps: See `__call__`.
            progress: Called as the work goes on.
            name: Of the video; None takes its path, or of an address what may be shown of it.

        Returns:
            The video without events, or its error. Of a live source that is lost, what was scored
            until then.

        Raises:
            RuntimeError: The network fails.
        """
        name = shown_name(name or name_of(source))
        scores: list[SegmentScore] = []
        start, stream, incomplete = time.perf_counter(), None, None
        try:
            stream = self.stream(source, fps, progress)
            scores.extend(stream)
        except (ValueError, OSError) as error:
            incomplete = hide_addresses(str(error))
            if stream is None or stream.runs.started_at is None:
                return failed_video(name, incomplete)
            scores.extend(stream.rest())
        try:
            return collect(stream, name, scores, time.perf_counter() - start, incomplete)
        except ValueError as error:  # the scores do not fit the source's clock
            return failed_video(name, str(error).removeprefix(f'video {name!r}: '))

    def cut(self, video: ScoredVideo) -> ScoredVideo:
        """Give a video with its events, or its error where the rule needs a rate not known."""
        try:
            return video.cut(self.rule)
        except ValueError as error:
            return failed_video(video.name, str(error).removeprefix(f'video {video.name!r}: '))

    def stream(
        self, source: Source, fps: float | None = None, progress: Progress | None = None
    ) -> SegmentStream:
        """Score frames as they come, in memory that does not grow.

        A detector that looks at whole videos keeps the features of a file and scores them at its
        end.

        Args:
            source: An iterable of (H, W, 3) uint8 RGB frames, an (F, H, W, 3) array, an open
                `VideoReader`, `reconnecting(…)`, features, or a path or address to open. Bags,
                segments and windows never hold frames from both sides of a `Gap`. The last frames
                before a gap are treated as those of a video, by the extractor's tail rule; a
                segment counts as 16 frames in either case.
            fps: Frames a second, for the times; a path or reader knows its own.
            progress: Called as the work goes on.

        Returns:
            An iterator over the scores, one per segment, in order.

        Raises:
            ValueError: There is no extractor, the frame rate is unfit, features do not fit, or the
                source may have no end and the detector looks at whole videos; while iterating, that
                there is no frame or that frames are unfit.
            VideoError, OSError: See `open_video`, `reconnecting`.
            RuntimeError: The network fails, while iterating.
        """
        runs = self._open(source, fps, progress)
        if getattr(runs, 'is_live', False):
            self.check_streams()
        return SegmentStream(runs, self.detector.model, self.scoring)

    def check_streams(self) -> None:
        """Refuse to score a live source where the detector looks at whole videos.

        Raises:
            ValueError: It does.
        """
        check_streams(self.detector.model)

    def _open(self, source: Source, fps: float | None, progress: Progress | None) -> FeatureRuns:
        """Give the features of a source, run by run."""
        check_fps(fps)
        if isinstance(source, str | os.PathLike) and os.fspath(source).endswith('.npy'):
            return self._open_features(Path(source), fps)
        if isinstance(source, np.ndarray) and source.dtype != np.uint8:
            features = self._check_features(source, 'the array')
            return GivenFeatures(features, Clock(len(features), fps=fps))
        if self.extractor is None:
            raise ValueError('no extractor was given, so only feature files can be scored')
        if isinstance(source, Address | str | os.PathLike):
            source = self.extractor.settings.open(source)
        return FrameFeatures(source, self.extractor, self.batch_size, self.ahead, fps, progress)

    def _open_features(self, path: Path, fps: float | None) -> GivenFeatures:
        """Read a feature file in the layout of the detector's config."""
        record = read_record(record_path(path))
        detector = self.detector
        known = ('SKD', None) if record else (detector.layout, detector.num_crops)
        array = to_segments_first(open_array(path), *known, str(path))
        features = self._check_features(array, str(path))
        if record is None:
            return GivenFeatures(features, Clock(len(features), fps=fps))
        self._check_record(record['features'], str(path))
        if caution_extractor(record.get('weights')):
            self.made_by['extractor_weights'] = record['weights']
        video = dict(record.get('video') or {})
        video['fps'] = video.get('fps') or fps
        clock = clock_of_record(len(features), video)
        damage = video.get('damage') or ('it was cut short' if video.get('truncated') else None)
        return GivenFeatures(features, clock, record['features'].get('tail'), damage)

    def _check_features(self, features: np.ndarray, name: str) -> np.ndarray:
        width = self.detector.in_channels
        if features.ndim == 2:
            features = features[:, None]  # (S, 1, D)
        if features.ndim != 3 or features.shape[2] != width or not len(features):
            raise ValueError(
                f'{name}: expected features (S, K, {width}) or (S, {width}), '
                f'got shape {features.shape}'
            )
        check_finite(features, name)
        return features

    def _describe_extractor(self) -> dict:
        if self.extractor is None:
            names = ('extractor', 'extractor_weights', 'crops', 'dtype', 'features_as_trained')
            return dict.fromkeys(names)
        record, trained_on = self.extractor.record, self.detector.trained_on
        return dict(
            extractor=self.extractor.name,
            extractor_weights=self.extractor.weights,
            crops=self.extractor.settings.crops,
            dtype=record.get('dtype'),
            features_as_trained=trained_on and not differences(trained_on, record),
        )

    def _check_extractor(self, extractor: LoadedExtractor) -> None:
        if not isinstance(extractor.settings, ClipSettings):
            raise ValueError('the extractor is one of audio; videos are scored by their frames')
        width, expected = extractor.record['feature_channels'], self.detector.in_channels
        if width != expected:
            raise ValueError(
                f'the detector takes features of width {expected}, the extractor makes {width}; '
                'detectors over several features are scored from feature files'
            )
        self._check_record(extractor.record, 'the extractor')

    def _check_record(self, record: Mapping, name: str) -> None:
        """Compare with how the features of the training were made, as far as that is known."""
        trained_on = self.detector.trained_on
        if trained_on is None or self.allow_other_features:
            return
        if differing := differences(trained_on, record):
            raise ValueError(
                f'the detector was trained on other features than those of {name}: '
                f'{"; ".join(differing)}; allow_other_features=True uses them anyway'
            )
