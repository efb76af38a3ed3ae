"""Builds the sinks that the settings ask for, and the routes to them."""

from __future__ import annotations

import socket
from typing import Any

from .channel import Channel
from .contract import Settings
from .credentials.chain import Chain, Given
from .events import as_event, as_log
from .notice import inform, warn
from .options import Options, cms_endpoint, log_endpoint
from .reporter import Route
from .sinks.cloud import Caller, Provider
from .sinks.cms import CmsSink
from .sinks.local import StdoutSink
from .sinks.log import LogSink


def assemble(chosen: Options, settings: Settings) -> list[Route]:
    """The routes; without any, one line says why nothing is sent."""
    provider = _provider(chosen)
    wanted = chosen.sinks if chosen.sinks is not None else _implied(settings)
    routes = [route for name in wanted if (route := _tried(name, chosen, settings, provider)) is not None]
    routes += [Route(Channel(sink), points=True, events=as_event) for sink in chosen.extra_sinks]
    if not routes:
        warn("no sinks", "runs are measured but sent nowhere: the settings name no judged series and no log store")
    return routes


def _implied(settings: Settings) -> tuple[str, ...]:
    judged = any(flow.series for flow in settings.flows)
    logged = settings.log_project and settings.logstore
    return ("cms",) * judged + ("log",) * bool(logged)


def _provider(chosen: Options) -> Provider:
    if chosen.credentials is None:
        return Chain()
    inform("credentials given", "access keys come from a function of the application, not from a role")
    return Given(chosen.credentials)


def _tried(name: str, chosen: Options, settings: Settings, provider: Provider) -> Route | None:
    try:
        return _route(name, chosen, settings, provider)
    except (ValueError, TypeError, AttributeError) as error:
        warn(f"sink {name}", f"the sink {name} is left out, its settings cannot be used: {error}")
        return None


def _route(name: str, chosen: Options, settings: Settings, provider: Provider) -> Route | None:
    if name == "stdout":
        return Route(Channel(StdoutSink()), points=True, events=as_event)
    if not settings.region and not settings.endpoints.get("log" if name == "log" else "cms"):
        warn(f"region {name}", f"no region and no endpoint: the sink {name} is left out")
        return None
    if name in ("cms", "cms_raw"):
        sink: Any = CmsSink(cms_endpoint(settings, vpc=chosen.vpc), Caller(provider), chosen.entries)
        sink.name = name
        return Route(Channel(sink), points=name == "cms", raw=name == "cms_raw")
    if not settings.log_project or not settings.logstore:
        warn("log store", "the settings name no log project and store: the sink log is left out")
        return None
    endpoint = log_endpoint(settings, vpc=chosen.vpc)
    store = LogSink(endpoint, settings.log_project, settings.logstore, socket.gethostname(), Caller(provider))
    return Route(Channel(store), events=as_log)
