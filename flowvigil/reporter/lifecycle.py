"""The process's one reporter.

Started by `init` or by the first run, flushed at exit and at SIGTERM, reset by a fork.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
import time
from types import FrameType
from typing import Any

from . import notice
from .assembly import assemble
from .options import Options, combined, load, options, version_of
from .recording import RECORDER
from .reporter import Reporter
from .switch import ENVIRONMENT_VARIABLE, SETTINGS_VARIABLE, switched_on, unmeasured
from .workers import Workers

RELOAD_S = 5.0


class Lifecycle:
    """What is running, if anything."""

    def __init__(self) -> None:
        self.hooked = False
        self.reset(None)

    def reset(self, chosen: Options | None) -> None:
        """Nothing runs, every lock is new; `chosen` is what a later start uses."""
        self.chosen = chosen
        self.reporter: Reporter | None = None
        self.workers: Workers | None = None
        self.previous_handler: Any = None
        self._looked_at = 0.0
        self._stamp: tuple[float, int] | None = None
        self._lock = threading.Lock()

    def start(self, chosen: Options) -> None:
        """Build and start everything, once."""
        with self._lock:
            if self.reporter is None:
                self.chosen = chosen
                self._build(chosen)

    def _build(self, chosen: Options) -> None:
        RECORDER.warn = notice.warn
        self._stamp = stamp(chosen.settings_path)
        found = load(chosen.settings_path) if chosen.settings_path else None
        settings = combined(chosen, found)
        routes = assemble(chosen, settings)
        self.reporter = Reporter(
            RECORDER, settings, routes, identity(), time.time(), versions=lambda flow: version_of(flow, chosen)
        )
        self.workers = Workers(self.reporter, self.watch)
        RECORDER.hurry = self.workers.hurry
        RECORDER.live, RECORDER.plain = True, RECORDER.trace is None
        self.workers.start()
        self.hook(sigterm=chosen.handle_sigterm)

    def hook(self, *, sigterm: bool) -> None:
        """Be told of the end of the process and of forks; once per process image."""
        if not self.hooked:
            self.hooked = True
            atexit.register(at_exit)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=in_child, after_in_parent=in_parent)
        if sigterm:
            self.hook_sigterm()

    def hook_sigterm(self) -> None:
        """Chain our handler before the present one; possible in the main thread only, and never over SIG_IGN."""
        if threading.current_thread() is not threading.main_thread():
            return
        present = signal.getsignal(signal.SIGTERM)
        if present in (signal.SIG_IGN, None) or present is at_sigterm:
            return
        self.previous_handler = present
        signal.signal(signal.SIGTERM, at_sigterm)

    def watch(self) -> None:
        """Once a second, in the folding thread: has the settings file changed, has a tracer been loaded?"""
        from .tracing import reader

        if RECORDER.trace is None and (found := reader()) is not None:
            RECORDER.trace, RECORDER.plain = found, False
        now = time.monotonic()
        chosen = self.chosen
        if chosen is None or not chosen.settings_path or now - self._looked_at < RELOAD_S:
            return
        self._looked_at = now
        present = stamp(chosen.settings_path)
        if present is not None and present != self._stamp:
            self._stamp = present
            found_settings = load(chosen.settings_path)
            if found_settings is not None and self.reporter is not None:
                self.reporter.configure(combined(chosen, found_settings))


LIFECYCLE = Lifecycle()


def init(**arguments: Any) -> None:
    """Start reporting in this process; a second call changes nothing.

    Everything may also come from the environment or the settings file. Arguments: service, region, version,
    settings_path, sinks, endpoints, entries, vpc, deadline_s, handle_sigterm, credentials, extra_sinks.
    """
    if LIFECYCLE.reporter is not None:
        notice.inform("init twice", "init was called again; the first call stays in force")
        return
    if missed := unmeasured():
        switches = f"{SETTINGS_VARIABLE} or {ENVIRONMENT_VARIABLE}"
        names = ", ".join(missed[:20])
        notice.warn("init late", f"not measured, because {switches} was not set when they were defined: {names}")
    LIFECYCLE.start(options(arguments))


def flush(timeout: float = 2.0) -> bool:
    """Deliver everything recorded so far. False when `timeout` seconds were not enough; never raises."""
    workers = LIFECYCLE.workers
    return workers.flush(timeout) if workers is not None else True


def shutdown(timeout: float = 2.0) -> bool:
    """Flush and stop sending. Later runs are counted as dropped, reason after_shutdown."""
    workers = LIFECYCLE.workers
    if workers is None or workers.discarding:
        return True
    done = workers.flush(timeout)
    workers.discarding = "after_shutdown"
    workers.close()
    return done


def stats() -> dict[str, Any]:
    """What came in and what became of it; `{"on": False}` when this process reports nothing."""
    reporter = LIFECYCLE.reporter
    if reporter is None:
        return {"on": False, "runs_ignored": RECORDER.nowhere.ignored}
    from .health import stats as books

    return {"on": True, **books(reporter, time.time())}


def first_run() -> None:
    """Called by the recorder when something runs and nobody listens yet."""
    if switched_on() and LIFECYCLE.reporter is None:
        LIFECYCLE.start(LIFECYCLE.chosen or options({}))


def at_exit() -> None:
    """The interpreter ends: deliver within the deadline."""
    chosen = LIFECYCLE.chosen
    if chosen is not None and not shutdown(chosen.deadline_s):
        notice.warn("exit", f"not everything was delivered within {chosen.deadline_s:g} s: {_lost()}")


def at_sigterm(number: int, frame: FrameType | None) -> None:
    """Record open runs as cancelled, flush, then do what would have been done without us."""
    RECORDER.cancel_open()
    if LIFECYCLE.chosen is not None:
        flush(LIFECYCLE.chosen.deadline_s)
    previous = LIFECYCLE.previous_handler
    if callable(previous):
        previous(number, frame)
    else:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def in_child() -> None:
    """A forked child starts afresh: its parent's runs, threads, connections and books are not its own."""
    RECORDER.forget()
    old, chosen = LIFECYCLE.reporter, LIFECYCLE.chosen
    handler = LIFECYCLE.previous_handler
    LIFECYCLE.reset(chosen)
    LIFECYCLE.previous_handler = handler
    if old is None:
        return
    RECORDER.live = RECORDER.plain = False
    RECORDER.hurry = _after_fork
    notice.forget()
    for route in old.routes:
        route.channel.sink.close()


def in_parent() -> None:
    """A process that only forks others does not report flows as idle: it would overwrite its children's points."""
    if LIFECYCLE.reporter is not None:
        LIFECYCLE.reporter.idle = False


def _after_fork() -> None:
    if LIFECYCLE.chosen is not None:
        LIFECYCLE.start(LIFECYCLE.chosen)


def _lost() -> str:
    books = stats()
    return ", ".join(f"{name} {sink['pending']}" for name, sink in books.get("sinks", {}).items())


def stamp(path: str) -> tuple[float, int] | None:
    """What tells one version of a file from the next."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a hostile path is an OSError or ValueError here
    except (OSError, ValueError):
        return None
    return (found.st_mtime, found.st_size)


def identity() -> str:
    """A name for this process: host, process id and a random part."""
    import socket

    return f"{socket.gethostname()[:40]}-{os.getpid()}-{os.urandom(2).hex()}"
