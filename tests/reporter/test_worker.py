"""The thread that survives, and the bell that wakes it."""

import threading

import pytest

from flowvigil.reporter import worker as worker_room
from flowvigil.reporter.worker import Bell, Worker


def test_a_ring_before_the_wait_is_heard_once() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    assert [bell.wait(60.0), bell.wait(0.0)] == [True, False]


def test_work_that_raises_is_done_again_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_room, "AFTER_ERROR_S", 0.0)
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
    assert done.wait(60.0)
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
