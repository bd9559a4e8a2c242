import itertools
import threading
import time

import pytest

from mmvad.video.prefetch import prefetch


def test_items_come_in_order_and_none_is_an_item():
    assert list(prefetch([1, None, 3], depth=1)) == [1, None, 3]


def test_no_more_than_depth_items_wait():
    taken = []
    source = (taken.append(number) or number for number in itertools.count())
    items = prefetch(source, depth=3)
    assert next(items) == 0
    deadline = time.monotonic() + 5
    while len(taken) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    assert len(taken) == 5  # one given, three waiting, one in hand
    items.close()


def test_an_exception_comes_after_the_items_before_it():
    def failing():
        yield 1
        raise OSError('disk gone')

    items = prefetch(failing(), depth=4)
    assert next(items) == 1
    with pytest.raises(OSError, match='disk gone'):
        next(items)


def test_stopping_early_closes_the_source_and_ends_the_thread():
    closed = []

    def endless():
        try:
            yield from itertools.count()
        finally:
            closed.append(threading.current_thread())

    before = threading.active_count()
    items = prefetch(endless(), depth=1)
    next(items)
    items.close()
    assert threading.active_count() == before
    assert closed != [threading.main_thread()]
    assert len(closed) == 1


def test_depth_is_checked_at_once():
    with pytest.raises(ValueError, match='depth must be at least 1, got 0'):
        prefetch([], depth=0)
