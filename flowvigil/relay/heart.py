"""The point by which CloudMonitor knows each minute that the relay lives and delivers."""

from __future__ import annotations

from flowvigil.reporter.channel import Kind
from flowvigil.reporter.contract import NO_GROUP, RELAY_ALIVE, RELAY_FLOW
from flowvigil.reporter.sinks.cloud import Caller, Provider
from flowvigil.reporter.sinks.cms import CmsSink
from flowvigil.reporter.window import Point

from .settings import Settings

MINUTE_MS = 60_000
WAIT_S = 3.0


class Heart:
    """Reports once a minute: 1 when messages get through, 0 when some have waited too long."""

    def __init__(self, settings: Settings, provider: Provider) -> None:
        endpoint = settings.endpoints.get("cms", f"https://metrics.{settings.region}.aliyuncs.com")
        self._sink = CmsSink(endpoint, Caller(provider))
        self._service, self._group = settings.service, settings.group or NO_GROUP
        self._reported = 0

    def due(self, now: int) -> bool:
        """Whether this minute was not reported yet."""
        return now // MINUTE_MS != self._reported

    @property
    def reported(self) -> int:
        """When the minute of the last report began, 0 before the first."""
        return self._reported * MINUTE_MS

    def beat(self, now: int, *, delivering: bool) -> bool:
        """Report the minute that `now` is in; a failure is tried again with the next minute."""
        self._reported = now // MINUTE_MS
        value = 1.0 if delivering else 0.0
        start = self._reported * MINUTE_MS
        point = Point(RELAY_ALIVE, RELAY_FLOW, self._service, self._group, 60, start, value, value)
        return self._sink.deliver([point], now / 1000, WAIT_S).kind is Kind.DELIVERED

    def close(self) -> None:
        self._sink.close()
