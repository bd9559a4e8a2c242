"""Score curve of a video: scores over time, ground truth, threshold, events."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mmvad.apis.events import check_fps, check_length, check_scores, segment_frames
from mmvad.files import printable
from mmvad.visualization.figures import BLUE, ORANGE, VERMILION, label_time_axis, new_figure

STRIP = (1.02, 1.08)  # events stand above the scores, so that neither hides the other


def score_curve(
    scores: Sequence[float] | np.ndarray,
    fps: float | None = None,
    num_frames: int | None = None,
    threshold: float | None = None,
    events: Sequence[Mapping] = (),
    ground_truth: Sequence[Sequence[int]] | None = None,
    title: str = '',
) -> Figure:
    """Draw the scores of a video.

    Args:
        scores: (S,) in [0, 1].
        fps: Frames a second; None labels the axis with frames.
        num_frames: Frames of the video; None takes every segment as whole.
        threshold: A dashed line, where given.
        events: Entries with ``start_frame`` and ``end_frame``, as in a result document.
        ground_truth: Anomalous frames ``[start, end)``, shaded.
        title: Above the curve; no markup is read in it.

    Returns:
        The figure; `save_png` writes it, `figure_to_image` renders it.

    Raises:
        ValueError: Scores, frame rate or number of frames do not fit.

    Example:
        >>> figure = score_curve([0.1, 0.9], fps=16, ground_truth=[(16, 32)])
        >>> figure.axes[0].get_xlim(), figure.axes[0].get_ylabel()
        ((np.float64(0.0), np.float64(2.0)), 'anomaly score')
    """
    scores = check_scores(scores)
    check_fps(fps)
    check_length(len(scores), num_frames)
    unit = fps or 1
    frames = [segment_frames(segment, num_frames) for segment in range(len(scores))]
    edges = np.array([0, *(end for _, end in frames)]) / unit  # (S + 1,)
    figure = new_figure(10, 3)
    axes = figure.add_subplot()
    axes.stairs(scores, edges, baseline=None, color=BLUE, linewidth=1.5, label='score', zorder=3)
    if threshold is not None:
        axes.axhline(
            threshold,
            color=VERMILION,
            linestyle='--',
            linewidth=1,
            label=f'threshold {threshold:g}',
        )
    intervals = np.array(ground_truth or [], float).reshape(-1, 2) / unit
    for index, (start, end) in enumerate(intervals):
        label = 'ground truth' if index == 0 else None
        axes.axvspan(
            start, min(end, edges[-1]), facecolor=ORANGE, alpha=0.35, linewidth=0, label=label
        )
    for index, event in enumerate(events):
        start, end = event['start_frame'] / unit, event['end_frame'] / unit
        label = 'event' if index == 0 else None
        corner, height = (start, STRIP[0]), STRIP[1] - STRIP[0]
        axes.add_patch(Rectangle(corner, end - start, height, facecolor=VERMILION, label=label))
    axes.set_xlim(0, edges[-1])
    axes.set_ylim(0, STRIP[1] + 0.02)
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.set_ylabel('anomaly score')
    axes.set_title(printable(title), parse_math=False, fontsize=10, loc='left')
    axes.spines[['top', 'right']].set_visible(False)
    label_time_axis(axes, fps)
    figure.legend(loc='outside upper right', ncols=4, frameon=False, fontsize=9)
    return figure
