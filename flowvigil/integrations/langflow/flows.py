"""Which of our flows a LangFlow flow is, and the endpoint names that only LangFlow's server knows."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from ...reporter.notice import warn
from ..sources import UNMATCHED, Found, Sources

FLOW_VARIABLE = "FLOWVIGIL_FLOW"
"""The flow's id in a process that runs but one: `lfx run` and `lfx serve` do not know their flow's name."""

ENDPOINTS: dict[str, str] = {}
"""Endpoint names by LangFlow's id, as the server has loaded them."""
ENDPOINTS_KEPT = 10_000


def flow_of(graph: Any, known: Sources) -> Found:
    """The flow that a graph is. A public flow runs under an id made up for each visitor; its own is beside it."""
    identity = getattr(graph, "source_flow_id", None) or getattr(graph, "flow_id", None) or ""
    return named(str(getattr(graph, "flow_name", None) or ""), str(identity), known)


def named(name: str, identity: str, known: Sources) -> Found:
    """The flow of LangFlow's name and id: by a spec's source, else FLOWVIGIL_FLOW, else its name without settings."""
    found = known.find("langflow", name=name, identity=identity, endpoint=ENDPOINTS.get(identity, ""))
    if found is not None:
        return found
    told = os.environ.get(FLOW_VARIABLE, "")
    return Found(told or ((not known.known and name) or UNMATCHED))


def learn_endpoints(known: Sources) -> None:
    """Note each flow's endpoint name when the server loads the flow from its database, if a spec names one.

    A graph does not know its endpoint. SQLAlchemy tells of every object that it loads or reads again (its documented
    events `load` and `refresh`), and the server reads a flow before it runs it.
    """
    if not known.wants_endpoints():
        return
    try:
        model = import_module("langflow.services.database.models.flow.model").Flow
        event = import_module("sqlalchemy.event")
        event.listen(model, "load", _loaded)
        event.listen(model, "refresh", _loaded)
    except Exception as error:  # lfx without a server has no database
        warn("endpoints", f"no endpoint names here ({type(error).__name__}): flows are matched by id and name")


def _loaded(flow: Any, *_rest: object) -> None:
    """Looks only at what is loaded: asking the object for more would ask the database."""
    values = vars(flow)
    if values.get("id") and "endpoint_name" in values:
        if len(ENDPOINTS) >= ENDPOINTS_KEPT:
            ENDPOINTS.clear()
        ENDPOINTS[str(values["id"])] = values["endpoint_name"] or ""
