"""Choose a detector's threshold from normal videos at a wished false-alarm rate."""

import argparse
import sys
from dataclasses import replace

from mmvad.apis.calibration import calibrate_threshold, read_normal_scores, write_calibration

from mmvad.files import printable


def main(argv: list[str] | None = None) -> int:
    """Parse, load, choose, store beside the checkpoint; the exit status is 2 for bad input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'scores', help='of normal videos: JSON of tools/test.py --dump or of tools/infer.py'
    )
    parser.add_argument('--checkpoint', required=True, help='the checkpoint that gave the scores')
    parser.add_argument('--false-alarms-per-hour', type=float, required=True)
    parser.add_argument(
        '--fps', type=float, help='frames a second, instead of what tools/infer.py wrote'
    )
    parser.add_argument(
        '--all-normal',
        action='store_true',
        help='all videos of tools/infer.py are normal; else those with --annotations that say so',
    )
    parser.add_argument('--low-ratio', type=float, default=1.0, help='low / high threshold')
    parser.add_argument('--min-seconds', type=float, default=0, help='shortest event')
    parser.add_argument('--merge-seconds', type=float, default=0, help='longest gap that is closed')
    parser.add_argument('--out', help='JSON file, default: CHECKPOINT.threshold.json')
    args = parser.parse_args(argv)
    try:
        calibrate(args)
    except (ValueError, OSError) as error:
        print(printable(f'{parser.prog}: error: {error}'), file=sys.stderr)
        return 2
    return 0


def calibrate(args: argparse.Namespace) -> None:
    """Choose the threshold, store it, say what it does."""
    normal = read_normal_scores(args.scores, args.fps, args.all_normal)
    normal.check_checkpoint(args.checkpoint)
    found = calibrate_threshold(
        normal.scores,
        normal.fps,
        args.false_alarms_per_hour,
        args.low_ratio,
        max(1, normal.count_segments(args.min_seconds)),
        normal.count_segments(args.merge_seconds),
    )
    found = replace(found, mode=normal.mode, bag_size=normal.bag_size)
    path = write_calibration(args.checkpoint, found, args.out)
    count = f'{normal.num_normal} normal of {normal.num_videos} videos'
    print(f'{count}, {found.normal_hours:.3f} hours')
    print(f'threshold {found.rule.threshold}, low threshold {found.rule.low_threshold}')
    print(f'{found.false_alarms_per_hour:.3f} false alarms per hour', end=', ')
    print(f'{found.alarm_time_share:.2%} of the time in alarm')
    print(printable(f'written to {path}'))


if __name__ == '__main__':
    sys.exit(main())
