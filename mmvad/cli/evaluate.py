"""Evaluate a scores file: frame-level metrics, or video-level ones where scores are of videos."""

import argparse
import sys
from collections.abc import Sequence

from mmvad.cli.errors import CommandParser, report_errors
from mmvad.cli.retired import add_retired_flags
from mmvad.datasets.annotations import load_annotations
from mmvad.evaluation.functional import FRAME_COUNTS, frame_report, video_report
from mmvad.files import printable, write_json
from mmvad.scores.annotating import relabel_videos
from mmvad.scores.scores_file import ScoresFile, read_scores


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('scores', help='scores file of test --dump or of infer')
    parser.add_argument(
        '--frame-count',
        choices=FRAME_COUNTS,
        default='segments',
        help='what is counted: 16 frames per segment, as published ground truths do, or the true '
        'frames of each video (default: segments)',
    )
    parser.add_argument(
        '--threshold', type=float, default=0.5, help='of the false-alarm rate (default: 0.5)'
    )
    parser.add_argument('--per-category', action='store_true', help='add one AUC a category')
    parser.add_argument(
        '--annotations',
        help='JSON of a test split: its labels count (default: those of the scores file)',
    )
    parser.add_argument('--out', help='JSON file for the metrics (default: none)')
    add_retired_flags(parser, {'--protocol': '--frame-count, segments or true'})
    return parser


def evaluate(scores: ScoresFile, args: argparse.Namespace) -> tuple[dict, str]:
    """Compute the metrics of a scores file.

    Returns:
        What ``--out`` receives, and a line about what the metrics are over.

    Raises:
        ValueError: A video failed or has no annotation, annotations do not fit, or all videos are
            of one class.
    """
    if failed := [video.name for video in scores.videos if video.error is not None]:
        raise ValueError(f'{len(failed)} videos were not scored, first {failed[0]}')
    videos = scores.videos
    if args.annotations:
        videos = relabel_videos(videos, *load_annotations(args.annotations))
    if scores.unit == 'video':
        values = video_report(videos)
        return dict(num_videos=len(videos), values=values), f'{len(videos)} videos, one score each'
    report = frame_report(videos, args.frame_count, args.threshold, args.per_category)
    return vars(report), report.summary()


def run(args: argparse.Namespace) -> int:
    """Read, compute, print."""
    content, summary = evaluate(read_scores(args.scores), args)
    for name, value in content['values'].items():
        print(f'{name}: {value!r}')
    print(printable(f'over {summary}'))
    if args.out:
        write_json(args.out, content)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and run; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parser.parse_args(argv)
    return report_errors(parser, lambda: run(args))


if __name__ == '__main__':
    sys.exit(main())
