"""Links, devices and pipes: where an output goes."""

import os
import re
import shutil
import sys
from errno import ELOOP
from pathlib import Path

MAX_LINKS = 40
HANDLES = re.compile(r'/proc/(\d+)/(?:task/\d+/)?fd')  # of open files


def resolve_output(path: Path) -> tuple[Path, bool]:
    """Follow the links of an output to the file that is to be written.

    Args:
        path: Of the output; it may not exist yet.

    Returns:
        The file, and whether it is a device or a pipe, which is written to and not replaced.

    Raises:
        OSError: It is a folder, or its links go round in a circle.

    Example:
        >>> resolve_output(Path('/dev/null'))
        (PosixPath('/dev/null'), True)
    """
    for _ in range(MAX_LINKS):
        parent = os.path.realpath(path.parent)
        if HANDLES.fullmatch(parent):  # /dev/stdout, which may be an open file
            return Path(parent, path.name), True
        if not path.is_symlink():
            break
        path = Path(parent, os.readlink(path))
    else:
        raise OSError(ELOOP, f'{path}: its links go round in a circle')
    if path.is_dir():
        raise IsADirectoryError(f'{path}: expected a file, got a folder')
    return path, path.exists() and not path.is_file()


def copy_into(source: Path, target: Path) -> None:
    """Write the bytes of a file to a device or pipe, after what this process has printed to it.

    Args:
        source: The file.
        target: Of `resolve_output`.

    Example:
        >>> _ = Path('a').write_bytes(b'a')
        >>> copy_into(Path('a'), Path('/dev/null'))
    """
    handle = HANDLES.fullmatch(str(target.parent))
    if handle and int(handle[1]) == os.getpid() and target.name.isdecimal():
        sys.stdout.flush()
        opened = os.dup(int(target.name))  # goes on where this process has written to
    else:
        opened = target
    with source.open('rb') as file, open(opened, 'wb') as stream:
        shutil.copyfileobj(file, stream)
