"""Reads JSON and writes files, complete or not at all, under names that every file system takes."""

import json
import math
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from urllib.parse import quote

from mmvad.addresses import hide_addresses
from mmvad.full_disk import naming_full_disk
from mmvad.special_files import copy_into, resolve_output
from mmvad.temporary_files import make_temporary, remove_leftovers

LONGEST_INTEGER = 300  # digits and sign; such a number is still a finite float
# control characters, ends of lines, and what turns the direction of reading
UNPRINTABLE = re.compile(
    '[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'
)
MAX_NAME = 200  # bytes; file systems allow 255, and a prefix and a suffix are added


@contextmanager
def atomic_path(path: str | Path, num_bytes: int | None = None) -> Iterator[Path]:
    """Give a temporary path next to `path`, and move it there when the block ends without an error.

    The folder is created if missing. The temporary name keeps the suffix, for writers that look at
    it. What killed writers left in the folder is removed. A link stays, and the file that it names
    is replaced. A device or pipe (``/dev/stdout``) is never replaced: it gets the bytes at the end.

    Args:
        path: Where the file is to appear.
        num_bytes: Size of the file where it is known, for the error of a full disk.

    Yields:
        Path to write to.

    Raises:
        OSError: The disk is full; the message names `path` and the bytes needed.

    Example:
        >>> folder = tempfile.mkdtemp()
        >>> with atomic_path(Path(folder, 'scores.json')) as temporary:
        ...     _ = temporary.write_text('[]')
        >>> os.listdir(folder)
        ['scores.json']
    """
    target, stream = resolve_output(Path(path))
    folder = Path(tempfile.gettempdir()) if stream else target.parent
    folder.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder)
    temporary = None
    try:
        with naming_full_disk(path, folder, num_bytes):
            temporary = make_temporary(folder, target.name)
            yield temporary
            if stream:
                copy_into(temporary, target)
            else:
                _move(temporary, target)
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _move(temporary: Path, target: Path) -> None:
    with temporary.open('rb') as file:
        os.fsync(file.fileno())
    umask = os.umask(0)
    os.umask(umask)
    temporary.chmod(0o666 & ~umask)  # a temporary file has 0600
    os.replace(temporary, target)


def read_json(path: str | Path, what: str = 'file') -> object:
    """Read a JSON file, refusing what `parse_json` refuses.

    Args:
        path: The file.
        what: What the file should be, for the errors.

    Returns:
        Its content.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is not UTF-8 or not JSON; the message names the file.

    Example:
        >>> _ = Path('twice.json').write_text('{"a": 1, "a": 2}')
        >>> read_json('twice.json')
        Traceback (most recent call last):
        ValueError: twice.json: not a JSON file: the key 'a' appears twice
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'no {what} at {path}')
    try:
        return parse_json(path.read_text(encoding='utf-8'))
    except ValueError as error:  # malformed JSON or UTF-8
        raise ValueError(f'{path}: not a JSON file: {error}') from error


def parse_json(text: str) -> object:
    """Parse JSON; NaN, infinity, integers that no float holds and duplicate keys are refused.

    Raises:
        ValueError: The text is not JSON, or too deeply nested.

    Example:
        >>> parse_json('[1]')
        [1]
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_representable,
        )
    except RecursionError:
        raise ValueError('it is nested too deeply') from None


def write_json(path: str | Path, content: object, indent: int | None = None) -> None:
    """Write a JSON file, complete or not at all; equal content gives equal bytes.

    Args:
        path: File; its folder is created if missing.
        content: What `json` can write; NaN is refused.
        indent: Spaces per level; None writes one line.

    Raises:
        ValueError: The content holds NaN or infinity (raised by `json`).

    Example:
        >>> write_json('metrics.json', {'AUC': 0.5})
        >>> read_json('metrics.json')
        {'AUC': 0.5}
    """
    # ASCII where a file name is not valid UTF-8
    text = json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=False)
    if not _is_utf8(text):
        text = json.dumps(content, indent=indent, allow_nan=False)
    content = (text + '\n').encode()
    with atomic_path(path, len(content)) as draft:
        draft.write_bytes(content)


def file_sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        FileNotFoundError: There is no such file.

    Example:
        >>> _ = Path('empty').write_bytes(b'')
        >>> file_sha256('empty')[:8]
        'e3b0c442'
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'file not found: {path}')
    with Path(path).open('rb') as file:
        return file_digest(file, 'sha256').hexdigest()


def check_folder(folder: str | Path) -> None:
    """Check that files can be written to a folder, which is created if missing.

    Raises:
        OSError: They cannot; the message names the folder.

    Example:
        >>> check_folder('out')
        >>> Path('out').is_dir()
        True
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise type(error)(f'cannot write to {folder}: {error.strerror}') from error


def file_name_of(video: str) -> str:
    """Turn a video's name into a file name in ASCII, a different one for every video.

    Args:
        video: Name in the annotation file.

    Returns:
        The name with ``+`` for ``/`` and everything unusual percent-encoded; the end of a very long
        one is replaced by a hash.

    Raises:
        ValueError: The name is empty.

    Example:
        >>> file_name_of('Abuse/Abuse001_x264'), file_name_of('v=Jé__#1_label_A')
        ('Abuse+Abuse001_x264', 'v=J%C3%A9__%231_label_A')
    """
    if not video:
        raise ValueError('expected the name of a video, got an empty text')
    content = os.fsencode(video)
    name = quote(content, safe='=').replace('%2F', '+')  # a '+' in the name is %2B: none collide
    if len(name) > MAX_NAME:
        name = f'{name[:MAX_NAME]}-{sha256(content).hexdigest()[:16]}'
    return f'%2E{name[1:]}' if name.startswith('.') else name


def printable(text: str) -> str:
    r"""Make a text of one line fit for every terminal and picture.

    A file name need not be UTF-8, and may hold anything: what moves the cursor, rings, begins a
    line or turns the direction of reading is escaped. Of addresses, scheme, host and port stay.

    Example:
        >>> printable('rtsp://gate #1: caf\udce9.mp4')
        'rtsp://gate #1: caf\\udce9.mp4'
        >>> printable('a\x1b[2J\n.mp4')
        'a\\x1b[2J\\n.mp4'
    """
    escaped = escape_controls(hide_addresses(text))
    return escaped.encode('utf-8', 'backslashreplace').decode('utf-8')


def escape_controls(text: str) -> str:
    r"""Escape what moves the cursor, rings, begins a line or turns the direction of reading.

    Example:
        >>> escape_controls('a\x07\n')
        'a\\x07\\n'
    """
    return UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


def _unique_keys(pairs: list[tuple[str, object]]) -> dict:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f'the key {twice!r} appears twice')
    return content


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):  # 1e999
        raise ValueError(f'the number {text:.20} is too large')
    return value


def _representable(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise ValueError(f'a number of {len(text)} digits is too large')
    return int(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f'{name} is not a JSON number')


def _is_utf8(text: str) -> bool:
    try:
        text.encode('utf-8')
    except UnicodeEncodeError:
        return False
    return True
