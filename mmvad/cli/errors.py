"""Errors of users in one line; tracebacks are for bugs."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

from mmvad.files import printable


class CommandParser(argparse.ArgumentParser):
    """Parser of a command, whose errors repeat what was given without secrets and controls."""

    def error(self, message: str) -> NoReturn:
        """Print usage and error, and exit with 2."""
        super().error(printable(message))


def report_errors(
    parser: argparse.ArgumentParser,
    job: Callable[[], int | None],
    kinds: tuple[type[Exception], ...] = (ValueError, OSError),
) -> int:
    """Run a command; an error of the user ends it with one line.

    Args:
        parser: Its name stands before the error.
        job: What the command does; gives the exit status, None for 0.
        kinds: Exceptions that are the user's errors.

    Returns:
        The job's exit status; 2 where it raised one of `kinds`, which is then printed to stderr.

    Example:
        >>> report_errors(argparse.ArgumentParser('mmvad train'), lambda: None)
        0
    """
    try:
        return job() or 0
    except kinds as error:
        text = ' '.join(line.strip() for line in str(error).splitlines())
        print(
            printable(f'{parser.prog}: error: {text or type(error).__name__}'),
            file=sys.stderr,
        )
        return 2
