"""Choose a detector's threshold from normal videos at a wished false-alarm rate."""

import argparse

from mmvad.apis.calibration import calibrate_threshold, write_calibration
from mmvad.apis.events import seconds_to_segments
from mmvad.evaluation.dump import load_dump


def main(argv: list[str] | None = None) -> None:
    """Parse, load, choose, store beside the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('dump', help='scores of normal videos: JSON of tools/test.py --dump')
    parser.add_argument('--checkpoint', required=True, help='the checkpoint that gave the scores')
    parser.add_argument('--false-alarms-per-hour', type=float, required=True)
    parser.add_argument('--fps', type=float, required=True, help='frames a second of the videos')
    parser.add_argument('--low-ratio', type=float, default=1.0, help='low / high threshold')
    parser.add_argument('--min-seconds', type=float, default=0, help='shortest event')
    parser.add_argument('--merge-seconds', type=float, default=0, help='longest gap that is closed')
    parser.add_argument('--out', help='JSON file, default: CHECKPOINT.threshold.json')
    args = parser.parse_args(argv)

    _, predictions = load_dump(args.dump)
    normal = [video.scores for video in predictions if video.label == 0]
    found = calibrate_threshold(
        normal,
        args.fps,
        args.false_alarms_per_hour,
        args.low_ratio,
        max(1, seconds_to_segments(args.min_seconds, args.fps)),
        seconds_to_segments(args.merge_seconds, args.fps),
    )
    path = write_calibration(args.checkpoint, found, args.out)
    print(f'{len(normal)} normal of {len(predictions)} videos, {found.normal_hours:.3f} hours')
    print(f'threshold {found.rule.threshold}, low threshold {found.rule.low_threshold}')
    print(f'{found.false_alarms_per_hour:.3f} false alarms per hour', end=', ')
    print(f'{found.alarm_time_share:.2%} of the time in alarm')
    print(f'written to {path}')


if __name__ == '__main__':
    main()
