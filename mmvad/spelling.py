"""Suggests the nearest known name for one that is not known; counts things in words."""

import difflib
from collections.abc import Iterable

CLOSE = 0.6  # `difflib` ratio from which a name counts as a misspelling


def did_you_mean(word: str, known: Iterable[str], close: float = CLOSE) -> str:
    """Ask for the nearest of the known names.

    Args:
        word: The name that is not known.
        known: Names that are.
        close: Least ratio of `difflib.SequenceMatcher`, from 0 to 1.

    Returns:
        The question, to follow an error; empty where no name is close.

    Example:
        >>> did_you_mean('tset', ['held_out', 'test', 'last'])
        "; did you mean 'test'?"
        >>> did_you_mean('xyz', ['held_out', 'test', 'last'])
        ''
    """
    found = difflib.get_close_matches(str(word), sorted(known), n=1, cutoff=close)
    return f'; did you mean {found[0]!r}?' if found else ''


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, which takes an s unless there is one of it.

    Args:
        number: How many.
        noun: In the singular.

    Returns:
        Both.

    Example:
        >>> counted(1, 'video'), counted(0, 'problem')
        ('1 video', '0 problems')
    """
    return f'{number} {noun}{"" if number == 1 else "s"}'
