"""Ends a command that is interrupted, or that a service manager stops, with what it has."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mmvad.cli.errors import report_errors
from mmvad.files import printable

INTERRUPTED = 130  # exit status


@contextmanager
def terminate_like_interrupt() -> Iterator[None]:
    """Let SIGTERM, as of a service manager, end the work as Ctrl-C does."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def report_interrupt(
    parser: argparse.ArgumentParser, job: Callable[[], int | None], left: str
) -> int:
    """Run a command as `report_errors` does; an interrupt, or SIGTERM, ends it with one line.

    Args:
        parser: Its name stands before the line.
        job: What the command does; gives the exit status, None for 0.
        left: What an interrupt leaves.

    Returns:
        See `report_errors`; `INTERRUPTED` for an interrupt.
    """
    with terminate_like_interrupt():
        try:
            return report_errors(parser, job)
        except KeyboardInterrupt:
            print(printable(f'{parser.prog}: interrupted; {left}'), file=sys.stderr)
            return INTERRUPTED
