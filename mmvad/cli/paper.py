"""Make a table or figure of the paper: train, test, and put the numbers beside the published."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from mmvad import register
from mmvad.cli.errors import CommandParser, parse_arguments
from mmvad.cli.interrupts import report_interrupt
from mmvad.cli.run_config import OverridesAction
from mmvad.files import printable
from mmvad.paper.published import DATA_SETS

TARGETS = (
    *(f'table{number}' for number in range(1, 7)),
    *(f'figure{number}' for number in range(2, 8)),
)
SELECTIONS = ('held_out', 'test', 'last')
PAPER_SEED = 9111


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(
        description=__doc__,
        epilog='A run that is finished is not repeated, one that was cut off goes on: start the '
        'same command again. docs/paper.md shows what each table and figure needs.',
    )
    parser.add_argument('target', choices=TARGETS, help='what to make')
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('paper_out'),
        help='folder for tables, pictures and, in runs/, the runs (default: paper_out)',
    )
    parser.add_argument(
        '--data', choices=DATA_SETS, help="data set (default: the paper's for this target)"
    )
    parser.add_argument(
        '--data-root', type=Path, help="folder of the data set (default: the configs')"
    )
    parser.add_argument(
        '--seeds',
        type=int,
        nargs='+',
        default=[PAPER_SEED],
        help="of the trainings (default: 9111, the paper's)",
    )
    parser.add_argument(
        '--selections',
        nargs='+',
        choices=SELECTIONS,
        help='how checkpoints are chosen (default: held_out and test for tables, test, as in the '
        'paper, for figures)',
    )
    parser.add_argument(
        '--jobs', type=int, help="runs at the same time (default: the processor's cores)"
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=OverridesAction,
        default={},
        help='override settings of every config, for instance train_cfg.max_epochs=2 '
        '(default: none)',
    )
    parser.add_argument('--plan', action='store_true', help='list the runs, and run nothing')
    _add_choices(parser)
    return parser


def _add_choices(parser: argparse.ArgumentParser) -> None:
    choices = parser.add_argument_group('what a table or figure shows')
    choices.add_argument(
        '--systems',
        nargs='+',
        metavar='CONFIG',
        help="configs: rows of a table, systems of figures 2, 3, 6, 7 (default: the paper's)",
    )
    choices.add_argument(
        '--videos', nargs='+', help="of figures 2 and 7 (default: the paper's where they are there)"
    )
    choices.add_argument(
        '--iterations', type=int, nargs='+', default=[50, 500], help='figure 2 (default: 50 500)'
    )
    choices.add_argument(
        '--widths', type=int, nargs='+', help='d_a of figures 4 and 5 (default: 16 to 512)'
    )
    choices.add_argument(
        '--hops', type=int, nargs='+', help='r of figures 4 and 5 (default: 1 3 5 7 9)'
    )
    choices.add_argument(
        '--bag-sizes', type=int, nargs='+', help='l of figure 6 (default: 1 to 64)'
    )


def run(args: argparse.Namespace) -> int:
    """Make it; say where it is and what failed.

    Returns:
        1 where a run failed, else 0.

    Raises:
        ValueError: The target does not go with the data set, a system or a video.
        OSError: A config or file is missing, or cannot be written.
    """
    register()
    from mmvad.paper.make import Request, make, plan, write_plan
    from mmvad.paper.trainings import Place, available_cores

    for name in ('jobs', 'widths', 'hops', 'bag_sizes', 'iterations'):
        given = getattr(args, name)
        if given is not None and min(given if isinstance(given, list) else [given]) < 1:
            raise ValueError(f'--{name.replace("_", "-")} must be at least 1, got {given}')
    defaults = ('held_out', 'test') if args.target.startswith('table') else ('test',)
    place = Place(
        args.out / 'runs', args.data_root, args.cfg_options, args.jobs or available_cores()
    )
    request = Request(
        args.target,
        args.out,
        place,
        args.seeds,
        args.selections or defaults,
        args.data,
        args.systems,
        args.videos,
        args.widths,
        args.hops,
        args.bag_sizes,
        args.iterations,
    )
    runs = plan(request)
    plan_file = write_plan(request)
    if args.plan:
        for one in runs:
            print(printable(str(place.folder(one))))
        print(printable(f'{len(runs)} runs, listed in {plan_file}'))
        return 0
    with tqdm(total=len({one.folder for one in runs}), unit='run', desc=args.target) as bar:

        def progress(one) -> None:
            bar.set_postfix_str(printable(str(one.folder)), refresh=False)
            bar.update()

        made = make(request, progress)
    for line in made.text.splitlines():
        print(printable(line))
    for path in made.files:
        print(printable(str(path)))
    for folder, reason in made.failed.items():
        print(printable(f'failed: {place.root / folder}: {reason}'), file=sys.stderr)
    return 1 if made.failed else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and run; the exit status is 2 for bad input, 130 for an interrupt."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_interrupt(parser, lambda: run(args), 'the same command goes on')


if __name__ == '__main__':
    sys.exit(main())
