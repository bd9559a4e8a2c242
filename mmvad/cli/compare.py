"""Compare detectors on the same test videos, by a paired bootstrap over videos."""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from mmvad.cli.errors import CommandParser, report_errors
from mmvad.cli.evaluate import add_counting_flags, labelled_videos
from mmvad.datasets.annotations import load_annotations
from mmvad.evaluation.functional.agreement import align_videos
from mmvad.evaluation.functional.comparison import Comparison, compare_systems
from mmvad.evaluation.functional.runs import FrameRuns
from mmvad.files import atomic_path, printable, write_json
from mmvad.review.table import harmless_cell
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import read_scores

COLUMNS = ('metric', 'first', 'second', 'value', 'low', 'high', 'resolved', 'seeds', 'std')


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(
        description=__doc__,
        epilog='Example: mmvad compare salient=s0.json,s1.json,s2.json rtfm=r0.json,r1.json',
    )
    parser.add_argument(
        'systems',
        nargs='+',
        metavar='[NAME=]SCORES[,SCORES…]',
        help='scores files of one detector, one for each seed of its training; without a name it '
        'is called as its only file',
    )
    add_counting_flags(parser)
    parser.add_argument(
        '--replicas', type=int, default=10_000, help='draws of the videos (default: 10000)'
    )
    parser.add_argument('--seed', type=int, default=0, help='of the draws (default: 0)')
    parser.add_argument('--out', help='file for the table, .json or .csv (default: none)')
    parser.add_argument('--plot', help='PNG file for the forest plot (default: none)')
    return parser


def parse_system(text: str) -> tuple[str, list[str]]:
    """Read one system of the command line.

    Args:
        text: ``NAME=FILE,FILE``, or a file. The name of an existing file is that file, whatever
            characters it has.

    Returns:
        Name and files.

    Raises:
        ValueError: Several files have no name, or a name or file is empty.

    Example:
        >>> parse_system('a=1.json,2.json'), parse_system('runs/1.json')
        (('a', ['1.json', '2.json']), ('runs/1', ['runs/1.json']))
    """
    if Path(text).is_file():
        return text.removesuffix('.json'), [text]
    name, equals, rest = text.partition('=')
    files = (rest if equals else text).split(',')
    if not all(files) or (equals and not name):
        raise ValueError(f'expected NAME=FILE,FILE or a file, got {text!r}')
    if not equals and len(files) > 1:
        raise ValueError(f'several files of one system need a name: NAME={text}')
    return (name if equals else text.removesuffix('.json')), files


def read_systems(
    texts: Sequence[str], frame_count: str, annotations: str | None
) -> dict[str, list[FrameRuns]]:
    """Read all scores files, and make sure that they are of the same videos.

    Args:
        texts: As on the command line.
        frame_count: ``'segments'`` or ``'true'``.
        annotations: JSON of a test split; None keeps the labels of the files.

    Returns:
        Frames of each seed by name of the system.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: There are less than two systems, two have one name, a file does not fit, or two
            files differ in videos or ground truth.
    """
    systems = [parse_system(text) for text in texts]
    names = [name for name, _ in systems]
    if len(names) < 2:
        raise ValueError('a comparison needs at least two systems')
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f'two systems are called {twice[0]!r}; name them: NAME=FILE')
    first: tuple[str, Sequence[ScoredVideo]] | None = None
    found = {}
    for name, files in systems:
        found[name] = []
        for file in files:
            videos = _read_videos(file, annotations)
            first = first or (file, videos)
            videos = align_videos(first[1], videos, (first[0], file), frame_count)
            found[name].append(FrameRuns.join(videos, frame_count))
    return found


def _read_videos(path: str, annotations: str | None) -> Sequence[ScoredVideo]:
    scores = read_scores(path)
    if scores.unit == 'video':
        raise ValueError(f'{path}: scores of whole videos; a comparison needs those of segments')
    try:
        videos = labelled_videos(scores, annotations)
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from error
    if annotations is not None:  # other files may call the same videos by other paths
        entries = load_annotations(annotations)[1]
        videos = [
            replace(video, name=entry['video'])
            for video, entry in zip(videos, entries, strict=True)
        ]
    return videos


def table_lines(found: Comparison) -> Iterator[str]:
    """Write a comparison as lines of text."""
    pairs = [f'{d.first} − {d.second}' for d in found.differences]
    width = max(len(name) for name in [*pairs, *(system.name for system in found.systems)])
    for metric, again in found.drawn_again.items():
        yield metric
        for system in found.systems:
            if system.metric == metric:
                line = f'  {system.name:{width}}  {system.value:7.4f}  {_interval(system)}'
                if system.std is not None:
                    line += f'  std {system.std:.4f} over {system.num_seeds} seeds'
                yield line
        for difference in found.differences:
            if difference.metric == metric:
                pair = f'{difference.first} − {difference.second}'
                verdict = 'resolved' if difference.resolved else 'not resolved'
                interval = _interval(difference, '+')
                yield f'  {pair:{width}}  {difference.value:+.4f}  {interval}  {verdict}'
        if again:
            yield f'  {again} replicas were not defined and drawn again'
    for metric, reason in found.undefined.items():
        yield f'{metric}: undefined, because {reason}'
    yield (
        f'95 % intervals of {found.num_replicas} replicas of {found.num_videos} videos '
        f'({found.num_frames} frames, {found.num_positive} of them anomalous), seed {found.seed}'
    )


def _interval(found, sign: str = '') -> str:
    return f'[{found.low:{sign}.4f}, {found.high:{sign}.4f}]'


def write_table(path: str, found: Comparison) -> None:
    """Write a comparison as JSON or, one line a value, as CSV.

    Raises:
        ValueError: The file is named neither ``.json`` nor ``.csv``.
    """
    check_table_name(path)
    if path.endswith('.json'):
        differences = [dict(asdict(d), resolved=d.resolved) for d in found.differences]
        write_json(path, dict(asdict(found), differences=differences))
        return
    with atomic_path(path) as draft, draft.open('w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(COLUMNS)
        for s in found.systems:
            std = '' if s.std is None else s.std
            cells = (s.value, s.low, s.high, '', s.num_seeds, std)
            writer.writerow([s.metric, harmless_cell(s.name), '', *cells])
        for d in found.differences:
            names = (harmless_cell(d.first), harmless_cell(d.second))
            resolved = 'yes' if d.resolved else 'no'
            writer.writerow([d.metric, *names, d.value, d.low, d.high, resolved, '', ''])


def check_table_name(path: str | None) -> None:
    """Make sure that the table's kind is known.

    Raises:
        ValueError: The file is named neither ``.json`` nor ``.csv``.
    """
    if path is not None and not path.endswith(('.json', '.csv')):
        raise ValueError(f'--out must be a .json or a .csv file, got {path!r}')


def run(args: argparse.Namespace) -> None:
    """Read, compare, print, write."""
    check_table_name(args.out)  # before the work
    systems = read_systems(args.systems, args.frame_count, args.annotations)
    found = compare_systems(systems, args.replicas, args.seed)
    for line in table_lines(found):
        print(printable(line))
    if args.out:
        write_table(args.out, found)
    if args.plot:
        from mmvad.visualization.figures import save_png  # matplotlib only where it is needed
        from mmvad.visualization.forest_plot import forest_plot

        save_png(forest_plot(found.differences), args.plot)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and run; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parser.parse_args(argv)
    return report_errors(parser, lambda: run(args))


if __name__ == '__main__':
    sys.exit(main())
