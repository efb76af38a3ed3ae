"""For tests of services that report: memory instead of a cloud, a clock that obeys, the exact request in print.

Set FLOWVIGIL_ENV before the code under test is imported; `@observe` leaves functions alone otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from .reporter.channel import NEVER, Channel, Kind, Verdict
from .reporter.contract import EVENT, EVENT_RUN, FlowSettings, Series, Settings
from .reporter.credentials.chain import Given
from .reporter.events import as_event
from .reporter.recording import RECORDER, Recorder
from .reporter.reporter import Reporter, Route
from .reporter.sinks.cloud import Caller
from .reporter.sinks.cms import ACTION, VERSION, CmsSink
from .reporter.sinks.local import MemorySink
from .reporter.window import Point
from .reporter.wire.rpc import FORM, Keys, Stamp, framed

__all__ = ["Captured", "Clock", "DryRunSink", "FlowSettings", "MemorySink", "Point", "Series", "Settings", "capture"]


class Clock:
    """Seconds since the epoch that pass only when told to."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Captured:
    """What was reported while `capture` was open."""

    def __init__(self, recorder: Recorder, settings: Settings, clock: Clock) -> None:
        self.clock = clock
        self._sink = MemorySink()
        self._channel = Channel(self._sink)
        routes = [Route(self._channel, points=True, events=as_event)]
        self.reporter = Reporter(recorder, settings, routes, "test", clock.now)

    def end_minute(self) -> None:
        """Let the present minute end."""
        self.clock.advance(60 - self.clock.now % 60)
        self.reporter.tick(self.clock.now)
        self._deliver()

    @property
    def runs(self) -> list[dict[str, str]]:
        """The run events so far, each flow's in order of completion."""
        self.reporter.tick(self.clock.now)
        self._deliver()
        return [item for item in self._sink.items if isinstance(item, dict) and item[EVENT] == EVENT_RUN]

    @property
    def points(self) -> list[Point]:
        """The points of windows that have ended."""
        return [item for item in self._sink.items if isinstance(item, Point)]

    def _deliver(self) -> None:
        while self._channel.step(self.clock.now, 1.0) is not NEVER and self._channel.waiting:
            pass


@contextmanager
def capture(settings: Settings | None = None, recorder: Recorder = RECORDER) -> Iterator[Captured]:
    """Collect what this process reports, in memory, by a clock of its own; nothing leaves the process."""
    before = (recorder.live, recorder.plain, recorder.timed, recorder.hurry)
    recorder.forget()
    recorder.live = recorder.plain = True
    recorder.hurry = int
    try:
        yield Captured(recorder, settings or Settings("test", "cn-test"), Clock())
    finally:
        recorder.forget()
        recorder.live, recorder.plain, recorder.timed, recorder.hurry = before


class DryRunSink:
    """Prints the exact PutCustomMetric request of every batch instead of sending it; the key is a placeholder."""

    name = "dry_run"
    entries = 20
    batch_bytes = CmsSink.batch_bytes
    queue = 10_000

    def __init__(self, endpoint: str = "https://metrics.cn-hangzhou.aliyuncs.com", out: TextIO | None = None) -> None:
        self._endpoint, self._out = endpoint, out
        self._cms = CmsSink(endpoint, Caller(Given(tuple)))

    def deliver(self, payloads: Sequence[Any], now: float, timeout_s: float) -> Verdict:
        points = [payload for payload in payloads if isinstance(payload, Point)]
        if points:
            body = framed(ACTION, VERSION, self._cms.entries_text(points), Keys("<key id>", "<secret>"), Stamp.at(now))
            headers = "".join(f"{name}: {value}\n" for name, value in FORM.items())
            (self._out or sys.stdout).write(f"POST {self._endpoint}/\n{headers}\n{body.decode()}\n\n")
        return Verdict(Kind.DELIVERED)

    def close(self) -> None:
        """Nothing to close."""
