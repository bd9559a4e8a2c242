"""Temporary files that say who writes them, so that only those of the dead are removed."""

import os
import re
import socket
import tempfile
import time
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

MAX_BYTES = 255  # of a file name
UNKNOWN_SECONDS = 24 * 60 * 60  # without a write, of a file whose owner cannot be looked up
NAME = re.compile(
    r'\..*?-(?:(?P<host>[0-9a-f]{8})\.(?P<pid>\d+)\.(?P<start>\d+)-)?[a-z0-9_]{8}\.tmp(?:\.[^.]*)?',
    re.DOTALL,
)


def make_temporary(folder: Path, name: str) -> Path:
    """Create an empty file that nobody but its owner removes while the owner lives.

    Its name holds the host, the process and the start of the process: a process number is given
    again after a while.

    Args:
        folder: Where.
        name: Of the file that is to be written; its suffix is kept, for writers that look at it.

    Returns:
        The file.

    Example:
        >>> path = make_temporary(Path('.'), 'scores.json')
        >>> path.name.startswith('.scores-') and path.suffix
        '.json'
    """
    stem, suffix = Path(name).stem, Path(name).suffix
    ending = f'-{_host()}.{os.getpid()}.{_start_of(os.getpid())}-'
    room = MAX_BYTES - len(f'.{ending}????????.tmp') - len(os.fsencode(suffix))
    while len(os.fsencode(stem)) > max(room, 0):
        stem = stem[:-1]
    handle, path = tempfile.mkstemp(dir=folder, prefix=f'.{stem}{ending}', suffix=f'.tmp{suffix}')
    os.close(handle)
    return Path(path)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of a folder whose owner is gone.

    The owner is gone where its process on this host has ended. Whether one on another host has
    cannot be found out, so its files go when nothing was written to them for a day.

    Args:
        folder: Not searched below; nothing happens where it does not exist.

    Example:
        >>> path = make_temporary(Path('.'), 'scores.json')
        >>> remove_leftovers(Path('.'))
        >>> path.exists()
        True
    """
    try:
        names = [name for name in os.listdir(folder) if name.startswith('.')]
    except OSError:
        return
    for name in names:
        match = NAME.fullmatch(name)
        path = Path(folder, name)
        if match and path.is_file() and _is_abandoned(path, match):
            with suppress(OSError):  # somebody else's, or removed by another process just now
                path.unlink()


def _is_abandoned(path: Path, match: re.Match) -> bool:
    if match['host'] == _host():
        return _start_of(int(match['pid'])) != int(match['start'])
    try:
        return time.time() - path.stat().st_mtime > UNKNOWN_SECONDS
    except OSError:
        return False


@cache
def _host() -> str:
    """Name this machine; containers number their processes on their own."""
    try:
        space = os.readlink('/proc/self/ns/pid')
    except OSError:
        space = ''
    return sha256(f'{socket.gethostname()} {space}'.encode()).hexdigest()[:8]


def _start_of(pid: int) -> int | None:
    """Say when a process began, in ticks of the machine; None where it has ended.

    It is 0 where the system does not say.
    """
    try:
        stat = Path(f'/proc/{pid}/stat').read_bytes()
    except FileNotFoundError:
        if os.path.isdir('/proc/self'):
            return None
    except OSError:
        return None  # it ended while it was read
    else:
        state, *rest = stat.rpartition(b')')[2].split()  # the program's name may hold anything
        return None if state in (b'Z', b'X') else int(rest[18])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass  # it is another user's
    return 0
