"""Refuses playlists before MMAction2's readers of videos open them."""

import os

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mmvad.video.container import open_container


@TRANSFORMS.register_module()
class CheckContainer(BaseTransform):
    """Pass on a video whose container may be read; it goes before ``DecordInit`` in a pipeline.

    A file may be a playlist whatever its name says, and decord reads what a playlist names.
    """

    def transform(self, results: dict) -> dict:
        """Open the container of ``filename`` as every other reader here does, and close it.

        Raises:
            OSError: The file cannot be read.
            VideoError: It is a playlist or no video.
        """
        name = results['filename']
        # DecordInit takes a name without extension for one of an MP4 file
        open_container(name if os.path.splitext(name)[1] else f'{name}.mp4').close()
        return results
