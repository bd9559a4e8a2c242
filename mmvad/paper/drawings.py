"""Figures 3, 6 and 7 as data and pictures: categories, bag sizes, score curves."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from mmvad.files import atomic_path, file_name_of
from mmvad.scores.scored_video import ScoredVideo
from mmvad.visualization.figures import COLOURS, new_figure, save_png
from mmvad.visualization.score_curve import score_curve

BagSizes = Mapping[tuple[str, float], np.ndarray]  # (l, seeds) by system and γ
PAPER_VIDEOS = ('Burglary061', 'Explosion033', 'Normal_Videos_352', 'Shoplifting015')  # Figure 7


def write_categories(values: Mapping[str, Mapping[str, float]], folder: Path) -> list[Path]:
    """Write Figure 3: a number a category and system, as CSV, as Markdown and as bars.

    Args:
        values: Percent by category, by system.
        folder: Where they go.

    Returns:
        The files.
    """
    paths = [folder / f'figure3.{suffix}' for suffix in ('csv', 'md', 'png')]
    categories = sorted({category for one in values.values() for category in one})
    with atomic_path(paths[0]) as draft, draft.open('w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['category', *values])
        for category in categories:
            writer.writerow([category, *(one.get(category, '') for one in values.values())])
    with atomic_path(paths[1]) as draft:
        draft.write_text(categories_table(values) + '\n', encoding='utf-8')
    save_png(categories_figure(values), paths[2])
    return paths


def categories_table(values: Mapping[str, Mapping[str, float]]) -> str:
    """Write Figure 3 as a Markdown table, one row a category.

    Args:
        values: AUC in percent by category, by system.

    Returns:
        The table; `–` where a system has no number.

    Example:
        >>> print(categories_table({'salient_ucf': {'Abuse': 70.0}, 'rtfm_ucf': {}}))
        | AUC (%) | salient_ucf | rtfm_ucf |
        |---|---|---|
        | Abuse | 70.00 | – |
    """
    lines = [f'| {" | ".join(["AUC (%)", *values])} |', '|' + '---|' * (1 + len(values))]
    for category in sorted({category for one in values.values() for category in one}):
        cells = [f'{one[category]:.2f}' if category in one else '–' for one in values.values()]
        lines.append(f'| {" | ".join([category, *cells])} |')
    return '\n'.join(lines)


def categories_figure(values: Mapping[str, Mapping[str, float]]) -> Figure:
    """Draw one group of bars a category, one bar a system.

    Args:
        values: AUC in percent by category, by system.

    Returns:
        The figure.

    Example:
        >>> figure = categories_figure({'salient': {'Abuse': 70.0}, 'rtfm': {'Abuse': 65.0}})
        >>> len(figure.axes[0].patches)
        2
    """
    categories = sorted({category for one in values.values() for category in one})
    figure = new_figure(max(6, 1 + 0.75 * len(categories)), 4)
    axes = figure.add_subplot()
    if len(values) <= len(COLOURS):
        axes.set_prop_cycle(color=COLOURS)
    width = 0.8 / len(values)
    for index, (system, one) in enumerate(values.items()):
        heights = [one.get(category, np.nan) for category in categories]
        axes.bar(np.arange(len(categories)) + index * width, heights, width, label=system)
    style = dict(rotation=30, ha='right', rotation_mode='anchor')
    axes.set_xticks(np.arange(len(categories)) + 0.4 - width / 2, categories, **style)
    axes.tick_params(axis='x', length=0)
    axes.set_ylabel('AUC (%)')
    axes.axhline(50, color='black', linewidth=0.8, linestyle=':')
    axes.spines[['top', 'right']].set_visible(False)
    figure.legend(loc='outside upper right', ncols=3, frameon=False, fontsize=9)
    return figure


def write_bag_sizes(
    values: BagSizes, bag_sizes: Sequence[int], metric: str, folder: Path
) -> list[Path]:
    """Write Figure 6: a metric at each bag size, as CSV, as Markdown and as lines.

    Args:
        values: (bag sizes, seeds) percent by system and γ.
        bag_sizes: The l.
        metric: ``'AUC'`` or ``'AP'``.
        folder: Where they go.

    Returns:
        The files.
    """
    paths = [folder / f'figure6.{suffix}' for suffix in ('csv', 'md', 'png')]
    with atomic_path(paths[0]) as draft, draft.open('w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['system', 'segment_ranking', 'l', 'run', metric])
        for (system, ranking), table in values.items():
            for (size, run), value in np.ndenumerate(table):
                writer.writerow([system, ranking, bag_sizes[size], run, value])
    with atomic_path(paths[1]) as draft:
        draft.write_text(bag_sizes_table(values, bag_sizes, metric) + '\n', encoding='utf-8')
    save_png(bag_sizes_figure(values, bag_sizes, metric), paths[2])
    return paths


def bag_sizes_table(values: BagSizes, bag_sizes: Sequence[int], metric: str) -> str:
    """Write Figure 6 as a Markdown table, one row a bag size, means over the seeds.

    Args:
        values: (bag sizes, seeds) percent by system and γ.
        bag_sizes: The l.
        metric: Name of the number.

    Returns:
        The table, the highest number of each column in bold.

    Example:
        >>> print(bag_sizes_table({('salient', 0.0): np.array([[80.0], [82.0]])}, [1, 2], 'AUC'))
        | AUC (%), l = | salient, γ = 0 |
        |---|---|
        | 1 | 80.00 |
        | 2 | **82.00** |
    """
    columns = [f'{system}, γ = {ranking:g}' for system, ranking in values]
    lines = [
        f'| {" | ".join([f"{metric} (%), l =", *columns])} |',
        '|' + '---|' * (1 + len(values)),
    ]
    means = np.stack([table.mean(1) for table in values.values()], axis=1)  # (l, columns)
    best = means.argmax(0)
    for row, size in enumerate(bag_sizes):
        cells = [f'{mean:.2f}' for mean in means[row]]
        shown = [f'**{cell}**' if row == best[i] else cell for i, cell in enumerate(cells)]
        lines.append(f'| {" | ".join([str(size), *shown])} |')
    return '\n'.join(lines)


def bag_sizes_figure(values: BagSizes, bag_sizes: Sequence[int], metric: str) -> Figure:
    """Draw the mean over seeds against the bag size; the best l of each line is circled.

    A system has one colour. γ = 0, the published inference, is drawn through, others are dashed.

    Args:
        values: (bag sizes, seeds) percent by system and γ.
        bag_sizes: The l.
        metric: Name of the number.

    Returns:
        The figure.

    Example:
        >>> values = {('salient', 0.0): np.array([[80.0], [82.0]])}
        >>> figure = bag_sizes_figure(values, [1, 2], 'AUC')
        >>> figure.axes[0].get_xlabel()
        'bag size l'
    """
    figure = new_figure(8, 4)
    axes = figure.add_subplot()
    marker = 'o' if len(bag_sizes) <= 16 else ''  # many of them would hide the dashes
    systems = list(dict.fromkeys(system for system, _ in values))
    for (system, ranking), table in values.items():
        means, colour = table.mean(1), f'C{systems.index(system)}'
        label = f'{system}, segments ranked, γ = {ranking:g}' if ranking else system
        style = dict(color=colour, linestyle='--' if ranking else '-')
        axes.plot(bag_sizes, means, marker=marker, ms=4, label=label, **style)
        if table.shape[1] > 1:
            spread = table.std(1, ddof=1)
            axes.fill_between(bag_sizes, means - spread, means + spread, color=colour, alpha=0.15)
        best = int(np.argmax(means))
        style = dict(s=70, facecolors='none', edgecolors='black', zorder=3)
        axes.scatter(bag_sizes[best], means[best], **style)
    axes.set_xlabel('bag size l')
    axes.set_ylabel(f'{metric} (%)')
    axes.grid(alpha=0.3)
    axes.spines[['top', 'right']].set_visible(False)
    figure.legend(loc='outside upper right', ncols=2, frameon=False, fontsize=9)
    return figure


def write_curves(videos: Sequence[ScoredVideo], folder: Path) -> list[Path]:
    """Write Figure 7: one score curve with its ground truth a video.

    Args:
        videos: Scored, with their annotated events.
        folder: Where the pictures go.

    Returns:
        The files.
    """
    paths = []
    for video in videos:
        paths.append(folder / f'figure7_{file_name_of(video.name)}.png')
        save_png(score_curve(video, title=video.name), paths[-1])
    return paths


def choose_videos(videos: Sequence[ScoredVideo], names: Sequence[str] | None) -> list[ScoredVideo]:
    """Choose videos by name, or those of the paper, or the first of each category.

    Args:
        videos: Of a scores file.
        names: Names, or beginnings that fit one video each; None chooses.

    Returns:
        The videos, in the order of the names.

    Raises:
        ValueError: A name fits no video, or several.

    Example:
        >>> some = [ScoredVideo(name, [0.5]) for name in ('a/Abuse001_x264', 'b/Abuse002_x264')]
        >>> [video.name for video in choose_videos(some, ['Abuse002'])]
        ['b/Abuse002_x264']
    """
    if names is None:
        found = [_fitting(videos, name) for name in PAPER_VIDEOS]
        if all(len(some) == 1 for some in found):
            return [some[0] for some in found]
        first = {}
        for video in videos:
            first.setdefault(video.category, video)
        return list(first.values())
    chosen = []
    for name in names:
        found = _fitting(videos, name)
        if len(found) != 1:
            raise ValueError(f'{name!r} fits {len(found)} of the {len(videos)} test videos')
        chosen.append(found[0])
    return chosen


def _fitting(videos: Sequence[ScoredVideo], name: str) -> list[ScoredVideo]:
    exact = [video for video in videos if video.name == name]
    return exact or [video for video in videos if Path(video.name).name.startswith(name)]
