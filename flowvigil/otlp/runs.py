"""Reports outermost flows as runs, dated by the end of their span.

Spans that ended long ago are refused: a run may not stand in a minute that alarms have judged long since.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..integrations.conventions import ended, flow_of, goes_on
from ..integrations.sources import Sources, sources
from ..reporter.recording import RECORDER
from .outermost import PATIENCE_S, Outermost
from .spans import Seen

OLDEST_S = 3600.0


class Runs:
    """`count` is the number of runs so far. `wall` and `steady` are clocks, in seconds."""

    def __init__(
        self, patience_s: float = PATIENCE_S, known: Sources | None = None,
        wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._outermost, self._sources = Outermost(patience_s), known or sources()
        self._wall, self._steady = wall, steady
        self.count = 0

    def take(self, spans: list[Seen]) -> int:
        """Report what these spans decide; returns how many of them were refused for their age."""
        oldest_ns = int((self._wall() - OLDEST_S) * 1e9)
        fresh = [span for span in spans if span.ended_ns >= oldest_ns]
        self._report(self._outermost.take(fresh, self._steady()))
        return len(spans) - len(fresh)

    def settle(self) -> None:
        """Report what has waited long enough."""
        self._report(self._outermost.late(self._steady()))

    def close(self) -> None:
        """Report what still waits: nothing more will come."""
        self._report(self._outermost.rest())

    def _report(self, flows: list[Seen]) -> None:
        over = [span for span in flows if not goes_on(span.name, span.said)]
        for span in over:
            found = flow_of(span.name, span.said, self._sources)
            status, error_type = ended(span.name, span.said, failed=span.failed)
            duration_ms = (span.ended_ns - span.started_ns) / 1e6
            told = self._outermost.insides.told(span)
            at = min(span.ended_ns / 1e9, self._wall())
            run = (status, duration_ms, error_type, None, span.trace.hex(), found.version, None, at, told)
            RECORDER.put(RECORDER.admit(found.flow), run)
        self.count += len(over)
