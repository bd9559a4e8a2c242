"""The demo: make a small feature set, train, test, draw; a few seconds on a laptop."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmengine.config import Config

from mmvad.apis.command_line import build_runner, set_data_root
from mmvad.datasets.synthetic import draw_lengths, write_feature_split

CONFIG = Path(__file__).resolve().parents[2] / 'configs' / 'demo.py'
SPLITS = {'train': (80, 80, 4000), 'test': (10, 10, 800)}  # normal, anomalous, segments
SIGNAL = 1.0


@dataclass(frozen=True)
class DemoResult:
    """What the demo gives.

    Attributes:
        metrics: Frame-level metrics of the test videos.
        checkpoint: The checkpoint that the held-out videos selected.
        dump: Scores of the test videos, for ``tools/evaluate.py``.
        curves: Folder of the score curves.
        attention: Folder of the attention maps.
    """

    metrics: dict[str, float]
    checkpoint: Path
    dump: Path
    curves: Path
    attention: Path


def run_demo(out: Path, seed: int = 0) -> DemoResult:
    """Run the main job on made-up features.

    Args:
        out: Folder for everything; files of an earlier demo there are replaced.
        seed: Of data and training.

    Returns:
        The result.

    Raises:
        FileExistsError: The folder holds something else.
    """
    _claim(out)
    make_demo_set(out / 'data', seed)
    cfg = Config.fromfile(CONFIG)
    set_data_root(cfg, str(out / 'data'))
    cfg.work_dir = str(out / 'work_dir')
    cfg.randomness.seed = seed
    cfg.default_hooks.attention = dict(
        type='AttentionMapHook', videos=['Anomaly0080', 'Anomaly0081'], iterations=[1, 20]
    )
    cfg.visualizer.save_dir = str(out / 'attention')
    runner = build_runner(cfg)
    runner.train()
    checkpoint = Path(runner.message_hub.get_info('best_ckpt'))

    cfg.default_hooks.pop('attention')
    cfg.default_hooks.visualization = dict(type='ScoreCurveHook', out_dir=str(out / 'curves'))
    cfg.test_evaluator.dump = str(out / 'scores.json')
    cfg.load_from = str(checkpoint)
    cfg.experiment_name = 'demo-test'  # else both runs of one second share a visualizer
    metrics = build_runner(cfg).test()
    return DemoResult(metrics, checkpoint, out / 'scores.json', out / 'curves', out / 'attention')


def make_demo_set(root: Path, seed: int) -> None:
    """Write features and annotations of the demo's splits."""
    random = np.random.default_rng(seed)
    for split, (num_normal, num_anomalous, total) in SPLITS.items():
        labels = np.repeat([0, 1], [num_normal, num_anomalous])
        lengths = draw_lengths(len(labels), total, random)
        folder = f'features/{split}'
        write_feature_split(root, split, folder, labels, lengths, (2, 256), SIGNAL, random)


def _claim(out: Path) -> None:
    """Take a folder that is new, empty or an earlier demo's."""
    mark = out / 'made_by_mmvad_demo.txt'
    if out.exists() and not mark.is_file() and any(out.iterdir()):
        raise FileExistsError(f'{out} holds files of something else than the demo; choose another')
    out.mkdir(parents=True, exist_ok=True)
    mark.write_text('Everything here is made up; the folder may be removed.\n', encoding='utf-8')
