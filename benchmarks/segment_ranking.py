"""Does ranking the segments of a bag help? Bag size l × segment ranking γ on one feature set.

    python benchmarks/segment_ranking.py --config salient_ped2 --data-root data/ped2 \
        --features features/mobilenet --held-out 0.3
    python benchmarks/segment_ranking.py --planted scene
    python benchmarks/segment_ranking.py --config salient_ucf --data-root data/ucf_crime \
        --weights converted.pth

Each seed trains once, without its own draw of held-out training videos; l and γ are settings of the
test. Held-out videos choose them; the test videos are then touched once for the claim. The full
grid over the test videos is printed apart, for no choice to be made from it. With --weights nothing
is trained and nothing can be held out: the grid, and γ = 1 against γ = 0, is all there is.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from detector_runs import (
    frame_runs,
    load_config,
    open_videos,
    score_videos,
    train_detector,
)
from mmengine.config import Config
from planted.sets import ALL_SETS, CHANNELS, make_planted_set
from ranking_grid import Setting, choose, score_grid
from ranking_report import Evidence, draw_evidence, write_report

from mmvad.apis.detector import load_detector
from mmvad.config_files import find_config
from mmvad.evaluation.functional.comparison import compare_systems
from mmvad.files import file_sha256

BAG_SIZES = (1, 2, 4, 8, 16, 28, 64)
GAMMAS = (0.0, 0.25, 0.5, 1.0, 2.0)


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    data = parser.add_argument_group('feature set; what is not given is the config’s')
    data.add_argument(
        '--config', default='salient_ped2', help='name or path (default: %(default)s)'
    )
    data.add_argument('--planted', choices=[planted.name for planted in ALL_SETS], help='made here')
    data.add_argument('--data-root', help='folder of the data set')
    data.add_argument('--features', help='folder of the feature files, below the data root')
    data.add_argument('--pattern', help="of their names: '{video}.npy'")
    data.add_argument('--crops', type=int)
    data.add_argument('--layout', choices=('SKD', 'KSD', 'SD'))
    data.add_argument('--channels', type=int, help='width of a feature')
    data.add_argument('--train-annotations', help='JSON, below the data root')
    data.add_argument('--test-annotations', help='JSON, below the data root')
    runs = parser.add_argument_group('runs')
    runs.add_argument('--weights', help='trained weights of the config; trains nothing')
    runs.add_argument('--seeds', type=int, default=10, help='trainings (default: %(default)s)')
    runs.add_argument('--epochs', type=int, help="(default: the config's)")
    runs.add_argument('--held-out', type=float, default=0.3, help='fraction (default: %(default)s)')
    runs.add_argument('--bag-sizes', type=int, nargs='+', default=list(BAG_SIZES))
    runs.add_argument('--gammas', type=float, nargs='+', default=list(GAMMAS))
    runs.add_argument('--replicas', type=int, default=2000, help='of the bootstrap over videos')
    runs.add_argument('--report', type=Path, help='Markdown file to write: the template, filled in')
    runs.add_argument('--figure', type=Path, help='picture to draw: AUC and macro within over l')
    return parser


def read_config(args: argparse.Namespace, folder: str) -> tuple[Config, str]:
    """Read the config over the feature set of the flags; give it with the set's name."""
    cfg = Config.fromfile(find_config(args.config))
    dataset = cfg.test_dataloader.dataset
    features = dict(dataset.features)
    given = dict(
        root=args.features,
        pattern=args.pattern,
        num_crops=args.crops,
        num_channels=args.channels,
        layout=args.layout,
    )
    features.update({name: value for name, value in given.items() if value is not None})
    found = dict(
        data_root=args.data_root or dataset.data_root,
        features=features,
        train=args.train_annotations or cfg.train_dataloader.dataset.ann_file,
        test=args.test_annotations or dataset.ann_file,
    )
    channels = args.channels or (cfg.model.get('neck') or cfg.model.head).in_channels
    name = f'{Path(found["data_root"]).name}, {features["root"]}'
    if args.planted is not None:
        (planted,) = (planted for planted in ALL_SETS if planted.name == args.planted)
        found, channels = make_planted_set(planted, Path(folder)), CHANNELS
        name = f'planted: {planted.name}'
    options = {} if args.epochs is None else {'train_cfg.max_epochs': args.epochs}
    return load_config(args.config, found, channels, options), name


def gather(args: argparse.Namespace, cfg: Config, name: str) -> Evidence:
    """Train or load, score all settings, choose on held-out videos, compare on the test's."""
    own_size, gammas = cfg.model.head.bag_size, {0.0, *args.gammas}
    sizes = set(args.bag_sizes)
    if args.weights is not None:  # these are compared at the config's own l, with γ = 1 and 0
        sizes, gammas = sizes | {own_size} - {None}, gammas | {1.0}
    settings = [(size, gamma) for gamma in sorted(gammas) for size in [*sorted(sizes), None]]
    held_out, grids = [], []

    def score_with(detector):
        return lambda features: score_grid(detector, features, sorted_by_size(settings))

    origin = f'trained here, {args.seeds} seeds'
    if args.weights is not None:
        origin = f'{Path(args.weights).name}, SHA-256 {file_sha256(args.weights)}'
    for seed in range(args.seeds if args.weights is None else 1):
        start = time.perf_counter()
        if args.weights is None:
            part = dict(fraction=args.held_out, seed=seed)
            detector = train_detector(cfg, seed, part)
            held_out.append(score_videos(open_videos(cfg, part), score_with(detector)))
        else:
            detector = load_detector(cfg, args.weights, device='cpu').model
        scored = score_videos(open_videos(cfg), score_with(detector))
        grids.append({setting: frame_runs(videos) for setting, videos in scored.items()})
        print(f'seed {seed}: {time.perf_counter() - start:.0f} s', file=sys.stderr, flush=True)
    plain = [setting for setting in settings if setting[1] == 0]
    evidence = Evidence(name, args.config, origin, settings, grids)
    if held_out:
        evidence.chosen, evidence.criterion = choose(held_out, settings)
        evidence.chosen_published, _ = choose(held_out, plain)
    else:
        evidence.chosen, evidence.chosen_published = ((own_size, gamma) for gamma in (1.0, 0.0))
    compare(evidence, plain, args.replicas)
    return evidence


def compare(evidence: Evidence, plain: Sequence[Setting], replicas: int) -> None:
    """Compare the chosen setting with the published inference, at its chosen and at its best l."""
    best = max(plain, key=lambda setting: evidence.mean(setting, 'AUC'))
    evidence.best_published = best
    rivals = dict.fromkeys((evidence.chosen_published, best))
    for rival in rivals:
        if rival != evidence.chosen:
            systems = {
                'chosen': [grid[evidence.chosen] for grid in evidence.grids],
                'published': [grid[rival] for grid in evidence.grids],
            }
            evidence.differences[rival] = compare_systems(systems, replicas).differences


def sorted_by_size(settings: Sequence[Setting]) -> list[Setting]:
    """Order settings so that those of one bag size follow each other."""
    return sorted(settings, key=lambda setting: (setting[0] is None, setting[0] or 0))


def main(argv: Sequence[str] | None = None) -> None:
    """Gather the evidence, print it, write and draw what is asked for."""
    args = build_parser().parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        evidence = gather(args, *read_config(args, folder))
    text = write_report(evidence)
    print(text)
    if args.report is not None:
        args.report.write_text(text, encoding='utf-8')
    if args.figure is not None:
        draw_evidence(evidence, args.figure)


if __name__ == '__main__':
    main()
