"""Video files and streams as segments: decoding, frame rate, resizing, crops, sound."""

from mmvad.video.audio import iter_audio, read_audio
from mmvad.video.clips import iter_clips
from mmvad.video.crops import CROP_COUNTS, CROP_NAMES, crop_views, resize_frame
from mmvad.video.errors import VideoError
from mmvad.video.live import FrameRuns, Gap, read_camera, reconnecting
from mmvad.video.prefetch import prefetch
from mmvad.video.readers import VideoReader, open_video
from mmvad.video.resample import resample
from mmvad.video.segments import iter_segments
from mmvad.video.writer import encode_frames

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
