"""Takes what a command prints: into a log, and from its bars and epochs how far it is."""

import re
import time
from collections.abc import Callable
from io import TextIOBase
from typing import TextIO

SHARE = re.compile(r'(\d{1,3})%\|')  # of tqdm
EPOCH = re.compile(r'^epoch (\d+)/(\d+)')  # of a training
CURSOR = re.compile(r'\x1b\[[0-9;]*[A-Za-z]')
WIDTH = 24


class StepOutput(TextIOBase):
    """A text stream that keeps lines in a log, without the bars drawn over each other.

    Args:
        log: Receives each whole line.
        progress: Told the part that is done, from 0 to 1.

    Attributes:
        error: The last line of error; the last line of all where there is none.
    """

    def __init__(self, log: TextIO, progress: Callable[[float], None]) -> None:
        super().__init__()
        self._log, self._progress = log, progress
        self._line = ''
        self._error = self._last = ''

    @property
    def error(self) -> str:
        """Why the command failed, without the name of the command."""
        return re.sub(r'^mmvad[\w .-]*: error: ', '', self._error or self._last)

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def isatty(self) -> bool:
        """Say that it is no terminal."""
        return False

    def write(self, text: str) -> int:
        """Take in a piece of text."""
        for piece in re.split(r'([\r\n])', text):
            if piece == '\r':
                self._line = ''
            elif piece == '\n':
                self._end_line()
            elif piece:
                self._line += piece
                self._look(self._line)
        return len(text)

    def finish(self) -> None:
        """End the last line."""
        if self._line:
            self._end_line()

    def _end_line(self) -> None:
        line, self._line = CURSOR.sub('', self._line), ''
        self._log.write(f'{line}\n')
        self._log.flush()
        if line.strip():
            self._last = line.strip()
        if ': error: ' in line or line.startswith('failed: '):
            self._error = line.strip()

    def _look(self, line: str) -> None:
        if found := SHARE.search(line):
            self._progress(min(1.0, int(found[1]) / 100))
        elif found := EPOCH.match(line):
            self._progress(int(found[1]) / max(1, int(found[2])))


class StepBar:
    """A bar over all steps of a run, drawn over itself; nothing where the stream is no terminal.

    Args:
        total: Number of steps.
        stream: Where it is drawn.
        clock: Gives the seconds that it is redrawn by.
    """

    def __init__(
        self, total: int, stream: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total, self._stream, self._clock = total, stream, clock
        self._shown = stream.isatty()
        self._number, self._name, self._start, self._drawn = 0, '', clock(), -1.0

    def begin(self, number: int, name: str) -> None:
        """Begin a step, numbered from 1."""
        self._number, self._name, self._start, self._drawn = number, name, self._clock(), -1.0
        self.advance(0.0)

    def advance(self, share: float) -> None:
        """Draw how far the step is, from 0 to 1."""
        now = self._clock()
        if not self._shown or (now - self._drawn < 0.1 and share < 1):
            return
        self._drawn = now
        self._stream.write(f'\r\x1b[K{self.text(share)}')
        self._stream.flush()

    def text(self, share: float) -> str:
        """Give the bar as text."""
        done = (self._number - 1 + share) / self._total
        full = round(WIDTH * done)
        bar = '█' * full + '░' * (WIDTH - full)
        seconds = self._clock() - self._start
        return (
            f'{bar} {done:4.0%}  step {self._number} of {self._total}, {self._name} '
            f'{share:4.0%}, {seconds:.0f} s'
        )

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._stream.write('\r\x1b[K')
            self._stream.flush()
