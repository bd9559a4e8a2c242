"""Figure 2: the attention map of a training video at two iterations and with the best weights."""

import csv
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from mmvad.engine.hooks import AttentionMapHook
from mmvad.engine.runner import build_runner
from mmvad.files import atomic_path, read_json, write_json
from mmvad.paper.trainings import read_run_config
from mmvad.visualization.attention_map import attention_map, attention_maps
from mmvad.visualization.figures import save_png

MAPS = 'maps.json'
FINISHED = 'finished'


class MapKeeper:
    """Draws attention maps and keeps each in a file, so that a resumed training lacks none.

    Args:
        path: JSON file; maps by title.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.maps: dict[str, list] = read_json(path, 'attention maps') if path.is_file() else {}

    def __call__(self, attention: np.ndarray, title: str) -> Figure:
        """Keep a map (R, T), and draw it."""
        self.maps[title] = np.asarray(attention, float).tolist()
        write_json(self.path, self.maps)
        return attention_map(attention, title)


def watch_attention(
    config: str,
    video: str,
    iterations: Sequence[int],
    seed: int,
    selection: str,
    folder: Path,
    data_root: Path | None = None,
    options: Mapping[str, object] | None = None,
) -> dict[str, np.ndarray]:
    """Train, and keep the attention map of one training video.

    A training that was cut off goes on; one that is finished is not repeated.

    Args:
        config: Name of a config whose head attends.
        video: Name of a training video.
        iterations: When to look; the best checkpoint comes on top.
        seed: Of the training.
        selection: What the best checkpoint is.
        folder: Work folder of the training.
        data_root: Folder of the data set; None takes the config's.
        options: Overrides of the config.

    Returns:
        Maps (R, T) by title, in the order of the training.

    Raises:
        ValueError: The video is not trained on, or the head does not attend.
    """
    keeper = MapKeeper(folder / MAPS)
    if not (folder / FINISHED).is_file():
        cfg = read_run_config(config, options or {}, data_root)
        cfg.merge_from_dict({'selection': selection, 'randomness.seed': seed})
        cfg.work_dir, cfg.resume = str(folder), True
        cfg.experiment_name = f'figure2-{time.time_ns()}'  # runs of one name share a visualizer
        cfg.visualizer.save_dir = str(folder / 'pictures')
        runner = build_runner(cfg)
        runner.register_hook(AttentionMapHook([video], iterations, draw=keeper))
        runner.train()
        write_json(folder / FINISHED, True)
    return {title: np.array(attention) for title, attention in keeper.maps.items()}


def write_attention(maps: Mapping[str, np.ndarray], folder: Path) -> list[Path]:
    """Write maps as CSV with one line a weight, and as one picture.

    Args:
        maps: (R, T) by title.
        folder: Where both go.

    Returns:
        The files.
    """
    paths = [folder / 'figure2.csv', folder / 'figure2.png']
    with atomic_path(paths[0]) as draft, draft.open('w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['map', 'hop', 'segment', 'weight'])
        for title, attention in maps.items():
            for (hop, segment), weight in np.ndenumerate(attention):
                writer.writerow([title, hop + 1, segment + 1, weight])
    save_png(attention_maps(maps), paths[1])
    return paths
