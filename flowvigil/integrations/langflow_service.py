"""The plug-in by which LangFlow loads us: its own tracing service, unchanged, whose loading measures the flows.

Found by the entry point `tracing_service` of the group `lfx.services`, or by the line
`tracing_service = "flowvigil.integrations.langflow_service:TracingService"` under `[services]` in lfx.toml.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

from ..reporter.lifecycle import flush
from .langflow import instrument

DEADLINE_S = 2.0


def _stock() -> Any:
    """The server's service where there is a server, else that of lfx."""
    try:
        return import_module("langflow.services.tracing.service").TracingService
    except ImportError:
        return import_module("lfx.services.tracing.service").TracingService


class TracingService(_stock()):  # type: ignore[misc]
    """LangFlow's own service, so that its tracers go on as before; ours is the delivery when the server stops."""

    def get_tracer(self, tracer_name: str) -> Any:
        """Components ask every tracing service for its tracers, also that of lfx, which has none."""
        ask = getattr(super(), "get_tracer", None)
        return ask(tracer_name) if ask is not None else None

    async def teardown(self) -> None:
        """Deliver what was measured."""
        await asyncio.to_thread(flush, DEADLINE_S)
        await super().teardown()


instrument()
