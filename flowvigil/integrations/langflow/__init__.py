"""Measures LangFlow: its server as well as `lfx run`, `lfx serve` and flows run from Python.

LangFlow finds it by itself (`service`); `instrument` is for a script that must not wait for that. From 1.12 on every
run is seen by its span (`span`), before that by the tracing service (`tracing`); `standing` says which and why.
"""

from __future__ import annotations

from importlib import import_module

from ...reporter.notice import warn
from ...reporter.switch import remember, switched_on
from ..sources import sources
from .flows import FLOW_VARIABLE, learn_endpoints
from .span import wrap_spans
from .standing import installed

__all__ = ["FLOW_VARIABLE", "instrument"]


def instrument() -> bool:
    """Measure every flow that this process runs; False when that is impossible. A second call changes nothing.

    Does nothing while the reporter is switched off. Before LangFlow 1.12 it must be called before the first flow is
    built, because it takes the place of the tracing service.
    """
    if not switched_on():
        remember("LangFlow")
        return False
    if wrap_spans(sources()):
        learn_endpoints(sources())
        return True
    try:
        manager = import_module("lfx.services.manager").get_service_manager()
        kind = import_module("lfx.services.schema").ServiceType.TRACING_SERVICE
        manager.register_service_class(kind, import_module(f"{__name__}.service").TracingService)
    except Exception as error:
        why = f"it has neither a span around its runs nor a tracing service to stand in for ({type(error).__name__})"
        warn("langflow", f"lfx {installed() or '(not installed)'}: its flows are not measured: {why}")
        return False
    return True
