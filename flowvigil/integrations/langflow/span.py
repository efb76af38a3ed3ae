"""Runs by `Graph.flow_execution_span`, which LangFlow 1.12 and later enters around every run, whatever starts it.

It is no documented interface, so it is wrapped only where it is.
Reads the flow's id and name and classes of errors; never an input, an output or an error's text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from importlib import import_module
from inspect import isgeneratorfunction, unwrap
from time import perf_counter
from typing import Any

from ...reporter.outcome import error_type, outcome
from ...reporter.runs import Run, current_run, flow
from ...reporter.status import CANCELLED, TIMED_OUT
from ..sources import Sources
from . import waiting
from .flows import flow_of

METHOD = "flow_execution_span"
PAUSED = "GraphPausedException"
KEPT = 10_000
"""What is never fetched must not fill the memory."""
DEEPEST = 50
"""An exception may be its own cause (`raise error from error`)."""

Span = Callable[..., AbstractContextManager[Any]]

_raised: dict[float, BaseException] = {}
"""What a component of an open run raised, by the run's start: the playground's driver keeps only its own wrapping."""


def wrap_spans(known: Sources) -> bool:
    """Measure every run of this process; False where LangFlow has no such span. A second call changes nothing.

    One that is made otherwise than those we know is none: what enters it would not find in ours what it expects.
    """
    graph = _graph()
    original: Any = getattr(graph, METHOD, None)
    if not isgeneratorfunction(unwrap(original)):
        return False
    if not hasattr(original, "flowvigil"):
        setattr(graph, METHOD, measured(original, known))
    return True


def measured(original: Span, known: Sources) -> Span:
    """`flow_execution_span` around which a run is measured; iterations of a loop belong to the run around them."""

    @wraps(original)
    @contextmanager
    def flow_execution_span(graph: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        iteration = getattr(graph, "_is_subgraph", False)
        before_ms = 0.0 if iteration else waiting.goes_on(_id(graph))
        if iteration or current_run() is not None:
            with _apart(), original(graph, *args, **kwargs) as scope:
                yield scope
            return
        run, scope = _begun(graph, known), None
        try:
            with original(graph, *args, **kwargs) as scope:
                yield scope
        except BaseException as error:
            _end(run, graph, before_ms, error, _kept(scope))
            raise
        if _kept(scope) is not None:
            _tell(run, _kept(scope))
        _close(run, before_ms)

    flow_execution_span.flowvigil = True  # type: ignore[attr-defined]
    return flow_execution_span


@contextmanager
def component() -> Iterator[None]:
    """A component of the present run works; what it raises names the run's failure if its driver does not."""
    try:
        yield
    except Exception as error:
        run = current_run()
        if run is not None and run.start is not None:
            _keep(run.start, root_cause(error))
        raise


@contextmanager
def _apart() -> Iterator[None]:
    """What a flow inside another one raises is its own matter: the component that runs it may handle that."""
    run = current_run()
    start = -1.0 if run is None or run.start is None else run.start
    before = _raised.get(start)
    try:
        yield
    finally:
        _raised.pop(start, None)
        if before is not None:
            _keep(start, before)


def root_cause(error: BaseException) -> BaseException:
    """LangFlow wraps what a component raised; the cause at the root says more."""
    for _ in range(DEEPEST):
        if error.__cause__ is None:
            break
        error = error.__cause__
    return error


def mark(run: Run, error: BaseException) -> None:
    """Say how an exception ends a run."""
    cause = root_cause(error)
    if outcome(error) == CANCELLED:
        run.mark_cancelled()
    elif outcome(cause) == TIMED_OUT:
        run.mark_timed_out(error_type(cause))
    else:
        run.mark_failed(error_type(cause))


def _begun(graph: Any, known: Sources) -> Run:
    found = flow_of(graph, known)
    run = flow(found.flow)
    run.__enter__()
    if found.version:
        run.set(version=found.version)
    return run


def _end(run: Run, graph: Any, before_ms: float, error: BaseException, kept: str | None) -> None:
    """A component that fails does so at once, its run when those beside it are done; a client may leave meanwhile."""
    if type(root_cause(error)).__name__ == PAUSED:
        _forget(run)
        waiting.set_aside(run, _id(graph), before_ms, perf_counter())
        return
    _tell(run, kept)
    mark(run, error)
    _close(run, before_ms)


def _keep(start: float, error: BaseException) -> None:
    if len(_raised) >= KEPT:
        _raised.clear()
    _raised[start] = error


def _forget(run: Run) -> None:
    if _raised and run.start is not None:
        _raised.pop(run.start, None)


def _close(run: Run, before_ms: float) -> None:
    _forget(run)
    waiting.end(run, before_ms)


def _id(graph: Any) -> str:
    """LangFlow's own, which a resumed run keeps."""
    return str(getattr(graph, "_run_id", ""))


def _tell(run: Run, kept: str | None) -> None:
    """A driver that handles errors itself leaves the class of one in the scope; the component's own says more."""
    raised = _raised.get(run.start or 0.0)
    if raised is not None:
        mark(run, raised)
    elif kept is not None:
        tell = run.mark_timed_out if "timeout" in kept.lower() else run.mark_failed
        tell(kept)


def _kept(scope: Any) -> str | None:
    return getattr(scope, "error_type", None)


def _graph() -> Any:
    try:
        return import_module("lfx.graph.graph.base").Graph
    except (ImportError, AttributeError):
        return None
