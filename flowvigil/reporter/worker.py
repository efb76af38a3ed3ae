"""A thread that survives whatever is thrown into it. Light, because the process that starts it pays for the import."""

from __future__ import annotations

import threading

from .notice import warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

AFTER_ERROR_S = 0.1


class Worker:
    """A daemon thread that calls `work` again and again; `work` returns how many seconds it may rest."""

    def __init__(self, name: str, work: Callable[[], float]) -> None:
        self.name, self._work = name, work
        self.wake = threading.Event()
        self.restarts = 0
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start the thread, or another if it has died. Raises RuntimeError where threads cannot start any more."""
        if not self.alive:
            self.restarts += self._thread is not None
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Let the thread end after what it is doing."""
        self._stopped = True
        self.wake.set()

    def _run(self) -> None:
        rest = 0.0
        while not self._stopped:
            try:
                self.wake.wait(max(0.0, rest))
                self.wake.clear()
                rest = self._work()
            except BaseException as error:  # noqa: PERF203 - whatever is thrown in here must not end the loop
                self.restarts += 1
                warn(f"thread {self.name}", f"{self.name} goes on after {type(error).__name__}: {error}")
                rest = AFTER_ERROR_S
