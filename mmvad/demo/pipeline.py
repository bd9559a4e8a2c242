"""The demo: renders scenes, extracts, trains, tests and draws, as with your own videos."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from mmengine.config import Config

from mmvad.apis.detector import load_detector
from mmvad.apis.inferencer import AnomalyInferencer
from mmvad.config_files import load_config
from mmvad.datasets.annotations import load_annotations, save_annotations
from mmvad.datasets.converters.custom import convert
from mmvad.demo.scenes import list_lines, plan_scenes, write_scenes
from mmvad.engine.runner import build_runner, set_data_root
from mmvad.extraction.build import LoadedExtractor, load_extractor
from mmvad.extraction.run import extract_videos
from mmvad.extraction.videos import find_videos
from mmvad.review.drawing import draw
from mmvad.review.outputs import Outputs
from mmvad.scores.annotating import annotate_videos
from mmvad.scores.scores_file import write_scores

SPLITS = {'train': (16, 16), 'test': (6, 6)}  # normal and anomalous scenes
CLIP_FRAMES = 4  # half of the feature config's, and half the time


@dataclass
class DemoResult:
    """What the demo makes.

    Attributes:
        out: Folder of everything: ``videos``, ``features``, ``work_dir``, ``attention``,
            ``scores.json`` of the test, ``scored`` with what was found in the test videos, and
            ``review.html``.
        metrics: Frame-level metrics of the test videos.
        seconds: Time of each stage.
    """

    out: Path
    metrics: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def run_demo(
    out: Path,
    seed: int = 0,
    splits: dict[str, tuple[int, int]] | None = None,
    clip_frames: int = CLIP_FRAMES,
) -> DemoResult:
    """Run the whole path on rendered scenes; what an earlier run made is kept where it still fits.

    Args:
        out: Folder for everything.
        seed: Seed of scenes and training.
        splits: Normal and anomalous scenes of ``'train'`` and ``'test'``.
        clip_frames: Frames of a segment that the network sees.

    Returns:
        The result.

    Raises:
        FileExistsError: The folder holds something else, or the demo of another seed.
        FileNotFoundError: The package with the network's weights is not installed.
    """
    extractor = load_extractor('efficientnet_lite0', overrides=dict(clip_frames=clip_frames))
    _claim(out, seed)
    splits = splits or SPLITS
    result = DemoResult(out)
    for stage, job in (
        ('render', lambda: _render(out, seed, splits)),
        ('extract', lambda: _extract(out, extractor)),
        ('train', lambda: _train(out, seed)),
        ('test', lambda: result.metrics.update(_test(out, seed))),
        ('infer', lambda: _infer(out, extractor)),
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


def _extract(out: Path, extractor: LoadedExtractor) -> None:
    report = extract_videos(find_videos(out / 'videos'), out / 'features', extractor)
    if report.failed:
        raise RuntimeError(f'scenes could not be extracted: {report.failed}')


def _load_config(out: Path, seed: int, stage: str) -> Config:
    cfg = load_config('demo')
    set_data_root(cfg, str(out))
    cfg.work_dir = str(out / 'work_dir')
    cfg.experiment_name = f'demo-{stage}-{time.time_ns()}'  # runs of one name share a visualizer
    cfg.randomness.seed = seed
    cfg.console = 'brief'  # the rest is in the log below the work folder
    return cfg


def _train(out: Path, seed: int) -> None:
    cfg = _load_config(out, seed, 'train')
    first_anomalous = next(path.stem for path in sorted(out.glob('videos/train/*_Running.mp4')))
    cfg.default_hooks.attention = dict(
        type='AttentionMapHook', videos=[f'train/{first_anomalous}'], iterations=[1, 50]
    )
    cfg.default_hooks.console = dict(type='ConsoleHook')
    cfg.visualizer.save_dir = str(out / 'attention')
    build_runner(cfg).train()


def _test(out: Path, seed: int) -> dict[str, float]:
    cfg = _load_config(out, seed, 'test')
    cfg.test_evaluator.dump = str(out / 'scores.json')
    cfg.load_from = str(_weights(out))
    return build_runner(cfg).test()


def _weights(out: Path) -> Path:
    return max(out.glob('work_dir/epoch_*.pth'), key=lambda path: int(path.stem.split('_')[1]))


def _infer(out: Path, extractor: LoadedExtractor) -> None:
    """Score the test videos from their files, and draw everything with the true events."""
    inferencer = AnomalyInferencer(load_detector('demo', _weights(out)), extractor)
    scores = inferencer(str(out / 'videos' / 'test'))
    metainfo, data_list = load_annotations(out / 'annotations' / 'test.json')
    scores = scores.with_videos(annotate_videos(scores.videos, metainfo, data_list))
    write_scores(out / 'scored' / 'scores.json', scores)
    outputs = Outputs(folder=out / 'scored', page=out / 'review.html')
    if failed := draw(scores, outputs, title='mmvad demo'):
        raise RuntimeError(f'scenes could not be drawn: {failed}')
