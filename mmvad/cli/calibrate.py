"""Choose a detector's threshold from normal videos at a target rate of false alarms."""

import argparse
import math
import sys
from collections.abc import Sequence

from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.retired import add_retired_flags
from mmvad.clock import check_fps
from mmvad.files import printable
from mmvad.scores.calibration import Calibration, calibrate
from mmvad.scores.calibration_support import check_support
from mmvad.scores.normal_scores import gather_normal
from mmvad.scores.scores_file import ScoresFile, read_scores
from mmvad.scores.threshold_file import write_calibration

SAME_RATE = 1e-4  # relative: 29.97 is 30000 / 1001, 30 is not


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument(
        'scores', help='scores file of test --dump or of infer, with normal videos in it'
    )
    parser.add_argument('--weights', required=True, help='the checkpoint that gave the scores')
    parser.add_argument(
        '--false-alarms-per-hour', type=float, required=True, help='target that is not exceeded'
    )
    parser.add_argument(
        '--fps',
        type=float,
        help='frames per second of videos whose rate the scores file does not say (default: none)',
    )
    parser.add_argument(
        '--all-normal', action='store_true', help='take all videos, not only those of label 0'
    )
    parser.add_argument(
        '--low-ratio', type=float, default=1.0, help='low over high threshold (default: 1)'
    )
    parser.add_argument(
        '--min-seconds', type=float, default=0.0, help='least length of an event (default: 0)'
    )
    parser.add_argument(
        '--merge-seconds',
        type=float,
        default=0.0,
        help='longest pause between two events that become one (default: 0)',
    )
    parser.add_argument(
        '--force',
        action='store_true',
        help='go on where the recording is too short to support the target; what uses the '
        'threshold says so',
    )
    parser.add_argument('--out', help='JSON file to write (default: WEIGHTS.threshold.json)')
    add_retired_flags(parser, {'--checkpoint': '--weights'})
    return parser


def check_rate(scores: ScoresFile, fps: float | None) -> None:
    """Make sure that a given frame rate does not contradict what a scores file says.

    Args:
        scores: Each video may say its rate or the times of its segments.
        fps: Frames a second; None is not given.

    Raises:
        ValueError: It is not positive, or a video says something else; the text names both.

    Example:
        >>> from mmvad.scores.scored_video import ScoredVideo
        >>> from mmvad.clock import Clock
        >>> check_rate(ScoresFile([ScoredVideo('a', [0.5], Clock(1, fps=30))]), 25)
        Traceback (most recent call last):
        ValueError: --fps 25 contradicts the scores file, which says 30 frames per second for a
    """
    check_fps(fps)
    if fps is None:
        return
    for video in scores.videos:
        clock = video.clock
        if clock is None or clock.edges is None:
            continue
        if clock.fps is None:
            raise ValueError(
                f'--fps {fps:g} contradicts the scores file, which says the time of each segment '
                f'of {video.name}'
            )
        if not math.isclose(clock.fps, fps, rel_tol=SAME_RATE):
            raise ValueError(
                f'--fps {fps:g} contradicts the scores file, which says {clock.fps:g} frames per '
                f'second for {video.name}'
            )


def describe(found: Calibration, num_videos: int) -> str:
    """Say what was chosen, and what it does on the normal videos.

    Args:
        found: The calibration.
        num_videos: Videos of the scores file.
    """
    rule = found.rule
    lines = [
        f'{found.normal_hours:.3f} hours of normal video in {found.num_videos} stretches, '
        f'from a file of {num_videos} videos',
        f'threshold {rule.threshold}, low threshold {rule.low_threshold}, '
        f'events of at least {rule.min_seconds:g} s, pauses up to {rule.merge_seconds:g} s closed',
        f'{found.false_alarms_per_hour:.3f} false alarms per hour, target '
        f'{found.target_false_alarms_per_hour:g}; {found.alarm_time_share:.2%} of the time in '
        'an event',
    ]
    return '\n'.join(lines)


def run_calibration(args: argparse.Namespace) -> None:
    """Choose the rule, store it, print what it does.

    Raises:
        FileNotFoundError: Scores file or checkpoint is not there.
        ValueError: An argument is out of range or contradicts the scores file, the recording is too
            short for the target, the scores are those of another checkpoint, or they do not
            determine a threshold.
    """
    scores = read_scores(args.scores)
    check_rate(scores, args.fps)
    hours = gather_normal(scores, fps=args.fps, all_normal=args.all_normal).hours
    try:
        check_support(hours, args.false_alarms_per_hour)
    except ValueError as error:
        if not args.force:
            raise ValueError(f'{error}; --force calibrates all the same') from error
        print(f'warning: {error}; going on, as --force says', file=sys.stderr)
    found = calibrate(
        scores,
        args.false_alarms_per_hour,
        args.low_ratio,
        args.min_seconds,
        args.merge_seconds,
        args.fps,
        args.all_normal,
    )
    path = write_calibration(args.weights, found, args.out)
    print(describe(found, len(scores.videos)))
    print(printable(f'written to {path}'))


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and calibrate; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: run_calibration(args))


if __name__ == '__main__':
    sys.exit(main())
