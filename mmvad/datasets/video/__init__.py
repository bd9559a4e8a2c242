"""Video files and streams as segments: decoding, frame rate, resizing, crops, sound."""

from mmvad.datasets.video.audio import iter_audio, read_audio
from mmvad.datasets.video.clips import iter_clips
from mmvad.datasets.video.crops import CROP_COUNTS, CROP_NAMES, crop_views, resize_frame
from mmvad.datasets.video.errors import VideoError
from mmvad.datasets.video.live import FrameRuns, Gap, read_camera, reconnecting
from mmvad.datasets.video.prefetch import prefetch
from mmvad.datasets.video.readers import VideoReader, open_video
from mmvad.datasets.video.resample import resample
from mmvad.datasets.video.segments import iter_segments
from mmvad.datasets.video.writer import encode_frames

__all__ = [
    'CROP_COUNTS',
    'CROP_NAMES',
    'FrameRuns',
    'Gap',
    'VideoError',
    'VideoReader',
    'crop_views',
    'encode_frames',
    'iter_audio',
    'iter_clips',
    'iter_segments',
    'open_video',
    'prefetch',
    'read_audio',
    'read_camera',
    'reconnecting',
    'resample',
    'resize_frame',
]
