"""How a feature config reads its videos: checked settings of a segment's clips or audio."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from mmvad.addresses import Address
from mmvad.clock import check_fps
from mmvad.timeline import SEGMENT_FRAMES, count_segments
from mmvad.video.clips import frame_step
from mmvad.video.crops import CROP_COUNTS, CROP_NAMES, resized_size
from mmvad.video.decoders import DECODERS
from mmvad.video.readers import VideoReader, open_video

MODALITIES = ('rgb', 'audio')
MISSING_AUDIO = ('error', 'zeros')

RENAMED = {'missing': 'missing_audio'}  # keys of older configs

NETWORK_KEYS = {'backbone', 'weights', 'weights_prefix', 'weights_ignore', 'feature_channels'}
MODALITY_KEYS = {'rgb': {'pool_kernel', 'mean', 'std'}, 'audio': {'pca_weights'}}


@dataclass(frozen=True)
class ReadingSettings:
    """How frames are read from a file, for clips and for audio.

    Attributes:
        tail: What happens to the last frames, see `timeline.count_segments`.
        min_frames: For the tail rule ``'keep'``.
        fps: Frames per second that files are resampled to; None takes every frame once.
        decoder: ``'pyav'``, ``'opencv'`` or ``'decord'``.
        allow_truncated: Use the frames that decode from a damaged file, instead of refusing it.

    Raises:
        ValueError: A setting is not allowed.
    """

    tail: str = 'ceil'
    min_frames: int | None = None
    fps: float | None = None
    decoder: str = 'pyav'
    allow_truncated: bool = False

    def __post_init__(self) -> None:
        count_segments(SEGMENT_FRAMES, self.tail, self.min_frames)
        check_fps(self.fps)
        if self.decoder not in DECODERS:
            raise ValueError(f'decoder must be one of {tuple(DECODERS)}, got {self.decoder!r}')

    def open(self, path: str | os.PathLike | Address) -> VideoReader:
        """Open a file for one pass, see `open_video`."""
        return open_video(path, self.decoder, fps=self.fps, allow_truncated=self.allow_truncated)

    def reading_record(self) -> dict:
        """Say how files are read, which changes features by rounding at most."""
        return dict(decoder=self.decoder, allow_truncated=self.allow_truncated)

    def record(self) -> dict:
        """Say what determines the features, in JSON types."""
        return dict(
            segment_frames=SEGMENT_FRAMES,
            tail=self.tail,
            min_frames=self.min_frames,
            fps=self.fps,
        )


@dataclass(frozen=True)
class ClipSettings(ReadingSettings):
    """How the frames of a segment become the crops that a network sees.

    Attributes:
        resize: Short side, fixed (width, height), or None for none.
        crop_size: Side of the square crops.
        crops: ``'centre'``, ``'five'`` or ``'ten'``.
        clip_frames: Frames of a segment that the network sees, see `iter_clips`.
    """

    resize: int | tuple[int, int] | None = 256
    crop_size: int = 224
    crops: str = 'ten'
    clip_frames: int = SEGMENT_FRAMES

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.crops not in CROP_COUNTS:
            raise ValueError(f'crops must be one of {tuple(CROP_COUNTS)}, got {self.crops!r}')
        frame_step(self.clip_frames)
        width, height = resized_size(self.crop_size, self.crop_size, self.resize)
        if not 1 <= self.crop_size <= min(width, height):
            raise ValueError(
                f'crop_size {self.crop_size} does not fit into frames resized to {self.resize!r}'
            )

    @property
    def num_crops(self) -> int:
        """K, crops per segment."""
        return CROP_COUNTS[self.crops]

    def record(self) -> dict:
        """Say what determines the features, in JSON types."""
        record = dict(
            super().record(),
            resize=list(self.resize) if isinstance(self.resize, tuple) else self.resize,
            crop_size=self.crop_size,
            crops=list(CROP_NAMES[: self.num_crops]),
        )
        if self.clip_frames != SEGMENT_FRAMES:  # records of whole segments have always lacked it
            record['clip_frames'] = self.clip_frames
        return record


@dataclass(frozen=True)
class AudioSettings(ReadingSettings):
    """How the audio of a segment is found: one window from the segment's first frame on.

    Attributes:
        missing_audio: What happens without audio, see `extract_audio_features`.
    """

    missing_audio: str = 'error'

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.missing_audio not in MISSING_AUDIO:
            raise ValueError(
                f'missing_audio must be one of {MISSING_AUDIO}, got {self.missing_audio!r}'
            )


def read_settings(extractor: Mapping, overrides: Mapping | None = None) -> ReadingSettings:
    """Read the settings from the ``extractor`` dict of a feature config.

    Args:
        extractor: ``modality`` (``'rgb'``, the default, or ``'audio'``), the network's entries (see
            `build_clip_extractor`, `build_audio_extractor`), and the fields of `ClipSettings` or
            `AudioSettings`; ``resize`` is ``dict(short_side=…)``, ``dict(width=…, height=…)`` or
            None.
        overrides: Fields that replace the config's; None leaves the config's.

    Returns:
        The settings.

    Raises:
        ValueError: An entry is unknown or a setting is not allowed.

    Example:
        >>> settings = read_settings(dict(crops='five', resize=dict(short_side=256)))
        >>> settings.num_crops, settings.resize, settings.tail
        (5, 256, 'ceil')
    """
    modality = extractor.get('modality', 'rgb')
    if modality == 'sound':
        raise ValueError("modality 'sound' is now called 'audio': write modality='audio'")
    if modality not in MODALITIES:
        raise ValueError(f'modality must be one of {MODALITIES}, got {modality!r}')
    settings = ClipSettings() if modality == 'rgb' else AudioSettings()
    given = {
        key: value
        for key, value in extractor.items()
        if key not in {'modality'} | NETWORK_KEYS | MODALITY_KEYS[modality]
    }
    if 'resize' in given:
        given['resize'] = _read_resize(given['resize'])
    if renamed := sorted(set(given) & set(RENAMED)):
        names = ', '.join(f'{old} is now {RENAMED[old]}' for old in renamed)
        raise ValueError(f'settings of an extractor have new names: {names}')
    overrides = {key: value for key, value in (overrides or {}).items() if value is not None}
    if overrides.get('tail', 'keep') != 'keep':
        given.pop('min_frames', None)  # belongs to the rule that is replaced
    given |= overrides
    if unknown := sorted(set(given) - set(asdict(settings))):
        raise ValueError(
            f'{", ".join(unknown)}: no setting of an extractor of modality {modality!r}; '
            f'there are {", ".join(sorted(asdict(settings)))}'
        )
    return replace(settings, **given)


def _read_resize(resize: Mapping | None) -> int | tuple[int, int] | None:
    if resize is None:
        return None
    if isinstance(resize, Mapping) and set(resize) == {'short_side'}:
        return resize['short_side']
    if isinstance(resize, Mapping) and set(resize) == {'width', 'height'}:
        return resize['width'], resize['height']
    raise ValueError(
        f'resize must be dict(short_side=…), dict(width=…, height=…) or None, got {resize!r}'
    )
