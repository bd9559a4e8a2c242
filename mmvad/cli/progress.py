"""The progress bar of the commands."""

import time
from collections.abc import Callable
from typing import TextIO

from tqdm import tqdm


class ProgressBar:
    """Part of the work that is done, frames per second, time left.

    Args:
        title: At its left.
        total: What is done at the end.
        stream: Where it is drawn; None takes standard error.
        clock: Gives the seconds that the rate is of.
    """

    def __init__(
        self,
        title: str,
        total: float = 1.0,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        form = '{l_bar}{bar}| {elapsed}<{remaining}{postfix}'
        self._bar = tqdm(total=total, bar_format=form, desc=title, file=stream)
        self._frames = 0
        self._clock, self._start = clock, clock()

    def __enter__(self) -> 'ProgressBar':
        return self

    def __exit__(self, *exc_info) -> None:
        self._bar.close()

    def advance(self, frames: int, done: float) -> None:
        """Take in frames read since the last call, and what of the total is done."""
        self._frames += frames
        self._bar.set_postfix_str(self._postfix(), refresh=False)
        self._bar.update(max(0.0, done - self._bar.n))

    def _postfix(self) -> str:
        rate = self._frames / max(self._clock() - self._start, 1e-9)
        return f'{rate:.0f} frames/s'
