"""Builds the sinks that the settings ask for, and the routes to them."""

from __future__ import annotations

import socket
from typing import Any

from .channel import Channel
from .contract import Place, Settings
from .credentials.chain import Chain, Given
from .events import as_event, as_log
from .notice import inform, warn
from .options import Options, cms_endpoint, log_endpoint
from .reporter import Route
from .sinks.cloud import Caller, Provider
from .sinks.cms import CmsSink
from .sinks.local import StdoutSink
from .sinks.log import LogSink


class Assembly:
    """The sinks of one process. A settings file that is read again may ask for more; those that are there stay."""

    def __init__(self, chosen: Options) -> None:
        self._chosen, self._provider = chosen, _provider(chosen)
        self._made: dict[tuple[str, Place | None], Route] = {}
        self._extra = [Route(Channel(sink), points=True, events=as_event) for sink in chosen.extra_sinks]

    def routes(self, settings: Settings) -> list[Route]:
        """All routes so far; without any, one line says why nothing is sent."""
        for name in self._chosen.sinks if self._chosen.sinks is not None else _implied(settings):
            for place in _places(settings) if name == "log" else (None,):
                known = self._made.get((name, place)) or self._tried(name, place, settings)
                if known is not None:
                    self._made[name, place] = known
        found = [*self._made.values(), *self._extra]
        if not found:
            warn("no sinks", "runs are measured but sent nowhere: the settings name no judged series and no log store")
        return found

    def _tried(self, name: str, place: Place | None, settings: Settings) -> Route | None:
        try:
            return self._route(name, place, settings)
        except (ValueError, TypeError, AttributeError) as error:
            warn(f"sink {name}", f"the sink {name} is left out, its settings cannot be used: {error}")
            return None

    def _route(self, name: str, place: Place | None, settings: Settings) -> Route | None:
        if name == "stdout":
            return Route(Channel(StdoutSink()), points=True, events=as_event)
        if not settings.region and not settings.endpoints.get("log" if name == "log" else "cms"):
            warn(f"region {name}", f"no region and no endpoint: the sink {name} is left out")
            return None
        if place is not None:
            return Route(Channel(self._store(place, settings)), events=as_log, place=place)
        sink: Any = CmsSink(cms_endpoint(settings, vpc=self._chosen.vpc), Caller(self._provider), self._chosen.entries)
        sink.name = name
        return Route(Channel(sink), points=name == "cms", raw=name == "cms_raw")

    def _store(self, place: Place, settings: Settings) -> LogSink:
        """The first store is called `log` in the books, a further one by its place too."""
        endpoint = log_endpoint(settings, vpc=self._chosen.vpc)
        sink = LogSink(endpoint, *place, socket.gethostname(), Caller(self._provider))
        if any(name == "log" for name, _ in self._made):
            sink.name = f"log {place.project}/{place.logstore}"
        return sink


def _places(settings: Settings) -> list[Place]:
    found = settings.places()
    if not found:
        warn("log store", "the settings name no log project and store: the sink log is left out")
    return found


def _implied(settings: Settings) -> tuple[str, ...]:
    judged = any(flow.series for flow in settings.flows)
    return ("cms",) * judged + ("log",) * bool(settings.places())


def _provider(chosen: Options) -> Provider:
    if chosen.credentials is None:
        return Chain()
    inform("credentials given", "access keys come from a function of the application, not from a role")
    return Given(chosen.credentials)
