"""A running reporter: what the folding thread does each second, and the sending threads.

Built in the folding thread, because everything below here costs more to import than a caller should wait for.
"""

from __future__ import annotations

import socket
import time
from os import getpid, stat, urandom

from .assembly import Assembly
from .channel import Channel
from .gate import GATE
from .options import Options, combined, load, version_of
from .recording import Recorder
from .reporter import Reporter
from .tracing import reader
from .worker import Worker

TICK_S = 1.0
ATTEMPT_S = 5.0
"""Time limit of one request."""
RELOAD_S = 5.0
"""How often the settings file is looked at."""


class Engine:
    """The reporter of one process with its sending threads."""

    def __init__(self, recorder: Recorder, chosen: Options) -> None:
        with GATE:
            self._recorder, self._chosen = recorder, chosen
            self._stamp = stamp(chosen.settings_path)
            self._looked_at = time.monotonic()
            self._assembly = Assembly(chosen)
            settings = combined(chosen, load(chosen.settings_path) if chosen.settings_path else None)
            self.reporter = Reporter(
                recorder,
                settings,
                self._assembly.routes(settings),
                identity(),
                time.time(),
                versions=lambda flow: version_of(flow, chosen),
            )
            self.urgent_until = 0.0
            self.stranded = False
            self._senders = [(route.channel, self._sender(route.channel)) for route in self.reporter.routes]

    def turn(self, *, flush: bool) -> float:
        """One turn of the folding thread; returns how long it may rest."""
        now = time.time()
        if flush:
            self.reporter.snapshot(now)
        else:
            self.reporter.tick(now)
        for channel, sender in self._senders:
            if flush:
                channel.nudge()
            if channel.waiting:
                try:
                    sender.start()
                except RuntimeError:  # the interpreter is going down and starts no threads
                    self.stranded = True
                sender.bell.ring()
        self._watch()
        return TICK_S - time.time() % TICK_S

    @property
    def waiting(self) -> bool:
        """Whether anything has still to be sent."""
        return any(channel.waiting for channel, _ in self._senders)

    def send_here(self, until: float) -> None:
        """Send in the calling thread what has no thread: at the very end of an interpreter none can be started."""
        for channel, sender in self._senders:
            while not sender.alive and channel.waiting and (left := until - time.monotonic()) > 0:
                due = channel.step(time.time(), min(ATTEMPT_S, left))
                if channel.waiting:
                    time.sleep(max(0.0, min(due - time.time(), left)))

    def close(self, reason: str) -> None:
        """Stop sending; what is left is dropped, counted."""
        for channel, sender in self._senders:
            sender.stop()
            channel.give_up(reason)

    def forsake(self) -> None:
        """In a forked child: let go of the parent's connections without disturbing them."""
        for route in self.reporter.routes:
            route.channel.sink.close()

    def reload(self) -> None:
        """Read the settings file again; a store that it newly names gets a sink and a thread of its own."""
        found = load(self._chosen.settings_path)
        if found is None:
            return
        settings = combined(self._chosen, found)
        routes, known = self._assembly.routes(settings), {channel for channel, _ in self._senders}
        new = [route.channel for route in routes if route.channel not in known]
        self._senders = [*self._senders, *((channel, self._sender(channel)) for channel in new)]
        self.reporter.configure(settings, routes)

    def _sender(self, channel: Channel) -> Worker:
        def send() -> float:
            channel.restarts = worker.restarts
            left = self.urgent_until - time.monotonic()
            due = channel.step(time.time(), min(ATTEMPT_S, left) if left > 0 else ATTEMPT_S)
            return min(due - time.time(), 3600.0)

        worker = Worker(f"flowvigil-{channel.sink.name}", send)
        return worker

    def _watch(self) -> None:
        """Has a tracer been loaded, has the settings file changed?"""
        if self._recorder.trace is None and (found := reader()) is not None:
            self._recorder.trace, self._recorder.plain = found, False
        now, path = time.monotonic(), self._chosen.settings_path
        if not path or now - self._looked_at < RELOAD_S:
            return
        self._looked_at = now
        present = stamp(path)
        if present is not None and present != self._stamp:
            self._stamp = present
            self.reload()


def stamp(path: str) -> tuple[int, int, int] | None:
    """What tells one version of a file from the next; None when there is none."""
    try:
        found = stat(path)  # noqa: PTH116 - a hostile path is an OSError or ValueError here
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def identity() -> str:
    """A name for this process: host, process id and a random part."""
    return f"{socket.gethostname()[:40]}-{getpid()}-{urandom(2).hex()}"
