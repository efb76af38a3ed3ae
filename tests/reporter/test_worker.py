"""The thread that survives, and the bell that wakes it."""

import threading
import time

from flowvigil.reporter.worker import Bell, Worker


def test_a_ring_before_the_wait_is_heard_once() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    begun = time.monotonic()
    bell.wait(5.0)
    assert time.monotonic() - begun < 1.0
    begun = time.monotonic()
    bell.wait(0.05)
    assert time.monotonic() - begun >= 0.04


def test_work_that_raises_is_done_again_and_counted() -> None:
    done = threading.Event()
    calls: list[int] = []

    def work() -> float:
        calls.append(1)
        if len(calls) < 3:
            raise SystemExit
        done.set()
        return 60.0

    worker = Worker("test", work)
    worker.start()
    assert done.wait(5.0)
    worker.stop()
    assert (worker.restarts, len(calls)) == (2, 3)


def test_a_worker_that_runs_is_not_started_again() -> None:
    calls = threading.Event()
    worker = Worker("test", lambda: calls.set() or 60.0)
    worker.start()
    thread = worker._thread
    worker.start()
    assert worker._thread is thread
    worker.stop()
