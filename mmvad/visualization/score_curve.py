"""Score curve of a video: scores over time, ground truth, threshold, events, gaps."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmvad.files import printable
from mmvad.scores.scored_video import ScoredVideo
from mmvad.visualization.figures import BLUE, ORANGE, VERMILION, label_time_axis, new_figure

STRIP = (1.02, 1.08)  # events stand above the scores, so that neither hides the other
GREY = '#6B7280'


def score_curve(scored: ScoredVideo, threshold: float | None = None, title: str = '') -> Figure:
    """Draw the scores of a video.

    Args:
        scored: Its events stand above the curve, its annotated events are shaded.
        threshold: A dashed line, where given.
        title: Above the curve; no markup is read in it.

    Returns:
        The figure; `save_png` writes it, `figure_to_image` renders it. Its axis is in seconds where
        the clock knows them, else in frames.

    Raises:
        ValueError: The video could not be scored.

    Example:
        >>> from mmvad.timeline import Clock
        >>> scored = ScoredVideo('a', [0.1, 0.9], Clock(2, fps=16), annotated_events=[(16, 32)])
        >>> axes = score_curve(scored).axes[0]
        >>> axes.get_xlim(), axes.get_ylabel()
        ((np.float64(0.0), np.float64(2.0)), 'anomaly score')
    """
    if scored.error is not None:
        raise ValueError(f'video {scored.name!r} has no scores to draw: {scored.error}')
    clock = scored.clock
    edges = clock.frame_edges.astype(float) if clock.edges is None else clock.edges  # (S + 1,)
    figure = new_figure(10, 3)
    axes = figure.add_subplot()
    heights = np.append(scored.scores, scored.scores[-1])  # a line: stairs take long for a week
    axes.step(edges, heights, where='post', color=BLUE, linewidth=1.5, label='score', zorder=3)
    if threshold is not None:
        style = dict(color=VERMILION, linestyle='--', linewidth=1)
        axes.axhline(threshold, label=f'threshold {threshold:g}', **style)
    _draw_intervals(axes, scored, edges)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, STRIP[1] + 0.02)
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.set_ylabel('anomaly score')
    axes.set_title(printable(title), parse_math=False, fontsize=10, loc='left')
    axes.spines[['top', 'right']].set_visible(False)
    label_time_axis(axes, clock.edges is not None)
    figure.legend(loc='outside upper right', ncols=5, frameon=False, fontsize=9)
    return figure


def _draw_intervals(axes: Axes, scored: ScoredVideo, edges: np.ndarray) -> None:
    """Draw annotated events, events and gaps, each kind as one artist with one entry."""
    clock, whole = scored.clock, axes.get_xaxis_transform()  # y from 0 to 1 over the whole height
    if scored.annotated_events:
        frames = np.array(scored.annotated_events, float)  # (E, 2)
        times = frames if clock.edges is None else np.vectorize(clock.seconds)(frames)
        times = np.minimum(times, edges[-1])  # a dropped tail has no score
        style = dict(facecolor=ORANGE, alpha=0.35, linewidth=0, transform=whole)
        axes.broken_barh(_starts_and_lengths(times), (0, 1), label='ground truth', **style)
    if scored.events:
        segments = [(event.start_segment, event.end_segment) for event in scored.events]
        strip = (STRIP[0], STRIP[1] - STRIP[0])
        bars = _starts_and_lengths(edges[np.array(segments)])
        axes.broken_barh(bars, strip, facecolor=VERMILION, linewidth=0, label='event')
    if scored.gaps:
        places = edges[scored.breaks]
        style = dict(color=GREY, linewidth=1, transform=whole, label='gap in the source')
        axes.vlines(places, 0, 1, **style)


def _starts_and_lengths(intervals: np.ndarray) -> list[tuple[float, float]]:
    return [(start, end - start) for start, end in intervals]
