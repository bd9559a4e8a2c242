"""What the tests with drawn contents share: how far they go, what may come out."""

import functools
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st

OUR_ERRORS = (ValueError, OSError)
BOUNDED = settings(derandomize=True, max_examples=100, deadline=None, database=None)


def outcome(read, name, content):
    """Read a file of a content; what it raises is ours and names the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        try:
            return read(path)
        except OUR_ERRORS as error:
            assert name in str(error), repr(error)
            assert '\n' not in str(error).strip(), repr(error)


def bytes_of(valid):
    """Give valid bytes, of which some are others, missing or new."""
    edit = st.tuples(st.integers(0, len(valid)), st.integers(0, 16), st.binary(max_size=8))

    def change(content, edit):
        start, length, new = edit
        return content[:start] + new + content[start + length :]

    return st.lists(edit, min_size=1, max_size=3).map(
        lambda edits: functools.reduce(change, edits, valid)
    )
