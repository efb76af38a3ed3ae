"""The process's one reporter.

Started by `init` or by the first run, flushed at exit and at SIGTERM, reset by a fork.
A caller starts a thread and no more; the thread loads and builds everything else.
"""

from __future__ import annotations

import os
import signal
import threading
import time

from . import endings, notice
from .gate import GATE
from .recording import RECORDER
from .switch import ENVIRONMENT_VARIABLE, SETTINGS_VARIABLE, switched_on, unmeasured
from .worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from .engine import Engine

DEADLINE_S = 2.0
LONGEST_S = 86_400.0
"""A thread cannot wait without end, and on Windows not longer than seven weeks."""
AFTER_SHUTDOWN = "after_shutdown"


class Lifecycle:
    """What is running, if anything. `arguments` are those of `init`; None while nothing runs."""

    def __init__(self) -> None:
        self.hooked = False
        self.previous_handler: Any = None
        self.reset()

    def reset(self) -> None:
        """Nothing runs; every lock and thread is new."""
        self.arguments: dict[str, Any] | None = None
        self.engine: Engine | None = None
        self.closed = self.forks = False
        self.folder = Worker("flowvigil-fold", self._turn)
        self._flushes: list[threading.Event] = []
        self._lock = threading.RLock()  # a signal handler may record in the middle of a start

    def start(self, arguments: dict[str, Any]) -> None:
        """Go live, once."""
        with self._lock:
            if self.arguments is not None:
                return
            self.arguments = arguments
            RECORDER.warn = notice.warn
            RECORDER.hurry = self.folder.bell.ring
            RECORDER.live = True
            RECORDER.settle(timed=False)  # until the settings are read, in a moment
            self._hook()
            self.folder.start()

    def _hook(self) -> None:
        if not self.hooked:
            self.hooked = True
            import atexit

            atexit.register(at_exit)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(before=GATE.before_fork, after_in_parent=in_parent, after_in_child=in_child)
        endings.hook(at_exit)
        wanted = (self.arguments or {}).get("handle_sigterm", os.environ.get("FLOWVIGIL_SIGTERM", "1") != "0")
        if wanted and threading.current_thread() is threading.main_thread():
            self.hook_sigterm()

    def hook_sigterm(self) -> None:
        """Chain our handler before the present one, but never over SIG_IGN. For the main thread only."""
        present = signal.getsignal(signal.SIGTERM)
        if present not in (signal.SIG_IGN, None, at_sigterm):
            self.previous_handler = present
            signal.signal(signal.SIGTERM, at_sigterm)

    def deadline_s(self) -> float:
        given = (self.arguments or {}).get("deadline_s")
        return seconds(os.environ.get("FLOWVIGIL_DEADLINE_S") or None if given is None else given)

    def flush(self, timeout_s: float) -> bool:
        """Hand over to the threads and wait; the calling thread takes no lock that a signal could find."""
        until = time.monotonic() + timeout_s
        folded = threading.Event()
        self._flushes.append(folded)
        if self.engine is not None:
            self.engine.urgent_until = until
        try:
            self.folder.start()
        except RuntimeError:  # the interpreter is going down and starts no threads
            return self._flush_here(until)
        self.folder.bell.ring()
        if not folded.wait(max(0.0, until - time.monotonic())) or self.engine is None:
            return False
        while self.engine.waiting and time.monotonic() < until:
            if self.engine.stranded:
                self.engine.send_here(until)
            time.sleep(0.002)
        return not self.engine.waiting

    def _flush_here(self, until: float) -> bool:
        engine = self._built()
        engine.urgent_until = until
        engine.turn(flush=True)
        while engine.waiting and time.monotonic() < until:
            engine.send_here(until)
            time.sleep(0.002)
        return not engine.waiting

    def _built(self) -> Engine:
        if self.engine is None:
            with GATE:
                from .engine import Engine
                from .options import options

                self.engine = Engine(RECORDER, options(self.arguments or {}))
                self.engine.reporter.idle = not self.forks
        return self.engine

    def _turn(self) -> float:
        engine = self._built()
        if self.closed:
            engine.reporter.discard(AFTER_SHUTDOWN)
            return 1.0
        waiting = list(self._flushes)
        rest = engine.turn(flush=bool(waiting))
        for folded in waiting:
            self._flushes.remove(folded)
            folded.set()
        return 0.0 if self._flushes else rest


def seconds(given: Any) -> float:
    """A time to wait, 0 to LONGEST_S; two seconds for None, and for what is no time, with one log line."""
    try:
        number = DEADLINE_S if given is None else float(given)
    except Exception:
        number = -1.0
    if number >= 0:
        return min(number, LONGEST_S)
    shown = f"{given!r:.50}" if isinstance(given, (str, int, float)) else type(given).__name__
    notice.warn("seconds", f"a time to wait is a number of seconds, not {shown}; {DEADLINE_S:g} is used")
    return DEADLINE_S


LIFECYCLE = Lifecycle()


def init(**arguments: Any) -> None:
    """Start reporting in this process; a second call changes nothing.

    Everything may also come from the environment or the settings file. Arguments: service, region, version,
    settings_path, sinks, endpoints, entries, vpc, deadline_s, handle_sigterm, credentials, extra_sinks.
    """
    if LIFECYCLE.arguments is not None:
        notice.inform("init twice", "init was called again; the first call stays in force")
        return
    if missed := unmeasured():
        switches = f"{SETTINGS_VARIABLE} or {ENVIRONMENT_VARIABLE}"
        names = ", ".join(missed[:20])
        notice.warn("init late", f"not measured, because {switches} was not set when they were defined: {names}")
    LIFECYCLE.start(arguments)


def flush(timeout: float = 2.0) -> bool:
    """Deliver everything recorded so far. False when `timeout` seconds were not enough; never raises."""
    if LIFECYCLE.arguments is None or LIFECYCLE.closed:
        return True
    return LIFECYCLE.flush(seconds(timeout))


def shutdown(timeout: float = 2.0) -> bool:
    """Flush and stop sending. Later runs are counted as dropped, reason after_shutdown."""
    if LIFECYCLE.arguments is None or LIFECYCLE.closed:
        return True
    done = LIFECYCLE.flush(seconds(timeout))
    LIFECYCLE.closed = True
    if LIFECYCLE.engine is not None:
        LIFECYCLE.engine.close(AFTER_SHUTDOWN)
    return done


def stats() -> dict[str, Any]:
    """What came in and what became of it; `{"on": False}` when this process reports nothing."""
    if LIFECYCLE.arguments is None:
        return {"on": False, "runs_ignored": RECORDER.nowhere.ignored}
    until = time.monotonic() + 1.0
    while LIFECYCLE.engine is None and time.monotonic() < until:
        time.sleep(0.002)
    if LIFECYCLE.engine is None:
        return {"on": True, "runs_buffered": sum(map(len, RECORDER.buffers.values()))}
    from .health import stats as books

    return {"on": True, "fold_restarts": LIFECYCLE.folder.restarts, **books(LIFECYCLE.engine.reporter, time.time())}


def first_run() -> None:
    """Called by the recorder when something runs and nobody listens yet."""
    if switched_on() and LIFECYCLE.arguments is None:
        LIFECYCLE.start({})


def at_exit() -> None:
    """The interpreter ends: deliver within the deadline."""
    deadline_s = LIFECYCLE.deadline_s()
    if not shutdown(deadline_s):
        notice.warn("exit", f"not everything was delivered within {deadline_s:g} s; dropped: {_lost()}")


def at_sigterm(number: int, frame: FrameType | None) -> None:
    """Record open runs as cancelled, flush, then do what would have been done without us."""
    RECORDER.cancel_open()
    flush(LIFECYCLE.deadline_s())
    previous = LIFECYCLE.previous_handler
    if callable(previous):
        previous(number, frame)
    else:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def in_child() -> None:
    """A forked child starts afresh: its parent's runs, threads, connections and books are not its own."""
    GATE.after_in_child()
    engine, arguments = LIFECYCLE.engine, LIFECYCLE.arguments
    RECORDER.forget()
    RECORDER.live = RECORDER.plain = False
    LIFECYCLE.reset()
    notice.forget()
    if engine is not None:
        engine.forsake()
    if arguments is None:
        return
    RECORDER.hurry = lambda: LIFECYCLE.start(arguments)
    if RECORDER.handles:
        LIFECYCLE.start(arguments)


def in_parent() -> None:
    """A process that only forks others does not report flows as idle: it would overwrite its children's points."""
    GATE.after_in_parent()
    LIFECYCLE.forks = True
    if LIFECYCLE.engine is not None:
        LIFECYCLE.engine.reporter.idle = False


def _lost() -> str:
    sinks = stats().get("sinks", {})
    return ", ".join(f"{name} {sum(sink['dropped'].values())} runs" for name, sink in sinks.items()) or "everything"
