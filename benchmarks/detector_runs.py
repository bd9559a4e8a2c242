"""Trains and scores detectors for benchmarks, with the project's runner, data sets and metrics."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from mmaction.registry import DATASETS
from mmengine.config import Config

from mmvad.config_files import find_config
from mmvad.engine.runner import build_runner
from mmvad.evaluation.functional import average_precision, split_auc
from mmvad.evaluation.functional.runs import FrameRuns
from mmvad.models.detectors import VideoAnomalyDetector
from mmvad.scores.samples import video_from_sample
from mmvad.scores.scored_video import ScoredVideo

# (S, K, D) of one video -> scores (S,) by setting
ScoreVideo = Callable[[torch.Tensor], Mapping[object, torch.Tensor]]


def load_config(config: str, dataset: Mapping, channels: int, options: Mapping) -> Config:
    """Read a config and point its data sets at other feature files.

    Args:
        config: Name or path.
        dataset: ``data_root``, ``features`` and the annotation files ``train`` and ``test``.
        channels: D, for the first layer of neck or head.
        options: Values by setting, such as ``{'train_cfg.max_epochs': 3}``.

    Returns:
        The config, without validation, quiet, and with the weights of the last epoch only.
    """
    cfg = Config.fromfile(find_config(config))
    for loader, split in (('train_dataloader', 'train'), ('test_dataloader', 'test')):
        cfg[loader].dataset.update(
            data_root=dataset['data_root'],
            ann_file=dataset[split],
            features=dict(_delete_=True, **dataset['features']),
        )
        cfg[loader].dataset.features = dict(dataset['features'])
    (cfg.model.get('neck') or cfg.model.head).in_channels = channels
    cfg.selection = 'last'
    cfg.log_level = 'WARNING'
    cfg.merge_from_dict(dict(options))
    return cfg


def train_detector(cfg: Config, seed: int, held_out: Mapping | None = None) -> VideoAnomalyDetector:
    """Train with a seed and give the last weights.

    Args:
        cfg: Of `load_config`; it is left as it is.
        seed: Of everything.
        held_out: ``dict(fraction=…, seed=…)`` of training videos that are left out; None for none.

    Returns:
        The detector, in evaluation mode.
    """
    cfg = Config(cfg._cfg_dict.to_dict(), filename=cfg.filename)
    cfg.randomness = dict(seed=seed)
    if held_out is not None:  # what the selection 'last' sets to all is this part again
        cfg.selections.last.train_dataloader.dataset.subset = 'train'
        cfg.train_dataloader.dataset.held_out = dict(held_out)
    with tempfile.TemporaryDirectory() as folder:
        cfg.work_dir = folder
        cfg.experiment_name = Path(folder).name  # else runs of one second share a visualizer
        runner = build_runner(cfg)
        runner.train()
    return runner.model.eval()


def open_videos(cfg: Config, held_out: Mapping | None = None) -> torch.utils.data.Dataset:
    """Open whole videos: those of the test, or the training videos that were held out."""
    if held_out is None:
        return DATASETS.build(cfg.test_dataloader.dataset)
    dataset = {**cfg.train_dataloader.dataset, 'test_mode': True, 'subset': 'held_out'}
    return DATASETS.build({**dataset, 'held_out': dict(held_out)})


@torch.inference_mode()
def score_videos(
    videos: torch.utils.data.Dataset, score: ScoreVideo
) -> dict[object, list[ScoredVideo]]:
    """Score videos in several settings, each video read once.

    Args:
        videos: Of `open_videos`.
        score: Gives scores by setting.

    Returns:
        All videos by setting.
    """
    found: dict[object, list[ScoredVideo]] = {}
    for index in range(len(videos)):
        item = videos[index]
        sample = item['data_samples'].to_dict()
        for setting, scores in score(item['inputs']).items():
            sample['pred_segment_scores'] = scores
            found.setdefault(setting, []).append(video_from_sample(sample))
    return found


def frame_runs(videos: Sequence[ScoredVideo]) -> FrameRuns:
    """Make frames of scored videos, 16 a segment."""
    return FrameRuns.join(videos, 'segments')


def frame_measures(runs: FrameRuns) -> dict[str, float]:
    """Measure ``AUC``, ``AP`` and ``within``, the mean of the AUCs inside of the videos."""
    labels, scores, lengths = runs.ranking
    parts = split_auc(labels, scores, runs.videos, lengths)
    return {
        'AUC': parts.auc,
        'AP': average_precision(labels, scores, lengths),
        'within': parts.macro_within,
    }
