"""Writes what there is every few minutes beside the work, and once more at its end, undisturbed."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def autosave(
    save: Callable[[], None], every: float, say: Callable[[str], None] = print
) -> Iterator[None]:
    """Call a function again and again in a thread of its own while the block runs.

    Files that cannot be written now are no reason to stop: that is said, and tried again.

    Args:
        save: Writes the files. It must cope with the work that goes on meanwhile.
        every: Seconds between two calls; more where a call takes more than a twentieth of it.
        say: Takes a line about what could not be written.

    Example:
        >>> called = threading.Event()
        >>> with autosave(called.set, every=0.01):
        ...     called.wait(timeout=10)
        True
    """
    stop = threading.Event()

    def loop() -> None:
        pause = every
        while not stop.wait(pause):
            begun = time.monotonic()
            try:
                save()
            except Exception as error:  # whatever it is, the work goes on
                with suppress(Exception):
                    say(f'not saved now, and tried again later: {error}')
            pause = max(every, 20 * (time.monotonic() - begun))

    thread = threading.Thread(target=loop, name='autosave', daemon=True)
    thread.start()
    try:
        yield
    finally:
        with undisturbed():
            stop.set()
            thread.join()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM do nothing while the block writes the end of a run.

    Example:
        >>> with undisturbed():
        ...     signal.raise_signal(signal.SIGINT)
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals go to the main thread
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
