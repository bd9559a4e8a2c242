"""Points of the ROC and precision-recall curves as CSV and JSON."""

import csv
import os
from pathlib import Path

import numpy as np

from mmvad.evaluation.functional.curves import PR_COLUMNS, ROC_COLUMNS, pr_points, roc_points
from mmvad.evaluation.functional.runs import FrameRuns
from mmvad.files import atomic_path, write_json

ROC, PR, BOTH = 'roc.csv', 'precision_recall.csv', 'curves.json'


def write_curves(folder: str | os.PathLike, runs: FrameRuns) -> tuple[np.ndarray, np.ndarray]:
    """Write ``roc.csv``, ``precision_recall.csv`` and both as ``curves.json``.

    The JSON holds a list for each column of each curve, by name. The threshold of the first point,
    which no score reaches, is ``inf`` in CSV and null in JSON.

    Args:
        folder: Is created where it is missing.
        runs: Frames of all videos.

    Returns:
        What `roc_points` and `pr_points` give.

    Raises:
        ValueError: A class is missing.

    Example:
        >>> from mmvad.scores.scored_video import ScoredVideo
        >>> video = ScoredVideo('a', [0.25, 0.75], label=1, annotated_events=[(0, 16)])
        >>> _ = write_curves('curves', FrameRuns.join([video], 'segments'))
        >>> print(Path('curves/roc.csv').read_text().strip())
        threshold,false_positive_rate,recall
        inf,0.0,0.0
        0.75,1.0,0.0
        0.25,1.0,1.0
    """
    folder, content = Path(folder), {}
    curves = (
        (ROC, ROC_COLUMNS, roc_points(*runs.ranking)),
        (PR, PR_COLUMNS, pr_points(*runs.ranking)),
    )
    for name, columns, points in curves:
        with atomic_path(folder / name) as draft, draft.open('w', newline='') as file:
            writer = csv.writer(file, lineterminator='\n')
            writer.writerow(columns)
            writer.writerows(points.tolist())
        lists = [[None if np.isinf(x) else x for x in column] for column in points.T.tolist()]
        content[Path(name).stem] = dict(zip(columns, lists, strict=True))
    write_json(folder / BOTH, content)
    return curves[0][2], curves[1][2]
