"""Errors in one line; ``--debug`` shows the traceback."""

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from mmvad.files import printable


class CommandParser(argparse.ArgumentParser):
    """Parser of a command, whose errors repeat what was given without secrets and controls."""

    def error(self, message: str) -> NoReturn:
        """Print usage and error, and exit with 2."""
        super().error(printable(message))


def parse_arguments(
    parser: argparse.ArgumentParser, argv: Sequence[str] | None = None
) -> argparse.Namespace:
    """Parse the arguments of a command, with the flag ``--debug`` that `report_errors` looks at.

    Args:
        parser: Of the command.
        argv: Arguments; None takes those of the process.

    Returns:
        What was parsed.
    """
    parser.add_argument('--debug', action='store_true', help='show the traceback of an error')
    args = parser.parse_args(argv)
    parser.set_defaults(debug=args.debug)
    return args


def report_errors(
    parser: argparse.ArgumentParser,
    job: Callable[[], int | None],
    kinds: tuple[type[Exception], ...] = (ValueError, OSError, ImportError),
) -> int:
    """Run a command; an error ends it with one line.

    Args:
        parser: Its name stands before the error.
        job: What the command does; gives the exit status, None for 0.
        kinds: Exceptions that are the user's errors; their text says what to do. Of all others the
            line names kind and place.

    Returns:
        The job's exit status; 2 where it raised one of `kinds`, 1 for all others. The line goes to
        stderr.

    Raises:
        Exception: What the job raised, where ``--debug`` was given.

    Example:
        >>> report_errors(argparse.ArgumentParser('mmvad train'), lambda: None)
        0
    """
    try:
        return job() or 0
    except Exception as error:
        if parser.get_default('debug'):
            raise
        is_users = isinstance(error, kinds)
        text = ' '.join(line.strip() for line in str(error).splitlines())
        if not is_users:
            place = traceback.extract_tb(error.__traceback__)[-1]
            text = (
                f'{type(error).__name__}: {text} ({Path(place.filename).name}, line '
                f'{place.lineno}); --debug shows the traceback'
            )
        line = f'{parser.prog}: error: {text or type(error).__name__}'
        print(printable(line), file=sys.stderr)
        return 2 if is_users else 1
