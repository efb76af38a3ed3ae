"""The processes the host has started: each is known, and none outlives the host."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

GRACE_S = 3.0


class Children:
    """Starts processes that are deaf to SIGINT until they unblock it, and ends them all on demand."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self.cancelled = False

    def start(
        self, command: list[str], folder: Path, environ: Mapping[str, str], *, piped: bool
    ) -> subprocess.Popen[bytes]:
        """A running process; with `piped` its output comes back, else it goes where the host's own goes."""
        output = subprocess.PIPE if piped else None
        # The mask is inherited: a signal to the whole group must not meet Python before it can handle one.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environ), stdin=subprocess.PIPE, stdout=output, stderr=output
        )
        with self._lock:
            self._running.add(process)
        return process

    def finish(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for a process to end and return its exit code, negative if a signal ended it."""
        code = process.wait()
        with self._lock:
            self._running.discard(process)
        return code

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Ask a process to end, and make it end when it does not."""
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()

    def end_all(self) -> None:
        """End everything that runs; programs cut short are no failures of theirs."""
        self.cancelled = True
        with self._lock:
            running = list(self._running)
        for process in running:
            self.end(process)
