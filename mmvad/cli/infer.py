"""Score videos, a folder of them, feature files or a live source."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmvad import register
from mmvad.addresses import as_source
from mmvad.cli.errors import CommandParser, parse_arguments
from mmvad.cli.extract import add_network_arguments, add_offline_argument, choose_dtype
from mmvad.cli.interrupts import report_interrupt
from mmvad.cli.recorded import check_extractor_weights, take_from_record
from mmvad.cli.report import draw_everything
from mmvad.cli.retired import add_retired_flags
from mmvad.cli.score_files import SCORES, score_files
from mmvad.cli.summary import describe_event, describe_video, warn
from mmvad.clock import check_fps
from mmvad.datasets.annotations import load_annotations
from mmvad.fetching import refuse_offline
from mmvad.files import check_folder, printable
from mmvad.scores.cautions import list_cautions
from mmvad.scores.rule import EventRule
from mmvad.scores.scores_file import SCORINGS, ScoresFile, read_scores

if TYPE_CHECKING:
    from mmvad.apis.inferencer import AnomalyInferencer

LIVE_LOG = 'live.jsonl'
RETIRED = {
    '--mode': '--scoring',
    '--min-segments': '--min-seconds',
    '--merge-gap': '--merge-seconds',
    '--no-curves': '--report, which draws, or mmvad report',
    '--no-videos': '--report, which draws, or mmvad report',
    '--embed-videos': 'a flag of mmvad report',
}


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument(
        'inputs', nargs='+', help='videos, .npy features, folders, .txt lists, addresses'
    )
    _add_network_arguments(parser)
    _add_rule_arguments(parser)
    parser.add_argument(
        '--annotations',
        help='JSON of the data set: its labels and events go into the scores file (default: none)',
    )
    parser.add_argument(
        '--out-dir',
        type=Path,
        help=f'{SCORES}, or {LIVE_LOG} with --live (default: none; events are printed)',
    )
    parser.add_argument(
        '--report', action='store_true', help='draw into --out-dir at the end, as the report does'
    )
    live = parser.add_argument_group('live sources')
    live.add_argument(
        '--live', action='store_true', help='one file, address or camera number; a line per segment'
    )
    live.add_argument(
        '--fps',
        type=float,
        help='of a source that does not say it; of an address or camera, also if it does '
        "(default: the source's)",
    )
    live.add_argument(
        '--reconnects',
        type=int,
        help='of a camera that is down or lost, attempts (default: 10); -1 for no end',
    )
    add_retired_flags(parser, RETIRED)
    return parser


def _add_network_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--detector',
        help='name or path of a config: salient_ucf (default: the one that the checkpoint records)',
    )
    parser.add_argument('--weights', required=True, help="the detector's checkpoint")
    parser.add_argument(
        '--extractor',
        help='name or path of a config of configs/features/ (default: the one that made the '
        "features of the checkpoint's training; none for feature files)",
    )
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument('--extractor-weights', help="path or address (default: the config's)")
    weights.add_argument(
        '--random-extractor',
        type=int,
        metavar='SEED',
        help='untrained, to try the path only (default: none)',
    )
    add_network_arguments(parser)
    add_offline_argument(parser)
    parser.add_argument(
        '--batch-size',
        type=int,
        help='clips in a forward pass (default: the crops of a segment)',
    )
    parser.add_argument(
        '--allow-truncated', action='store_true', help='score what decodes of a damaged file'
    )
    parser.add_argument(
        '--allow-other-features',
        action='store_true',
        help='accept an extractor that the detector was not trained with',
    )
    parser.add_argument('--bag-size', type=int, help="segments in a bag (default: the config's)")
    parser.add_argument(
        '--segment-ranking',
        type=float,
        metavar='GAMMA',
        help="how much segments differ inside of a bag; 0 as published (default: the config's)",
    )
    parser.add_argument(
        '--scoring',
        choices=SCORINGS,
        help='sliding: a score for every segment at once (default: bags; with --live, sliding)',
    )


def _add_rule_arguments(parser: argparse.ArgumentParser) -> None:
    threshold = parser.add_mutually_exclusive_group()
    threshold.add_argument(
        '--threshold', type=float, help='in [0, 1] (default: that of --threshold-file)'
    )
    threshold.add_argument(
        '--threshold-file',
        help='of calibrate (default: the one next to the weights, else a threshold of 0.5)',
    )
    cutting = parser.add_argument_group('how scores become events, together with --threshold')
    cutting.add_argument('--low-ratio', type=float, help='low / high threshold (default: 1)')
    cutting.add_argument('--min-seconds', type=float, help='least length (default: 0)')
    cutting.add_argument('--merge-seconds', type=float, help='pause that is closed (default: 0)')


def read_rule(args: argparse.Namespace) -> EventRule | str | None:
    """Take the rule of the events from the flags.

    Returns:
        A rule, or the path of a threshold file; None where the calibrated one is to be taken.

    Raises:
        ValueError: A setting is out of range, or given without a threshold.
    """
    names = ('low_ratio', 'min_seconds', 'merge_seconds')
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if args.threshold is not None:
        return EventRule(args.threshold, **given)
    if given:
        flags = ', '.join('--' + name.replace('_', '-') for name in given)
        raise ValueError(
            f'{flags}: give them together with --threshold; a calibrated threshold has settings of '
            'its own (calibrate)'
        )
    return args.threshold_file


def build_inferencer(args: argparse.Namespace, inputs: Sequence[str] = ()) -> 'AnomalyInferencer':
    """Build the inferencer of the flags.

    Raises:
        FileNotFoundError, ValueError: See `load_detector`, `load_extractor`, `AnomalyInferencer`.
    """
    from mmvad.apis.detector import load_detector
    from mmvad.apis.inferencer import AnomalyInferencer
    from mmvad.extraction.build import load_extractor

    if args.offline:
        refuse_offline('--weights', args.weights)
        refuse_offline('--extractor-weights', args.extractor_weights)
    config = take_from_record(args, inputs)
    detector = load_detector(config, args.weights, args.bag_size, args.device, args.segment_ranking)
    extractor = None
    if args.extractor is not None:
        check_extractor_weights(args)
        extractor = load_extractor(
            args.extractor,
            args.extractor_weights,
            args.random_extractor,
            choose_dtype(args.dtype, args.device),
            args.device,
            dict(
                crops=args.crops,
                clip_frames=args.clip_frames,
                allow_truncated=args.allow_truncated or None,
            ),
            args.offline,
        )
    return AnomalyInferencer(
        detector,
        extractor,
        read_rule(args),
        args.scoring or ('sliding' if args.live else 'bags'),
        args.batch_size,
        allow_other_features=args.allow_other_features,
    )


def check_arguments(args: argparse.Namespace) -> None:
    """Find out what is wrong with the flags before anything is loaded.

    Raises:
        ValueError: Flags contradict each other, or the frame rate is not positive.
        OSError: The folder cannot be written to.
    """
    if args.report and args.out_dir is None:
        raise ValueError('--report draws into --out-dir; give one')
    if args.live and len(args.inputs) != 1:
        raise ValueError(f'--live takes one source, got {len(args.inputs)}')
    if args.live and args.annotations is not None:
        raise ValueError('--annotations is about files, not about a live source')
    check_fps(args.fps)
    if args.reconnects is not None and not args.live:
        raise ValueError('--reconnects needs --live')
    if args.reconnects is not None and args.reconnects < 1 and args.reconnects != -1:
        raise ValueError(f'--reconnects must be at least 1, or -1, got {args.reconnects}')
    if args.out_dir is not None:
        check_folder(args.out_dir)


def tell(scores: ScoresFile, with_events: bool = False) -> int:
    """Say what was found and what failed.

    Args:
        scores: What was scored.
        with_events: Write a line for each event too, as nothing else shows it.

    Returns:
        1 where a video failed, else 0.
    """
    failed = [video for video in scores.videos if video.error is not None]
    for video in scores.videos:
        if video.error is None:
            print(printable(describe_video(video)))
            for event in video.events if with_events else ():
                print(f'  {describe_event(event)}')
    for video in failed:
        print(printable(f'failed: {video.name}: {video.error}'), file=sys.stderr)
    return int(bool(failed))


def run_inference(args: argparse.Namespace) -> int:
    """Check all that can be checked before the work, do it, say what was found.

    Returns:
        1 where an input failed, or could not be drawn, else 0.

    Raises:
        FileNotFoundError, ValueError, OSError: A setting, an output or the live source is unfit.
        KeyboardInterrupt: The run was interrupted; what was scored is written.
    """
    check_arguments(args)
    register()
    from mmvad.apis.inputs import list_inputs
    from mmvad.cli.live import watch

    inputs = list_inputs(args.inputs) if not args.live else [as_source(args.inputs[0])]
    annotations = None if args.annotations is None else load_annotations(args.annotations)
    inferencer = build_inferencer(args, inputs)
    cautions = list_cautions(inferencer.made_by, inferencer.rule)
    warn(cautions)
    if args.live:
        if inferencer.extractor is None:
            raise ValueError('--live needs --extractor')
        reconnects = {None: 10, -1: None}.get(args.reconnects, args.reconnects)
        path = args.out_dir and args.out_dir / LIVE_LOG
        status = watch(inferencer, inputs[0], path, args.fps, reconnects)
        if status is None:
            return 0
    else:
        scores = score_files(inferencer, inputs, args.out_dir, annotations, args.fps)
        status = tell(scores, with_events=args.out_dir is None)
        path = args.out_dir and args.out_dir / SCORES
        found = list_cautions(scores.made_by, scores.rule)  # feature files say more
        warn(text for text in found if text not in cautions)
    if args.report:
        status = max(status, draw_everything(read_scores(path), args.out_dir, path))
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and run.

    Returns:
        Exit status: 1 where an input failed; 2 where the run could not be begun, or its outputs not
        be written; 130 for an interrupt, which is the usual end of a live source and 0 there.
    """
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_interrupt(parser, lambda: run_inference(args), 'what was scored is kept')


if __name__ == '__main__':
    sys.exit(main())
