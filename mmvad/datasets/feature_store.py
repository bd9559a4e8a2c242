"""Reads feature files of every published layout as (S, K, D), and refuses what does not fit."""

import string
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from mmvad.datasets.feature_record import common_record
from mmvad.datasets.npy import check_finite, open_array

LAYOUTS = {'SKD': 3, 'KSD': 3, 'SD': 2}


class FeatureStore:
    """The feature files of one data set.

    A video has one file, or one file per crop where the pattern holds ``{crop}``; an audio file may
    be joined to it. Nothing is guessed: layout, crops and width are what the caller says, and a
    file that differs is refused by name.

    Args:
        root: Folder of the feature files.
        pattern: File of a video below `root`. ``{video}`` is its name in the annotation file,
            ``{name}`` the last part of that, ``{folder}`` the parts before, ``{crop}`` 0 … K-1.
        num_crops: K.
        num_channels: D of these files (without audio).
        layout: Axes of a file: ``'SKD'`` (segments, crops, channels), ``'KSD'`` (crop-major), or
            ``'SD'`` (one crop per file).
        audio: ``dict(pattern=…, num_channels=…)`` of files (S, D_audio), joined to every crop. The
            published ones may be one segment shorter; that segment is then left out, and its video
            is named in `trimmed`, so that `length_problem` can allow for it.

    Raises:
        ValueError: Layout and pattern contradict each other, a count is not positive, or a pattern
            names the same file for every video.

    Example:
        >>> store = FeatureStore('features', '{name}_i3d.npy', num_crops=10, num_channels=2048)
        >>> [path.as_posix() for path in store.paths('Abuse/Abuse001_x264')]
        ['features/Abuse001_x264_i3d.npy']
    """

    def __init__(
        self,
        root: str | Path,
        pattern: str,
        num_crops: int,
        num_channels: int,
        layout: str = 'SKD',
        audio: Mapping | None = None,
    ) -> None:
        if layout not in LAYOUTS:
            raise ValueError(f'layout must be one of {tuple(LAYOUTS)}, got {layout!r}')
        if num_crops < 1 or num_channels < 1:
            raise ValueError(
                f'num_crops and num_channels must be positive, got {num_crops} and {num_channels}'
            )
        if ('{crop}' in pattern) and layout != 'SD':
            raise ValueError(
                f"pattern {pattern!r} means one file per crop: expected layout 'SD', got {layout!r}"
            )
        if layout == 'SD' and num_crops > 1 and '{crop}' not in pattern:
            raise ValueError(
                f"layout 'SD' with {num_crops} crops needs '{{crop}}' in the pattern, "
                f'got {pattern!r}'
            )
        _check_pattern(pattern)
        if audio is not None:
            if set(audio) != {'pattern', 'num_channels'}:
                raise ValueError(f'audio takes pattern and num_channels, got {sorted(audio)}')
            _check_pattern(audio['pattern'])
        self.root = Path(root)
        self.pattern = pattern
        self.num_crops = num_crops
        self.num_channels = num_channels
        self.layout = layout
        self.audio = None if audio is None else dict(audio)
        self.trimmed: set[str] = set()

    @property
    def width(self) -> int:
        """D of a loaded video, audio included."""
        return self.num_channels + (self.audio['num_channels'] if self.audio else 0)

    def paths(self, video: str) -> list[Path]:
        """Name the files of a video, crops in order, audio last; they need not exist."""
        crops = range(self.num_crops) if '{crop}' in self.pattern else [0]
        paths = [self._path(self.pattern, video, crop) for crop in crops]
        if self.audio:
            paths.append(self._path(self.audio['pattern'], video, 0))
        return paths

    def missing(self, videos: list[str]) -> list[Path]:
        """List the files that are missing."""
        return [path for video in videos for path in self.paths(video) if not path.is_file()]

    def shared(self, videos: Iterable[str]) -> list[str]:
        """List the files that two videos have in common, one sentence each.

        Example:
            >>> store = FeatureStore('features', '{name}.npy', num_crops=1, num_channels=8)
            >>> store.shared(['gate/x', 'hall/x'])
            ["features/x.npy is the file of both 'gate/x' and 'hall/x'"]
        """
        owners, found = {}, []
        for video in videos:
            for path in dict.fromkeys(self.paths(video)):
                owner = owners.setdefault(path, video)
                if owner != video:
                    found.append(f'{path} is the file of both {owner!r} and {video!r}')
                    break
        return found

    def record(self, videos: list[str]) -> dict | None:
        """Find out how the features of some videos were made.

        Args:
            videos: Their names; the files exist.

        Returns:
            Records of the ``visual`` and the ``audio`` files, see `common_record`; None where there
            is none, as for published files.

        Raises:
            ValueError: Files of one kind were made differently, or only some have a record.
        """
        paths = [self.paths(video) for video in videos]
        if self.audio is None:
            found = dict(visual=common_record(path for group in paths for path in group))
        else:
            found = dict(
                visual=common_record(path for group in paths for path in group[:-1]),
                audio=common_record(group[-1] for group in paths),
            )
        return found if any(found.values()) else None

    def load(self, video: str) -> np.ndarray:
        """Read a video's features.

        Args:
            video: Name in the annotation file.

        Returns:
            (S, K, D) in the files' float type, a memory map where one file holds the video.

        Raises:
            FileNotFoundError: A file is missing.
            ValueError: A file is truncated, pickled, of another shape, width or crop count than
                this store expects, empty, or its crops or audio differ in length; the message
                names it.
        """
        arrays, audio = self._open(video)
        features = arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=1)  # (S, K, D)
        if audio is None:
            return features
        per_crop = np.broadcast_to(audio[:, None], (len(audio), self.num_crops, audio.shape[1]))
        return np.concatenate([features[: len(audio)], per_crop], axis=2)  # (S', K, D + D_audio)

    def num_segments(self, video: str) -> int:
        """Count the segments that `load` returns, reading only file headers.

        Raises:
            FileNotFoundError, ValueError: See `load`.
        """
        arrays, audio = self._open(video)
        return len(arrays[0]) if audio is None else len(audio)

    def check_finite(self, video: str) -> None:
        """Refuse NaN and Inf, file by file, so that the one that holds them is named.

        Raises:
            FileNotFoundError, ValueError: See `load`; or a file holds NaN or Inf.
        """
        arrays, audio = self._open(video)
        arrays += [] if audio is None else [audio]
        for array, path in zip(arrays, self.paths(video), strict=True):
            check_finite(array, path)

    def tolerance(self, video: str, segments_tolerance: int) -> int:
        """Add the segment that a video lost to its audio to what its data set tolerates."""
        return segments_tolerance + (video in self.trimmed)

    def _open(self, video: str) -> tuple[list[np.ndarray], np.ndarray | None]:
        """Open a video's files as (S, k, D) each and (S or S - 1, D_audio)."""
        paths = self.paths(video)
        visual_paths = paths[:-1] if self.audio else paths
        arrays = [self._open_visual(path) for path in visual_paths]  # (S, k, D) each
        lengths = {path.name: len(array) for path, array in zip(visual_paths, arrays, strict=True)}
        if len(set(lengths.values())) > 1:
            raise ValueError(f'{video}: crop files differ in segments: {lengths}')
        return arrays, self._open_audio(video, len(arrays[0]), paths[-1]) if self.audio else None

    def _path(self, pattern: str, video: str, crop: int) -> Path:
        folder, _, name = video.rpartition('/')
        return self.root / pattern.format(video=video, folder=folder, name=name, crop=crop)

    def _open_visual(self, path: Path) -> np.ndarray:
        """Open one file as (S, k, D)."""
        array = open_array(path)
        if array.ndim != LAYOUTS[self.layout]:
            raise ValueError(
                f'{path}: expected {LAYOUTS[self.layout]} axes ({self.layout}), '
                f'got shape {array.shape}'
            )
        if self.layout == 'SD':
            array = array[:, None]  # (S, 1, D)
        elif self.layout == 'KSD':
            array = array.swapaxes(0, 1)  # (S, K, D)
        num_crops = 1 if self.layout == 'SD' else self.num_crops
        if array.shape[2] != self.num_channels:
            raise ValueError(
                f'{path}: expected width {self.num_channels}, got {array.shape[2]} '
                f'(file of shape {array.shape} as (segments, crops, channels))'
            )
        if array.shape[1] != num_crops:
            raise ValueError(
                f'{path}: expected {num_crops} crops, got {array.shape[1]} '
                f'(file of shape {array.shape} as (segments, crops, channels))'
            )
        if len(array) == 0:
            raise ValueError(f'{path}: holds no segment, shape {array.shape}')
        return array

    def _open_audio(self, video: str, num_segments: int, path: Path) -> np.ndarray:
        """Open the audio of S segments, (S or S - 1, D_audio)."""
        audio = open_array(path)
        width = self.audio['num_channels']
        if audio.ndim != 2 or audio.shape[1] != width:
            raise ValueError(f'{path}: expected audio of shape (S, {width}), got {audio.shape}')
        extra = num_segments - len(audio)
        if extra not in (0, 1) or len(audio) == 0:
            raise ValueError(
                f'{path}: {len(audio)} audio segments do not match {num_segments} of {video}; '
                'the video may be one segment longer, no more'
            )
        if extra:
            self.trimmed.add(video)
        return audio


def to_segments_first(
    array: np.ndarray, layout: str, num_crops: int | None, name: str
) -> np.ndarray:
    """Turn the array of a feature file into (S, K, D), or refuse it where its axes are in doubt.

    Args:
        array: (S, K, D), (K, S, D) or (S, D).
        layout: What three axes are, ``'SKD'`` or ``'KSD'``; ``'SD'`` for files of one crop.
        num_crops: K, or None to accept any number.
        name: Name of the file, for the error.

    Returns:
        A view (S, K, D); one crop is accepted where more are usual.

    Raises:
        ValueError: The file has neither two nor three axes, or another number of crops.

    Example:
        >>> to_segments_first(np.zeros((10, 7, 64)), 'KSD', 10, 'a.npy').shape
        (7, 10, 64)
        >>> to_segments_first(np.zeros((10, 7, 64)), 'SKD', 10, 'a.npy')  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: a.npy: expected (segments, 10, channels), got shape (10, 7, 64), which ...
    """
    if array.ndim == 2:
        return array[:, None]  # (S, 1, D)
    if array.ndim != 3:
        raise ValueError(f'{name}: expected two or three axes, got shape {array.shape}')
    crops_axis = 0 if layout == 'KSD' else 1
    found, other = array.shape[crops_axis], array.shape[1 - crops_axis]
    if num_crops is not None and found != num_crops and (found > 1 or other == num_crops):
        order = '({}, segments, channels)' if layout == 'KSD' else '(segments, {}, channels)'
        text = f'{name}: expected {order.format(num_crops)}, got shape {array.shape}'
        if other == num_crops:
            swapped = 'SKD' if layout == 'KSD' else 'KSD'
            looks = 'segments first' if layout == 'KSD' else 'crops first'
            text += (
                f", which looks like {looks}; the detector's config says so by layout={swapped!r}"
            )
        raise ValueError(text)
    return array.swapaxes(0, 1) if layout == 'KSD' else array


def _check_pattern(pattern: str) -> None:
    try:
        parts = list(string.Formatter().parse(pattern))
        pattern.format(video='v', name='n', folder='f', crop=0)
    except (KeyError, IndexError):  # an unknown placeholder
        pass
    except (ValueError, AttributeError, TypeError, MemoryError) as error:
        raise ValueError(f'pattern {pattern!r} is malformed: {error}') from None
    fields = {field for _, field, _, _ in parts if field is not None}
    unknown = fields - {'video', 'name', 'folder', 'crop'}
    if unknown:
        raise ValueError(f'pattern {pattern!r} has an unknown placeholder: {sorted(unknown)}')
    if not fields & {'video', 'name'}:
        raise ValueError(f"pattern {pattern!r} names no video; it needs '{{video}}' or '{{name}}'")
