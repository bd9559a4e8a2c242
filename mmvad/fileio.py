"""Writes files that are there whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and move it there when the block ends without an error.

    The folder is made if missing. The temporary name keeps the suffix, for writers that look at it.

    Args:
        path: Where the file is to appear.

    Yields:
        Path to write to.

    Example:
        >>> folder = tempfile.mkdtemp()
        >>> with atomic_path(Path(folder, 'scores.json')) as temporary:
        ...     _ = temporary.write_text('[]')
        >>> os.listdir(folder)
        ['scores.json']
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f'.{path.stem}-', suffix=f'.tmp{path.suffix}'
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open('rb') as file:
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp gives 0600
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
