"""Chooses a command from a table of modules and imports only that one."""

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from mmvad.files import printable
from mmvad.spelling import did_you_mean

HELP = ('-h', '--help')


def run_command(
    argv: Sequence[str],
    name: str,
    about: str,
    commands: Mapping[str, tuple[str, str]],
    retired: Mapping[str, str] | None = None,
) -> int:
    """Run the command that the first argument names.

    Args:
        argv: The command and its arguments.
        name: What stands before the command on the command line.
        about: What all of it is, for the help.
        commands: Module with a function ``main(argv) -> int``, and one line of help, by command.
        retired: What to use instead of commands of older versions.

    Returns:
        Exit status: the command's; 0 for help that was asked for; 2 where there is no command.

    Example:
        >>> run_command(['--help'], 'mmvad', 'Find anomalies.', dict(train=('a.b', 'Train.')))
        usage: mmvad COMMAND [arguments]
        <BLANKLINE>
        Find anomalies.
        <BLANKLINE>
        commands:
          train  Train.
        <BLANKLINE>
        mmvad COMMAND --help says more.
        0
    """
    if not argv or argv[0] in HELP:
        print(_help(name, about, commands), file=sys.stdout if argv else sys.stderr)
        return 0 if argv else 2
    command, *rest = argv
    if command in (retired or {}):
        print(f'{name}: error: {name} {command} is now {name} {retired[command]}', file=sys.stderr)
        return 2
    if command not in commands:
        print(printable(f'{name}: error: {_unknown(command, commands)}'), file=sys.stderr)
        return 2
    module = importlib.import_module(commands[command][0])
    with _called_as(f'{name} {command}'):
        return module.main(rest)


@contextmanager
def _called_as(name: str) -> Iterator[None]:
    """Let ``argparse`` take a name from where it takes that of a script."""
    before = sys.argv[0]
    sys.argv[0] = name
    try:
        yield
    finally:
        sys.argv[0] = before


def _help(name: str, about: str, commands: Mapping[str, tuple[str, str]]) -> str:
    width = max(map(len, commands))
    lines = [f'  {command:{width}}  {text}' for command, (_, text) in commands.items()]
    parts = (f'usage: {name} COMMAND [arguments]', about, '\n'.join(['commands:', *lines]))
    return '\n\n'.join((*parts, f'{name} COMMAND --help says more.'))


def _unknown(command: str, commands: Mapping[str, tuple[str, str]]) -> str:
    hint = did_you_mean(command, commands) or f'; choose one of {", ".join(commands)}'
    return f'there is no command {command!r}{hint}'
