"""Make a project folder for your own videos: label table, feature config, detector config."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmvad import register
from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.prepare import table as prepare_table
from mmvad.config_files import load_config
from mmvad.datasets.converters.label_table import Row, read_table
from mmvad.datasets.converters.table_splits import assign_splits
from mmvad.files import printable
from mmvad.packaged_weights import SCHEME, find_packaged
from mmvad.project.create import (
    find_project_videos,
    match_rows,
    rows_of_folders,
    write_project,
)
from mmvad.project.folder import ProjectFolder
from mmvad.video.crops import CROP_COUNTS

MOST_NAMED = 3


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('dir', type=Path, help='folder to make')
    parser.add_argument(
        'videos', type=Path, nargs='+', help='videos, folders of them, or .txt lists'
    )
    parser.add_argument(
        '--labels',
        type=Path,
        help='CSV with the header video,label[,category][,split][,events] (default: a table to '
        'fill in; folders normal, anomalous, train, test, calibration fill it)',
    )
    parser.add_argument(
        '--features',
        default='efficientnet_lite0',
        help='name or path of a feature config (default: efficientnet_lite0)',
    )
    parser.add_argument(
        '--feature-weights', help="of its network, path or address (default: the config's)"
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace table and configs that are there'
    )
    return parser


def read_extractor(args: argparse.Namespace) -> Mapping:
    """Read the settings of the feature config.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: It makes no features of pictures, or names no weights.
    """
    register()
    extractor = load_config(args.features, 'features').get('extractor')
    if not isinstance(extractor, Mapping):
        raise ValueError(f'--features {args.features}: the config has no extractor')
    for name in ('feature_channels', 'crops'):
        if name not in extractor:
            raise ValueError(f'--features {args.features}: the extractor has no {name}')
    if args.feature_weights is None and extractor.get('weights') is None:
        raise ValueError(
            f'--feature-weights: the feature config {args.features} names no weights; give a file'
        )
    return extractor


def make_project(args: argparse.Namespace) -> None:
    """Make the folder, and say what is in it and what comes next.

    Raises:
        FileNotFoundError: A video, the table or the feature config is not there.
        FileExistsError: There is a project already.
        ValueError: A row of the table is malformed or about no video.
        OSError: The folder cannot be written.
    """
    root, names = find_project_videos(args.videos)
    left: list[str] = []
    if args.labels is None:
        rows = rows_of_folders(names)
    else:
        rows, left = match_rows(read_table(args.labels), root, names)
    complete = all(row.label is not None for row in rows)
    named = any(row.split for row in rows)
    if complete and args.labels is not None:
        rows = assign_splits(rows)
    extractor = read_extractor(args)
    project = ProjectFolder(args.dir)
    crops = CROP_COUNTS[extractor['crops']]
    files = write_project(
        project,
        root,
        rows,
        args.features,
        extractor,
        crops,
        args.overwrite,
        args.feature_weights,
    )
    for file in files:
        print(printable(f'written: {file}'))
    if complete and args.labels is not None:
        prepare_table.prepare(
            prepare_table.build_parser().parse_args(
                [str(project.table), str(project.path), '--videos', str(root)]
            )
        )
    if not named and rows[0].split:
        tested = sum(row.split == 'test' for row in rows)
        print(f'the table names no split: {tested} of {len(rows)} videos are now for the test')
    for line in (*_left_out(left), *_what_next(project, rows, args.labels), *_missing(extractor)):
        print(printable(line))


def _left_out(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = ', …' if len(names) > MOST_NAMED else ''
    return [f'not in the table, left out: {len(names)}, {", ".join(names[:MOST_NAMED])}{more}']


def _what_next(project: ProjectFolder, rows: Sequence[Row], labels: Path | None) -> list[str]:
    empty = sum(row.label is None for row in rows)
    lines = [f'{len(rows)} videos']
    if labels is None:
        filled = f'; {len(rows) - empty} labels come from the names of folders'
        lines = [
            f'{project.table} lists {len(rows)} videos{filled if empty < len(rows) else ""}',
            'fill it in: label 0 (normal) or 1 (anomalous); events of anomalous test videos as '
            'start-end in seconds (3.5-7 1:02-1:09); category and split may stay empty',
        ]
    return [*lines, f'next: mmvad run {project.path}']


def _missing(extractor: Mapping) -> list[str]:
    """Say what to install before the run."""
    weights = str(extractor.get('weights'))
    if not weights.startswith(SCHEME):
        return []
    try:
        find_packaged(weights)
    except FileNotFoundError as error:
        return [f'before that: {str(error).rpartition("; ")[2]}']
    return []


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and make; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: make_project(args))


if __name__ == '__main__':
    sys.exit(main())
