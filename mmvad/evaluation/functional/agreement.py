"""Makes sure that two sets of scored videos are the same videos with the same ground truth."""

from collections.abc import Sequence

import numpy as np

from mmvad.evaluation.functional.frames import video_frames
from mmvad.scores.scored_video import ScoredVideo, check_complete


def align_videos(
    first: Sequence[ScoredVideo],
    second: Sequence[ScoredVideo],
    names: tuple[str, str],
    frame_count: str = 'segments',
) -> list[ScoredVideo]:
    """Bring the second set into the order of the first, where both have the same ground truth.

    Args:
        first: Annotated videos.
        second: The same, scored otherwise, in any order.
        names: Of the two sets, for the error.
        frame_count: ``'segments'`` or ``'true'``: what is counted must be equal.

    Returns:
        The second set's videos in the order of the first.

    Raises:
        ValueError: A video is in one of them only, or its number of frames or a label differs; the
            text says the first difference. Or a video has no annotation.

    Example:
        >>> videos = [ScoredVideo(name, [0.5], label=0, annotated_events=[]) for name in 'ab']
        >>> [video.name for video in align_videos(videos, videos[::-1], ('A', 'B'))]
        ['a', 'b']
        >>> align_videos(videos, videos[:1], ('A.json', 'B.json'))
        Traceback (most recent call last):
        ValueError: A.json and B.json differ: video 'b' is in A.json only
    """
    for videos in (first, second):
        check_complete(videos)
    others = {video.name: video for video in second}
    differ = f'{names[0]} and {names[1]} differ'
    for video in first:
        if video.name not in others:
            raise ValueError(f'{differ}: video {video.name!r} is in {names[0]} only')
        if difference := _difference(video, others[video.name], names, frame_count):
            raise ValueError(f'{differ}: video {video.name!r} {difference}')
    known = {video.name for video in first}
    if more := [video.name for video in second if video.name not in known]:
        raise ValueError(f'{differ}: video {more[0]!r} is in {names[1]} only')
    return [others[video.name] for video in first]


def _difference(
    first: ScoredVideo, second: ScoredVideo, names: tuple[str, str], frame_count: str
) -> str | None:
    labels = [video_frames(video, frame_count)[0] for video in (first, second)]
    if len(labels[0]) != len(labels[1]):
        return f'has {len(labels[0])} frames in {names[0]} and {len(labels[1])} in {names[1]}'
    wrong = np.flatnonzero(labels[0] != labels[1])
    if not len(wrong):
        return None
    kinds = ['anomalous' if label[wrong[0]] else 'normal' for label in labels]
    return f'has frame {wrong[0]} {kinds[0]} in {names[0]} and {kinds[1]} in {names[1]}'
