"""AUC of each category, by the two definitions that are in use."""

from collections.abc import Sequence

import numpy as np

from mmvad.evaluation.functional.metric_table import MetricTable
from mmvad.evaluation.functional.roc import roc_auc
from mmvad.evaluation.functional.runs import FrameRuns
from mmvad.scores.scored_video import ScoredVideo


def category_report(videos: Sequence[ScoredVideo], runs: FrameRuns) -> MetricTable:
    """Rank the positive frames of each category.

    ``AUC/<category>`` ranks them against the negative frames of the category's videos and of all
    normal ones, ``AUC_own/<category>`` against those of the category's videos only (arXiv
    2608.11985). The two differ by several points. A video of several categories (``'B1-B2'``)
    counts for each.

    Args:
        videos: With their categories; those of unknown category belong to none.
        runs: Of these videos.

    Returns:
        Both of every category.

    Example:
        >>> videos = [ScoredVideo('a', [0.5], label=0, category='Normal', annotated_events=[]),
        ...           ScoredVideo('b', [0.9, 0.1], label=1, category='Abuse',
        ...                       annotated_events=[(16, 32)])]
        >>> category_report(videos, FrameRuns.join(videos, 'segments')).values
        {'AUC/Abuse': 0.0, 'AUC_own/Abuse': 0.0}
    """
    members: dict[str, np.ndarray] = {}
    for number, video in enumerate(videos):
        if video.label == 1 and video.category is not None:
            for category in video.category.split('-'):
                chosen = members.setdefault(category, np.zeros(len(videos), bool))
                chosen[number] = True
    normal = np.array([video.label == 0 for video in videos])
    table = MetricTable()
    for category, own in sorted(members.items()):
        if normal.any():
            table.rank({f'AUC/{category}': roc_auc}, runs.only(own | normal))
        else:
            table.put(f'AUC/{category}', None, 'no normal video')
        table.rank({f'AUC_own/{category}': roc_auc}, runs.only(own))
    return table
