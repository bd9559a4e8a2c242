"""Controls of a frame-level result: the same scores without what they say inside videos."""

from dataclasses import replace
from zlib import crc32

import numpy as np

from mmvad.scores.scored_video import ScoredVideo


def shuffle_within(video: ScoredVideo, seed: int) -> ScoredVideo:
    """Shuffle the segment scores of a video.

    Args:
        video: Scored.
        seed: With the video's name it seeds the order, which so does not depend on other videos.

    Returns:
        The video with the same scores in another order.

    Example:
        >>> shuffled = shuffle_within(ScoredVideo('a', [0.1, 0.2, 0.3, 0.4]), seed=0)
        >>> sorted(shuffled.scores.tolist()) == np.float32([0.1, 0.2, 0.3, 0.4]).tolist()
        True
    """
    name = crc32(video.name.encode('utf-8', 'surrogateescape'))
    scores = np.random.default_rng([seed, name]).permutation(video.scores)
    return replace(video, scores=scores)
