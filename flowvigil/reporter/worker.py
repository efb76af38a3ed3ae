"""A thread that survives whatever is thrown into it. Light, because the process that starts it pays for the import."""

from __future__ import annotations

import threading

from .notice import warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

AFTER_ERROR_S = 0.1


class Bell:
    """Wakes a thread. Unlike an Event it may be rung from a signal handler that interrupted its own ringing."""

    def __init__(self) -> None:
        self._silent = threading.Lock()
        self._silent.acquire()

    def ring(self) -> None:
        try:
            self._silent.release()
        except RuntimeError:  # it has been rung already
            return

    def wait(self, timeout_s: float) -> bool:
        """Until it rings, or the time is over; a ring counts once. Whether it rang."""
        return self._silent.acquire(timeout=max(0.0, timeout_s))


class Worker:
    """A daemon thread that calls `work` again and again; `work` returns how many seconds it may rest."""

    def __init__(self, name: str, work: Callable[[], float]) -> None:
        self.name, self._work = name, work
        self.bell = Bell()
        self._starting = False
        self.restarts = 0
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start the thread, or another if it has died. Raises RuntimeError where threads cannot start any more."""
        if self.alive or self._starting:
            return
        self._starting = True
        try:
            self.restarts += self._thread is not None
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()
        finally:
            self._starting = False

    def stop(self) -> None:
        """Let the thread end after what it is doing."""
        self._stopped = True
        self.bell.ring()

    def _run(self) -> None:
        rest = 0.0
        while not self._stopped:
            try:
                self.bell.wait(rest)
                rest = self._work()
            except BaseException as error:  # noqa: PERF203 - whatever is thrown in here must not end the loop
                self.restarts += 1
                warn(f"thread {self.name}", f"{self.name} goes on after {type(error).__name__}: {error}")
                rest = AFTER_ERROR_S
