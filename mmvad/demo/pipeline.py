"""The demo: renders scenes, extracts, trains, tests and draws, as with your own videos."""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from mmengine.config import Config

from mmvad.config_files import find_config, load_config
from mmvad.datasets.annotations import save_annotations
from mmvad.datasets.converters.custom import convert
from mmvad.demo.scenes import list_lines, plan_scenes, write_scenes
from mmvad.engine.runner import build_runner, set_data_root
from mmvad.extraction.build import load_extractor
from mmvad.extraction.run import extract_videos
from mmvad.extraction.videos import find_videos
from mmvad.review.page import write_page
from mmvad.scores.rule import EventRule
from mmvad.scores.scores_file import read_scores, write_scores

SPLITS = {'train': (24, 24), 'test': (8, 8)}  # normal and anomalous scenes
BATCH_SIZE = 4


@dataclass
class DemoResult:
    """What the demo makes.

    Attributes:
        out: Folder of everything: ``videos``, ``features``, ``work_dir``, ``curves``,
            ``attention``, ``scores.json``, ``review.html``.
        metrics: Frame-level metrics of the test videos.
        seconds: Time of each stage.
    """

    out: Path
    metrics: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def run_demo(
    out: Path, seed: int = 0, splits: dict[str, tuple[int, int]] | None = None
) -> DemoResult:
    """Run the whole path on rendered scenes; what an earlier run made is kept where it still fits.

    Args:
        out: Folder for everything.
        seed: Seed of scenes, network and training.
        splits: Normal and anomalous scenes of ``'train'`` and ``'test'``.

    Returns:
        The result.

    Raises:
        FileExistsError: The folder holds something else, or the demo of another seed.
    """
    _claim(out, seed)
    splits = splits or SPLITS
    result = DemoResult(out)
    for stage, job in (
        ('render', lambda: _render(out, seed, splits)),
        ('extract', lambda: _extract(out, seed)),
        ('train', lambda: _train(out, seed)),
        ('test', lambda: result.metrics.update(_test(out, seed))),
        ('report', lambda: _report(out)),
    ):
        start = time.perf_counter()
        job()
        result.seconds[stage] = time.perf_counter() - start
    return result


def _claim(out: Path, seed: int) -> None:
    """Take a folder that is new, empty or from an earlier demo with the same seed."""
    mark = out / 'made_by_mmvad_demo.txt'
    text = f'Made up with seed {seed}; the folder may be removed.\n'
    if out.exists() and any(out.iterdir()):
        if not mark.is_file() or mark.read_text(encoding='utf-8') != text:
            raise FileExistsError(
                f'{out} holds files other than those of the demo with seed {seed}; '
                'choose another folder or remove it'
            )
    out.mkdir(parents=True, exist_ok=True)
    mark.write_text(text, encoding='utf-8')


def _render(out: Path, seed: int, splits: dict[str, tuple[int, int]]) -> None:
    for split, (num_normal, num_anomalous) in splits.items():
        scenes = plan_scenes(split, num_normal, num_anomalous, seed)
        write_scenes(scenes, out / 'videos' / split)
        lines = out / f'{split}.txt'
        lines.write_text(list_lines(scenes, split), encoding='utf-8')
        annotations = convert(lines, split, dataset='demo', folder=split)
        save_annotations(out / 'annotations' / f'{split}.json', *annotations)


def _extract(out: Path, seed: int) -> None:
    config = find_config('untrained_r18_stage', 'features')
    extractor = load_extractor(config, random_seed=seed)
    report = extract_videos(find_videos(out / 'videos'), out / 'features', extractor, BATCH_SIZE)
    if report.failed:
        raise RuntimeError(f'scenes could not be extracted: {report.failed}')


def _load_config(out: Path, seed: int, stage: str) -> Config:
    cfg = load_config('demo')
    set_data_root(cfg, str(out))
    cfg.work_dir = str(out / 'work_dir')
    cfg.experiment_name = f'demo-{stage}-{time.time_ns()}'  # runs of one name share a visualizer
    cfg.randomness.seed = seed
    return cfg


def _train(out: Path, seed: int) -> None:
    cfg = _load_config(out, seed, 'train')
    first_anomalous = next(path.stem for path in sorted(out.glob('videos/train/*_Running.mp4')))
    cfg.default_hooks.attention = dict(
        type='AttentionMapHook', videos=[f'train/{first_anomalous}'], iterations=[1, 50]
    )
    cfg.visualizer.save_dir = str(out / 'attention')
    build_runner(cfg).train()


def _test(out: Path, seed: int) -> dict[str, float]:
    cfg = _load_config(out, seed, 'test')
    cfg.default_hooks.visualization = dict(type='ScoreCurveHook', out_dir=str(out / 'curves'))
    cfg.test_evaluator.dump = str(out / 'scores.json')
    cfg.load_from = str(out / 'work_dir' / f'epoch_{cfg.train_cfg.max_epochs}.pth')
    return build_runner(cfg).test()


def _report(out: Path) -> None:
    """Cut the events of the test videos and write the review page."""
    scores = read_scores(out / 'scores.json').cut(EventRule(threshold=0.5))
    write_scores(out / 'scores.json', scores)
    videos = [
        replace(video, name=str(out / 'videos' / f'{video.name}.mp4')) for video in scores.videos
    ]
    write_page(scores.with_videos(videos), out / 'review.html', title='mmvad demo')
