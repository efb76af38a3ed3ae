"""Keeps forks out of moments that a child could not get out of.

A fork copies locks but not the threads that would release them. OpenSSL has locks of its own inside every HMAC,
and so has an import that is half done; threads of ours pass through this gate for those moments. Not for those that
wait for the network: there the gate would make one service's silence another's.
"""

from __future__ import annotations

import threading

WAIT_S = 5.0
"""A fork waits this long at most. The gate is held for computing only, an import at most, so it hardly ever waits."""


class Gate:
    """Use as a context manager; reentrant in one thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._closed = False

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()

    def before_fork(self) -> None:
        self._closed = self._lock.acquire(timeout=WAIT_S)

    def after_in_parent(self) -> None:
        if self._closed:
            self._lock.release()

    def after_in_child(self) -> None:
        self._lock = threading.RLock()


GATE = Gate()
