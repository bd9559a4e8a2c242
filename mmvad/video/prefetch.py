"""Runs an iterable ahead in a thread, so that decoding overlaps with compute."""

import queue
import threading
from collections.abc import Iterable, Iterator

POLL_SECONDS = 0.1

_END = object()


def prefetch(iterable: Iterable, depth: int) -> Iterator:
    """Compute up to `depth` items ahead of the consumer.

    Decoders, OpenCV and torch release Python's lock while they work, so one thread is enough.
    The thread ends, and a generator given as `iterable` is closed, when the consumer stops early
    (closes or drops this iterator) or when the items end.

    Args:
        iterable: Read by the background thread only.
        depth: Items that may wait; memory grows by as many.

    Yields:
        The items in order. An exception of the iterable is raised here, after the items before it.

    Raises:
        ValueError: `depth` is not positive.

    Example:
        >>> list(prefetch(range(3), depth=2))
        [0, 1, 2]
    """
    if depth < 1:
        raise ValueError(f'depth must be at least 1, got {depth}')
    return _consume(iterable, depth)


def _consume(iterable: Iterable, depth: int) -> Iterator:
    waiting = queue.Queue(depth)
    stopped = threading.Event()
    thread = threading.Thread(target=_produce, args=(iterable, waiting, stopped), daemon=True)
    thread.start()
    try:
        while True:
            item, error = waiting.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stopped.set()
        thread.join()


def _produce(iterable: Iterable, waiting: queue.Queue, stopped: threading.Event) -> None:
    try:
        for item in iterable:
            if not _put(waiting, (item, None), stopped):
                break
    except BaseException as error:  # whatever it is: the consumer must not wait forever
        _put(waiting, (None, error), stopped)
    else:
        _put(waiting, (_END, None), stopped)
    finally:
        if hasattr(iterable, 'close'):
            iterable.close()


def _put(waiting: queue.Queue, entry: tuple, stopped: threading.Event) -> bool:
    """Wait for room, unless the consumer has stopped."""
    while not stopped.is_set():
        try:
            waiting.put(entry, timeout=POLL_SECONDS)
        except queue.Full:
            continue
        return True
    return False
