"""The threads: one that folds, one per channel that sends. They start late, survive what kills them, and are counted.

Waiting is done on events, so that a flush hands its work over and never holds a lock that a signal could find.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .channel import Channel
from .notice import warn
from .reporter import Reporter

TICK_S = 1.0
AFTER_ERROR_S = 0.1
ATTEMPT_S = 5.0
"""Time limit of one request."""


class Worker:
    """A daemon thread that calls `work` again and again; `work` returns how many seconds it may rest."""

    def __init__(self, name: str, work: Callable[[], float]) -> None:
        self.name, self._work = name, work
        self.wake = threading.Event()
        self.restarts = 0
        self._thread: threading.Thread | None = None
        self._stopped = False

    def start(self) -> None:
        """Start the thread, or another if it has died. Raises RuntimeError where threads cannot start any more."""
        if self._thread is None or not self._thread.is_alive():
            self.restarts += self._thread is not None
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
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


class Workers:
    """All threads of one reporter. `watch` is called about once a second in the folding thread."""

    def __init__(self, reporter: Reporter, watch: Callable[[], None]) -> None:
        self.reporter = reporter
        self._watch = watch
        self._flushes: list[threading.Event] = []
        self._urgent_until = 0.0
        self.discarding = ""
        self.folder = Worker("flowvigil-fold", self._fold)
        self._senders = [(route.channel, self._sender(route.channel)) for route in reporter.routes]

    def start(self) -> None:
        self.folder.start()

    def hurry(self) -> None:
        """A list is filling up, or somebody waits."""
        self.folder.wake.set()

    def flush(self, timeout_s: float) -> bool:
        """Deliver what has been recorded so far. True when nothing is left waiting, False when time ran out."""
        until = time.monotonic() + timeout_s
        folded = threading.Event()
        self._urgent_until = until
        self._flushes.append(folded)
        try:
            self.folder.start()
        except RuntimeError:  # the interpreter is going down and starts no threads
            return self._flush_here(until)
        self.folder.wake.set()
        folded.wait(max(0.0, until - time.monotonic()))
        for channel, sender in self._senders:
            channel.nudge()
            sender.wake.set()
        while any(channel.waiting for channel, _ in self._senders) and time.monotonic() < until:
            time.sleep(0.005)
        return folded.is_set() and not any(channel.waiting for channel, _ in self._senders)

    def close(self) -> None:
        """Stop the senders; the folding thread goes on and counts what still comes in."""
        for channel, sender in self._senders:
            sender.stop()
            channel.give_up("after_shutdown")

    def _sender(self, channel: Channel) -> Worker:
        def send() -> float:
            channel.restarts = worker.restarts
            left = self._urgent_until - time.monotonic()
            due = channel.step(time.time(), min(ATTEMPT_S, left) if left > 0 else ATTEMPT_S)
            return min(due - time.time(), 3600.0)

        worker = Worker(f"flowvigil-{channel.sink.name}", send)
        return worker

    def _fold(self) -> float:
        if self.discarding:
            self.reporter.discard(self.discarding)
            return TICK_S
        waiting = list(self._flushes)
        now = time.time()
        if waiting:
            self.reporter.snapshot(now)
        else:
            self.reporter.tick(now)
        self._start_senders()
        for folded in waiting:
            self._flushes.remove(folded)
            folded.set()
        self._watch()
        return 0.0 if self._flushes else TICK_S - time.time() % TICK_S

    def _start_senders(self) -> None:
        for channel, sender in self._senders:
            if channel.waiting:
                sender.start()
                sender.wake.set()

    def _flush_here(self, until: float) -> bool:
        self.reporter.snapshot(time.time())
        for channel, _ in self._senders:
            while channel.waiting and (left := until - time.monotonic()) > 0:
                channel.step(time.time(), min(ATTEMPT_S, left))
        return not any(channel.waiting for channel, _ in self._senders)
