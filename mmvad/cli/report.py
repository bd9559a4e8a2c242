"""Draw scored videos: score curves, annotated videos, a table, a review page."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.summary import describe_video, warn
from mmvad.datasets.annotations import load_annotations
from mmvad.datasets.converters.custom import drop_extension
from mmvad.extraction.videos import list_videos
from mmvad.files import printable
from mmvad.review.outputs import TABLE, Outputs
from mmvad.scores.annotating import annotate_videos
from mmvad.scores.cautions import list_cautions
from mmvad.scores.rule import EventRule
from mmvad.scores.scores_file import ScoresFile, read_scores
from mmvad.scores.threshold_file import DEFAULT, GIVEN, rule_for_scores

RULE_FLAGS = ('threshold', 'low_ratio', 'min_seconds', 'merge_seconds')
PAGE = 'review.html'


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of the command's flags."""
    parser = CommandParser(description=__doc__)
    parser.add_argument(
        'scores',
        type=Path,
        help='scores file of test --dump or infer, or the log of a run that goes on or was killed',
    )
    parser.add_argument(
        '--out-dir',
        type=Path,
        help=f'folder for curves, {TABLE}, videos and {PAGE}, or for what is chosen of these '
        '(default: none)',
    )
    parser.add_argument('--curves', action='store_true', help='score curves (PNG)')
    parser.add_argument('--csv', action='store_true', help='table with one line per segment')
    parser.add_argument(
        '--videos',
        action='store_true',
        help='annotated videos (MP4); without this flag only those whose files are there',
    )
    parser.add_argument(
        '--page', type=Path, metavar='OUT.html', help='review page (default: in the folder)'
    )
    parser.add_argument('--title', help='heading of the page (default: Anomaly review)')
    parser.add_argument(
        '--embed-videos', action='store_true', help='put the videos into the page itself'
    )
    parser.add_argument(
        '--annotations', help='JSON of the data set: its events are shown too (default: none)'
    )
    parser.add_argument(
        '--videos-root',
        type=Path,
        help='folder that the names of a test start at: their files are shown (default: none)',
    )
    _add_rule_arguments(parser)
    return parser


def _add_rule_arguments(parser: argparse.ArgumentParser) -> None:
    rule = parser.add_argument_group(
        'how scores become events', 'each replaces that part of the rule of the scores file'
    )
    rule.add_argument(
        '--threshold', type=float, help='in [0, 1] (default: that of the file, or 0.5)'
    )
    rule.add_argument(
        '--low-ratio', type=float, help='low / high threshold (default: that of the file, or 1)'
    )
    rule.add_argument(
        '--min-seconds',
        type=float,
        help='least length of an event (default: that of the file, or 0)',
    )
    rule.add_argument(
        '--merge-seconds',
        type=float,
        help='longest pause that is closed (default: that of the file, or 0)',
    )
    rule.add_argument('--threshold-file', help='the whole rule, of calibrate (default: none)')


def main(argv: list[str] | None = None) -> int:
    """Parse, read, draw, say what failed.

    Args:
        argv: Arguments; None takes those of the process.

    Returns:
        Exit status: 1 where an output could not be drawn, 2 for bad input, 130 for an interrupt.
    """
    parser = build_parser()
    args = parse_arguments(parser, argv)
    try:
        return report_errors(parser, lambda: run(args))
    except KeyboardInterrupt:
        print(f'{parser.prog}: interrupted; what was drawn is kept', file=sys.stderr)
        return 130


def run(args: argparse.Namespace) -> int:
    """Read, draw, say what failed.

    Returns:
        1 where an output could not be drawn, else 0.

    Raises:
        OSError, ValueError: A file is missing or malformed, or cannot be written.
    """
    outputs = choose_outputs(args)
    scores = load_scores(args)
    given = (args.scores, args.annotations, args.threshold_file)
    inputs = [path for path in given if path is not None]
    failed = draw_with_bar(scores, outputs, inputs, args.title)
    for video in scores.videos:
        print(printable(describe_video(video)))
    warn(list_cautions(scores.made_by, scores.rule))
    return tell(scores, outputs, failed)


def choose_outputs(args: argparse.Namespace) -> Outputs:
    """Take the outputs from the flags: with a folder and nothing else, all that can be made.

    Raises:
        ValueError: There is no place for what is asked for.
    """
    chosen = [name for name in ('curves', 'csv', 'videos') if getattr(args, name)]
    if args.out_dir is None and chosen:
        raise ValueError(f'--{chosen[0]} needs --out-dir, the folder to write into')
    if args.out_dir is None and args.page is None:
        raise ValueError('nothing to draw: give --out-dir or --page')
    page = args.page
    if page is None and not chosen:
        page = args.out_dir / PAGE
    if args.embed_videos and page is None:
        raise ValueError('--embed-videos needs --page')
    return Outputs(
        args.out_dir,
        page,
        curves=args.curves or not chosen,
        table=args.csv or not chosen,
        videos=args.videos or not chosen,
        all_videos=args.videos,
        embed=args.embed_videos,
    )


def load_scores(args: argparse.Namespace) -> ScoresFile:
    """Read the scores, annotate and cut them as the flags say.

    Raises:
        OSError, ValueError: A file is missing or malformed, or the rule does not fit.
    """
    scores = read_scores(args.scores)
    if args.annotations is not None:
        scores = scores.with_videos(
            annotate_videos(scores.videos, *load_annotations(args.annotations))
        )
    if args.videos_root is not None:
        scores = find_files(scores, args.videos_root)
    rule, origin = choose_rule(args, scores)
    return replace(scores, made_by=dict(scores.made_by, threshold_from=origin)).cut(rule)


def find_files(scores: ScoresFile, root: Path) -> ScoresFile:
    """Name the videos of a test by their files, so that these are shown.

    Args:
        scores: Of a test; a video of another name stays as it is.
        root: Folder that the names start at.

    Raises:
        FileNotFoundError: There is no such folder.
        ValueError: None of the videos lies there.
    """
    if not root.is_dir():
        raise FileNotFoundError(f'--videos-root: there is no folder {root}')
    files = {
        drop_extension(path.relative_to(root).as_posix()): str(path) for path in list_videos(root)
    }
    named = [replace(video, name=files.get(video.name, video.name)) for video in scores.videos]
    if not any(video.name in files for video in scores.videos):
        raise ValueError(f'--videos-root {root}: none of {len(named)} videos lies there')
    return scores.with_videos(named)


def choose_rule(args: argparse.Namespace, scores: ScoresFile) -> tuple[EventRule, str | None]:
    """Take the rule of the file, of the flags or of a threshold file; 0.5 where there is none.

    Returns:
        The rule, and where it comes from, as `infer` says it; None where the file does not.

    Raises:
        ValueError: A setting is out of range, a rule is given twice, or the threshold file is that
            of other scores.
        FileNotFoundError: There is no such threshold file.
    """
    given = {name: getattr(args, name) for name in RULE_FLAGS if getattr(args, name) is not None}
    if args.threshold_file is not None:
        if given:
            flag = next(iter(given)).replace('_', '-')
            raise ValueError(f'give --{flag} or --threshold-file, which holds a whole rule')
        return rule_for_scores(args.threshold_file, scores.made_by)
    if given:
        return replace(scores.rule or EventRule(), **given), GIVEN
    if scores.rule is None:
        return EventRule(), DEFAULT
    return scores.rule, scores.made_by.get('threshold_from')


def draw_everything(scores: ScoresFile, out_dir: Path, source: Path) -> int:
    """Draw all that can be made into a folder, and say where and what failed.

    Args:
        scores: What to draw.
        out_dir: Folder.
        source: File of the scores, which is not written over.

    Returns:
        1 where an output could not be drawn, else 0.
    """
    outputs = Outputs(out_dir, out_dir / PAGE)
    return tell(scores, outputs, draw_with_bar(scores, outputs, [source]))


def draw_with_bar(
    scores: ScoresFile, outputs: Outputs, inputs: Sequence[str | Path], title: str | None = None
) -> dict[str, str]:
    """Draw, with a bar of the videos done and the frames drawn; see `draw`."""
    from mmvad.review.drawing import draw  # slow: matplotlib

    with tqdm(total=len(scores.videos), unit='video', desc='report') as bar:
        drawn = 0

        def progress(index: int, frames: int) -> None:
            nonlocal drawn
            drawn += frames
            bar.set_postfix_str(f'{drawn} frames' if drawn else '', refresh=False)
            bar.update(index + (frames == 0) - bar.n)

        return draw(scores, outputs, progress, inputs, title)


def tell(scores: ScoresFile, outputs: Outputs, failed: Mapping[str, str]) -> int:
    """Say what was drawn and what failed; give the exit status."""
    places = [str(path) for path in (outputs.folder, outputs.page) if path is not None]
    threshold = (scores.rule or EventRule()).threshold
    print(printable(f'threshold {threshold:g}, drawn into {" and ".join(places)}'))
    for name, reason in failed.items():
        print(printable(f'failed: {name}: {reason}'), file=sys.stderr)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
