"""The plug-in by which LangFlow loads us: its own tracing service, unchanged, whose loading measures the flows.

Found by the entry point `tracing_service` of the group `lfx.services`, or by the line
`tracing_service = "flowvigil.integrations.langflow.service:TracingService"` under `[services]` in lfx.toml.
LangFlow loads every entry point, also those that another one or lfx.toml overrules; so runs are measured by their
span whichever service is chosen in the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import Any

from ...reporter.lifecycle import flush
from ...reporter.switch import remember, switched_on
from ..sources import sources
from . import span, tracing
from .flows import learn_endpoints
from .standing import tell_fallback

DEADLINE_S = 2.0


def _stock() -> Any:
    """The server's service where there is a server, else that of lfx."""
    try:
        return import_module("langflow.services.tracing.service").TracingService
    except ImportError:
        return import_module("lfx.services.tracing.service").TracingService


def _measures_by_service() -> bool:
    """Wrap the span where there is one; True when the service itself must measure instead."""
    if not switched_on():
        remember("LangFlow")
        return False
    learn_endpoints(sources())
    if span.wrap_spans(sources()):
        return False
    tell_fallback()
    return True


MEASURES = _measures_by_service()


def _graph_of(component: Any = None, *_args: Any, **_kwargs: Any) -> Any:
    """The graph that a component is part of, if it is part of one."""
    return getattr(getattr(component, "_vertex", None), "graph", None)


class TracingService(_stock()):  # type: ignore[misc]
    """LangFlow's own service, so that its tracers go on as before; ours is the delivery when the server stops.

    Before LangFlow 1.12 it also measures. What the releases pass differs, so everything is passed on as it came.
    """

    async def start_tracers(self, *args: Any, **kwargs: Any) -> None:
        """A run begins."""
        if MEASURES:
            with suppress(Exception):  # whatever a release passes, a flow must run
                run_id = kwargs["run_id"] if "run_id" in kwargs else args[0]
                name = kwargs["run_name"] if "run_name" in kwargs else args[1]
                tracing.begin(str(run_id), str(name), kwargs.get("flow_id"), sources())
        await super().start_tracers(*args, **kwargs)

    async def end_tracers(self, outputs: Any, error: Exception | None = None) -> None:
        """A run ends."""
        if MEASURES:
            with suppress(Exception):
                tracing.end(error)
        await super().end_tracers(outputs, error)

    @asynccontextmanager
    async def trace_component(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """A component of a run works."""
        async with super().trace_component(*args, **kwargs) as traced:
            with tracing.component(_graph_of(*args, **kwargs)) if MEASURES else span.component():
                yield traced

    def get_tracer(self, tracer_name: str) -> Any:
        """Components ask every tracing service for its tracers, also that of lfx, which has none."""
        ask = getattr(super(), "get_tracer", None)
        return ask(tracer_name) if ask is not None else None

    async def teardown(self) -> None:
        """Deliver what was measured."""
        await asyncio.to_thread(flush, DEADLINE_S)
        await super().teardown()
