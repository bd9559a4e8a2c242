"""The command line of ``tools/infer.py``: flags, building, progress, what failed."""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmvad.apis.events import EventRule
from mmvad.apis.inference_run import (
    Outputs,
    Run,
    match_annotations,
    open_live,
    score_inputs,
    score_live,
)
from mmvad.apis.inferencer import AnomalyInferencer, list_inputs
from mmvad.cli.extract import add_network_arguments
from mmvad.cli.progress import ProgressBar
from mmvad.datasets.annotations import load_annotations
from mmvad.extraction.settings import ClipSettings
from mmvad.fileio import printable
from mmvad.models.stream_scorers import MODES


def add_inference_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say what scores, how, and what is written."""
    parser.add_argument('--detector', required=True, help='name or path of a config: salient_ucf')
    parser.add_argument('--weights', required=True, help="the detector's checkpoint")
    parser.add_argument('--extractor', help='name or path of a config of configs/features/')
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument('--extractor-weights', help="path or address, instead of the config's")
    weights.add_argument(
        '--random-extractor', type=int, metavar='SEED', help='untrained, to try the path only'
    )
    add_network_arguments(parser)
    parser.add_argument(
        '--batch-size', type=int, help='clips a forward pass; the crops of a segment by default'
    )
    parser.add_argument(
        '--allow-other-features',
        action='store_true',
        help='do not refuse an extractor that the detector was not trained with',
    )
    parser.add_argument('--bag-size', type=int, help="segments in a bag, instead of the config's")
    parser.add_argument(
        '--mode', choices=MODES, default='bags', help='sliding: a score for every segment at once'
    )
    threshold = parser.add_mutually_exclusive_group()
    threshold.add_argument('--threshold', type=float, help='in [0, 1]')
    threshold.add_argument(
        '--threshold-file',
        help='of tools/calibrate.py; the one beside the weights by default, else 0.5',
    )
    cutting = parser.add_argument_group('how scores become events, together with --threshold')
    cutting.add_argument('--low-ratio', type=float, help='low / high threshold (default: 1)')
    cutting.add_argument('--min-segments', type=int, help='shortest event (default: 1)')
    cutting.add_argument('--merge-gap', type=int, help='longest gap that is closed (default: 0)')
    parser.add_argument(
        '--annotations', help='JSON of the data set: its events are shown as ground truth'
    )
    parser.add_argument('--out-dir', type=Path, help='results.json, results.csv, curves, videos')
    parser.add_argument('--no-curves', action='store_true', help='no score curves (PNG)')
    parser.add_argument('--no-videos', action='store_true', help='no annotated videos (MP4)')
    parser.add_argument('--report', type=Path, metavar='OUT.html', help='review page')
    parser.add_argument(
        '--embed-videos', action='store_true', help='put the videos into the page itself'
    )
    parser.add_argument(
        '--live', action='store_true', help='one file, address or camera number; a line a segment'
    )
    parser.add_argument(
        '--fps',
        type=float,
        help='of a source that does not say it; of an address or camera, also if it does',
    )
    parser.add_argument(
        '--reconnects',
        type=int,
        help='of a live source, attempts without a frame (default: 10); -1 for no end',
    )


def read_outputs(args: argparse.Namespace) -> Outputs:
    """Take the outputs from the flags, and find out at once whether they can be written.

    Raises:
        OSError: One cannot.
        ValueError: Videos are to be put into a page that is not asked for.
    """
    if args.embed_videos and args.report is None:
        raise ValueError('--embed-videos needs --report')
    outputs = Outputs(
        args.out_dir, args.report, not args.no_curves, not args.no_videos, args.embed_videos
    )
    outputs.check()
    return outputs


def read_rule(args: argparse.Namespace) -> EventRule | None:
    """Take the rule of the events from the flags; None where the calibrated one is to be taken.

    Raises:
        ValueError: A setting is out of range, or given without a threshold.
    """
    given = {
        name: getattr(args, name)
        for name in ('low_ratio', 'min_segments', 'merge_gap')
        if getattr(args, name) is not None
    }
    if args.threshold is not None:
        return EventRule(args.threshold, **given)
    if given:
        flags = ', '.join('--' + name.replace('_', '-') for name in given)
        raise ValueError(
            f'{flags}: to be given together with --threshold; a calibrated threshold has settings '
            'of its own (tools/calibrate.py)'
        )
    return None


def build_inferencer(args: argparse.Namespace) -> AnomalyInferencer:
    """Build the inferencer of the flags.

    Raises:
        FileNotFoundError, ValueError: See `AnomalyInferencer`.
    """
    return AnomalyInferencer(
        args.detector,
        args.weights,
        args.extractor,
        args.extractor_weights,
        args.random_extractor,
        overrides=dict(crops=args.crops),
        dtype=args.dtype,
        device=args.device,
        rule=read_rule(args),
        threshold_file=args.threshold_file,
        bag_size=args.bag_size,
        batch_size=args.batch_size,
        allow_other_features=args.allow_other_features,
    )


def live_settings(args: argparse.Namespace, inferencer: AnomalyInferencer) -> ClipSettings:
    """Say how a live source is read.

    Raises:
        ValueError: There is not exactly one source, or no extractor, or ground truth is given.
    """
    if len(args.inputs) != 1:
        raise ValueError(f'--live takes one source, got {len(args.inputs)}')
    if inferencer.extractor is None:
        raise ValueError('--live needs --extractor')
    if args.annotations is not None:
        raise ValueError('--annotations is about files, not about a live source')
    return inferencer.extractor.settings


@contextmanager
def terminate_like_interrupt() -> Iterator[None]:
    """Let SIGTERM, as of a service manager, end the work as Ctrl-C does: what is there is kept."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class InferenceBar(ProgressBar):
    """Inputs done, share of the current one, frames read.

    Args:
        num_inputs: Inputs of the run.
    """

    def __init__(self, num_inputs: int) -> None:
        super().__init__(f'{num_inputs} inputs', total=float(num_inputs))

    def advance_input(self, index: int, frames: int, share: float | None) -> None:
        """Take in the frames of an input, and the share of it that is done."""
        self.advance(frames, index + (share or 0.0))

    def _postfix(self) -> str:
        return f'{self._frames} frames'


def run_inference(args: argparse.Namespace) -> int:
    """Check all that can be checked before the work, do it, say what was found.

    Args:
        args: Flags of `add_inference_arguments`, and ``inputs``.

    Returns:
        The exit status, see `finish`.

    Raises:
        FileNotFoundError, ValueError, OSError: A setting, an output or the live source is unfit.
        KeyboardInterrupt: The run was interrupted; what was scored is written.
    """
    outputs = read_outputs(args)
    reconnects = read_reconnects(args)
    inferencer = build_inferencer(args)
    if args.live:
        source, fps = open_live(args.inputs[0], live_settings(args, inferencer), reconnects)
        fps = args.fps or fps  # cameras promise wrong rates
        return finish(score_live(inferencer, source, args.inputs[0], outputs, args.mode, fps))
    inputs = list_inputs(args.inputs)
    truth = None
    if args.annotations is not None:
        truth = match_annotations(inputs, load_annotations(args.annotations)[1])
    with InferenceBar(len(inputs)) as bar:
        run = score_inputs(
            inferencer, inputs, outputs, args.mode, bar.advance_input, truth, args.fps
        )
    return finish(run)


def read_reconnects(args: argparse.Namespace) -> int | None:
    """Take the number of attempts from the flags; None for no end.

    Raises:
        ValueError: It is out of range, or there is no live source.
    """
    if args.reconnects is None:
        return 10
    if not args.live:
        raise ValueError('--reconnects needs --live')
    if args.reconnects < 1 and args.reconnects != -1:
        raise ValueError(f'--reconnects must be at least 1, or -1, got {args.reconnects}')
    return None if args.reconnects == -1 else args.reconnects


def finish(run: Run) -> int:
    """Say what was found and what failed, and give the exit status.

    Args:
        run: What was done.

    Returns:
        1 where an input failed, else 0.
    """
    for entry in run.results['videos']:
        if entry['error'] is None:
            factor = entry['timing'].get('real_time_factor')
            speed = '' if factor is None else f', real-time factor {factor:.3f}'
            line = (
                f'{entry["video"]}: {entry["num_segments"]} segments, highest score '
                f'{max(entry["scores"]):.4f}, {len(entry["events"])} events{speed}'
            )
            print(printable(line))
    for source, reason in run.failed.items():
        print(printable(f'failed: {source}: {reason}'), file=sys.stderr)
    return 1 if run.failed else 0
