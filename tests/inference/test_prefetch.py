import threading
import time

import pytest

from voxelpose.inference.video.prefetch import read_ahead, write_behind


def test_reading_ahead_keeps_order_and_is_bounded():
    made = []

    def numbers():
        for n in range(50):
            made.append(n)
            yield n

    with read_ahead(numbers(), depth=3) as items:
        first = next(items)
        time.sleep(0.3)
        # One taken, three waiting, one in the hand of the thread.
        assert first == 0 and len(made) == 5
        assert list(items) == list(range(1, 50))


def test_an_error_while_reading_arrives_after_the_items_before_it():
    def numbers():
        yield 1
        raise ValueError("broken")

    with read_ahead(numbers(), depth=3) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="broken"):
            next(items)


def test_the_reading_thread_ends_with_the_block():
    before = threading.active_count()
    with read_ahead(iter(int, 1), depth=2) as items:
        next(items)
    assert threading.active_count() == before


def test_writing_behind_keeps_order_and_finishes():
    written = []
    with write_behind(lambda item: (time.sleep(0.001), written.append(item)), depth=2) as put:
        for n in range(30):
            put(n)
    assert written == list(range(30))


def test_an_error_while_writing_is_raised_and_ends_the_thread():
    before = threading.active_count()

    def write(item):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"), write_behind(write, depth=1) as put:
        for n in range(100):
            put(n)
    assert threading.active_count() == before


def test_an_error_at_the_last_item_is_raised():
    def write(item):
        time.sleep(0.05)
        raise ValueError("late")

    with pytest.raises(ValueError, match="late"), write_behind(write, depth=4) as put:
        put(1)
