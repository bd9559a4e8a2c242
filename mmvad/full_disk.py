"""The error of a full disk: which file, and how many bytes it needs."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path

FULL = (ENOSPC, EDQUOT, EFBIG)
NO_SPACE = 'no space left for the file'
SHORT_WRITE = re.compile(r'\d+ requested and \d+ written')  # numpy's text, which has no errno


@contextmanager
def naming_full_disk(
    path: str | Path, folder: str | Path, num_bytes: int | None = None
) -> Iterator[None]:
    """Say, where the disk is full, for which file, and how many bytes are needed.

    Args:
        path: The file.
        folder: Where it is written.
        num_bytes: Its size, where it is known.

    Raises:
        OSError: Raised in the block. Errors other than of a full disk stay as they are, and those
            that name their file already.

    Example:
        >>> with naming_full_disk('a.json', '.', 5):
        ...     raise OSError(ENOSPC, 'No space left on device')  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        OSError: [Errno 28] a.json: no space left for the file; 5 bytes are needed, ... are free
    """
    try:
        yield
    except OSError as error:
        is_full = error.errno in FULL or SHORT_WRITE.match(str(error))
        if not is_full or NO_SPACE in str(error):
            raise
        raise OSError(error.errno or ENOSPC, _describe_full(path, folder, num_bytes)) from error


def _describe_full(path: str | Path, folder: str | Path, num_bytes: int | None) -> str:
    needed = 'its size is not known' if num_bytes is None else f'{num_bytes} bytes are needed'
    try:
        free = f'{shutil.disk_usage(folder).free} are free'
    except OSError:
        free = 'how many are free is not known'
    return f'{path}: {NO_SPACE}; {needed}, {free}'
