"""Measures LangFlow 1.12 and later, its server as well as `lfx run`, `lfx serve` and flows run from Python.

Every way to run a flow goes through `Graph.flow_execution_span`; it is wrapped, if it is there. It is no documented
interface: where it is missing, nothing is measured, and one line says so.
Reads the flow's id and name and classes of errors; never an input, an output or an error's text.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ..reporter.notice import warn
from ..reporter.outcome import error_type, outcome
from ..reporter.runs import Run, flow
from ..reporter.status import CANCELLED, TIMED_OUT
from ..reporter.switch import remember, switched_on
from .sources import UNMATCHED, Found, Sources, sources

FLOW_VARIABLE = "FLOWVIGIL_FLOW"
"""The flow's id in a process that runs but one: `lfx run` and `lfx serve` do not know their flow's name."""
METHOD = "flow_execution_span"
PAUSED = "GraphPausedException"

Span = Callable[..., AbstractContextManager[Any]]


def instrument() -> bool:
    """Measure every flow that this process runs; False when that is impossible. A second call changes nothing.

    Does nothing while the reporter is switched off.
    """
    if not switched_on():
        remember("LangFlow")
        return False
    graph = _graph()
    original = getattr(graph, METHOD, None)
    if original is None:
        warn("langflow", f"lfx {_installed()} has no Graph.{METHOD}: its flows are not measured; LangFlow 1.12 has it")
        return False
    if not hasattr(original, "flowvigil"):
        setattr(graph, METHOD, measured(original, sources()))
    return True


def measured(original: Span, known: Sources) -> Span:
    """`flow_execution_span` around which a run is measured; iterations of a loop belong to the run around them."""

    @wraps(original)
    @contextmanager
    def flow_execution_span(graph: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        if getattr(graph, "_is_subgraph", False):
            with original(graph, *args, **kwargs) as scope:
                yield scope
            return
        found = flow_of(graph, known)
        run = flow(found.flow)
        run.__enter__()
        if found.version:
            run.set(version=found.version)
        try:
            with original(graph, *args, **kwargs) as scope:
                yield scope
        except BaseException as error:
            _end(run, error)
            raise
        _tell(run, getattr(scope, "error_type", None))
        run.end()

    flow_execution_span.flowvigil = True  # type: ignore[attr-defined]
    return flow_execution_span


def flow_of(graph: Any, known: Sources) -> Found:
    """The flow that a graph is: by a spec's source, else FLOWVIGIL_FLOW, else its name where no settings are known."""
    identity, name = str(getattr(graph, "flow_id", None) or ""), str(getattr(graph, "flow_name", None) or "")
    found = known.find("langflow", name=name, identity=identity)
    if found is not None:
        return found
    told = os.environ.get(FLOW_VARIABLE, "")
    return Found(told or ((not known.known and name) or UNMATCHED))


def _end(run: Run, error: BaseException) -> None:
    """LangFlow wraps what a component raised; the cause at the root says more."""
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if outcome(error) == CANCELLED or type(cause).__name__ == PAUSED:
        run.mark_cancelled()
    elif outcome(cause) == TIMED_OUT:
        run.mark_timed_out(error_type(cause))
    else:
        run.mark_failed(error_type(cause))
    run.end()


def _tell(run: Run, kept: str | None) -> None:
    """A driver that handles errors itself leaves the class of one in the scope."""
    if kept is not None:
        tell = run.mark_timed_out if "timeout" in kept.lower() else run.mark_failed
        tell(kept)


def _graph() -> Any:
    try:
        return import_module("lfx.graph.graph.base").Graph
    except (ImportError, AttributeError):
        return None


def _installed() -> str:
    try:
        return version("lfx")
    except PackageNotFoundError:
        return "(not installed)"
