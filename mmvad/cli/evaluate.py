"""Evaluate a scores file: frame-level metrics, or video-level ones where scores are of videos."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmvad.cli.calibrate import check_rate
from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.retired import add_retired_flags
from mmvad.datasets.annotations import load_annotations
from mmvad.evaluation.curve_files import write_curves
from mmvad.evaluation.functional.frame_report import frame_report
from mmvad.evaluation.functional.metric_table import MetricTable
from mmvad.evaluation.functional.runs import FrameRuns
from mmvad.evaluation.functional.video_report import video_report
from mmvad.files import printable, write_json
from mmvad.scores.annotating import relabel_videos
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile, read_scores
from mmvad.scores.threshold_file import rule_for_scores
from mmvad.spelling import counted
from mmvad.timeline import FRAME_COUNTS


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('scores', help='scores file of test --dump or of infer')
    add_counting_flags(parser)
    parser.add_argument(
        '--all', action='store_true', dest='all_metrics', help='all metrics, see docs/metrics.md'
    )
    parser.add_argument('--per-category', action='store_true', help='add those of each category')
    parser.add_argument(
        '--fps',
        type=float,
        help='frames per second of videos whose rate the scores file does not say (default: none)',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='of the control that shuffles scores (default: 0)'
    )
    parser.add_argument('--out', help='JSON file for the metrics (default: none)')
    parser.add_argument(
        '--curves',
        help='folder for the ROC and precision-recall curves, CSV, JSON and PNG (default: none)',
    )
    _add_rule_flags(parser)
    add_retired_flags(parser, {'--protocol': '--frame-count, segments or true'})
    return parser


def add_counting_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say what is counted, of `evaluate` and `compare`."""
    parser.add_argument(
        '--frame-count',
        choices=FRAME_COUNTS,
        default='segments',
        help='what is counted: 16 frames per segment, as published ground truths do, or the true '
        'frames of each video (default: segments)',
    )
    parser.add_argument(
        '--annotations',
        help='JSON of a test split: its labels count (default: those of the scores file)',
    )


def _add_rule_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group('the rule that cuts events')
    group.add_argument(
        '--threshold',
        type=float,
        help='of events, and of the false-alarm rate of frames (default: 0.5)',
    )
    group.add_argument(
        '--low-ratio', type=float, help='low over high threshold of an event (default: 1)'
    )
    group.add_argument('--min-seconds', type=float, help='least length of an event (default: 0)')
    group.add_argument(
        '--merge-seconds',
        type=float,
        help='longest pause between two events that become one (default: 0)',
    )
    group.add_argument(
        '--threshold-file', help='threshold file of calibrate, in place of the four (default: none)'
    )


def choose_rule(args: argparse.Namespace, scores: ScoresFile) -> EventRule:
    """Make the rule of the flags.

    Raises:
        FileNotFoundError: There is no such threshold file.
        ValueError: A setting is out of range, both ways are used, or the threshold file is that of
            other scores.
    """
    names = ('threshold', 'low_ratio', 'min_seconds', 'merge_seconds')
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if args.threshold_file is None:
        return EventRule(**given)
    if given:
        flag = '--' + next(iter(given)).replace('_', '-')
        raise ValueError(f'give {flag} or --threshold-file, not both')
    return rule_for_scores(args.threshold_file, scores.made_by)[0]


def labelled_videos(scores: ScoresFile, annotations: str | None) -> Sequence[ScoredVideo]:
    """Give the videos of a scores file with the labels that count.

    Args:
        scores: As read.
        annotations: JSON of a test split; None keeps the labels.

    Raises:
        ValueError: A video failed, or annotations do not fit.
    """
    if failed := [video.name for video in scores.videos if video.error is not None]:
        raise ValueError(f'{counted(len(failed), "video")} not scored, first {failed[0]}')
    if annotations is None:
        return scores.videos
    return relabel_videos(scores.videos, *load_annotations(annotations))


def evaluate(scores: ScoresFile, args: argparse.Namespace) -> tuple[dict, list[str]]:
    """Compute the metrics of a scores file, and write the curves where asked for.

    Returns:
        What ``--out`` receives, and the lines of the table.

    Raises:
        ValueError: A video failed or has no annotation, annotations or a flag do not fit, or all
            videos are of one class.
    """
    videos = labelled_videos(scores, args.annotations)
    if scores.unit == 'video':
        if args.all_metrics or args.curves or args.per_category:
            raise ValueError('--all, --per-category and --curves need scores of segments')
        values = video_report(videos)
        lines = [
            *MetricTable(values).lines(),
            f'over {counted(len(videos), "video")}, one score each',
        ]
        return dict(num_videos=len(videos), values=values), lines
    check_rate(scores, args.fps)
    rule = choose_rule(args, scores)
    report = frame_report(
        videos, args.frame_count, rule, args.per_category, args.all_metrics, args.fps, args.seed
    )
    if args.curves:
        draw_curves(Path(args.curves), FrameRuns.join(videos, args.frame_count))
    return vars(report), [*report.lines(), f'over {report.counts()}']


def draw_curves(folder: Path, runs: FrameRuns) -> None:
    """Write the curves' points and their pictures, ``roc.png`` and ``precision_recall.png``."""
    from mmvad.visualization.figures import save_png  # matplotlib takes longer than all the rest
    from mmvad.visualization.ranking_curves import pr_figure, roc_figure

    roc, pr = write_curves(folder, runs)
    save_png(roc_figure({'all videos': roc}), folder / 'roc.png')
    save_png(pr_figure({'all videos': pr}), folder / 'precision_recall.png')


def run(args: argparse.Namespace) -> int:
    """Read, compute, print."""
    content, lines = evaluate(read_scores(args.scores), args)
    for line in lines:
        print(printable(line))
    if args.out:
        write_json(args.out, content)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and run; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: run(args))


if __name__ == '__main__':
    sys.exit(main())
