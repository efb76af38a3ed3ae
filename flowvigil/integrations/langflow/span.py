"""Runs by `Graph.flow_execution_span`, which LangFlow 1.12 and later enters around every run, whatever starts it.

It is no documented interface, so it is wrapped only where it is.
Reads the flow's id and name and classes of errors; never an input, an output or an error's text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from importlib import import_module
from time import perf_counter
from typing import Any, TypeVar

from ...reporter.outcome import error_type, outcome
from ...reporter.recording import RECORDER
from ...reporter.runs import Run, current_run, flow
from ...reporter.status import CANCELLED, TIMED_OUT
from ..sources import Sources
from .flows import flow_of

METHOD = "flow_execution_span"
PAUSED = "GraphPausedException"
KEPT = 10_000
DEEPEST = 50
"""An exception may be its own cause (`raise error from error`)."""

K = TypeVar("K")
V = TypeVar("V")
Span = Callable[..., AbstractContextManager[Any]]

_raised: dict[float, BaseException] = {}
"""What a component of an open run raised, by the run's start: the playground's driver keeps only its own wrapping."""
_waiting: dict[str, float] = {}
"""Milliseconds that paused runs have worked so far, by LangFlow's id of the run."""


def wrap_spans(known: Sources) -> bool:
    """Measure every run of this process; False where LangFlow has no such span. A second call changes nothing."""
    graph = _graph()
    original = getattr(graph, METHOD, None)
    if original is None:
        return False
    if not hasattr(original, "flowvigil"):
        setattr(graph, METHOD, measured(original, known))
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
        run = _begun(graph, known)
        try:
            with original(graph, *args, **kwargs) as scope:
                yield scope
        except BaseException as error:
            _end(run, graph, error)
            raise
        _tell(run, getattr(scope, "error_type", None))
        _close(run, graph)

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
            _keep(_raised, run.start, root_cause(error))
        raise


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


def _end(run: Run, graph: Any, error: BaseException) -> None:
    if type(root_cause(error)).__name__ == PAUSED:
        _set_aside(run, graph)
        return
    mark(run, error)
    _close(run, graph)


def _set_aside(run: Run, graph: Any) -> None:
    """A run that waits for a human has not ended: nothing is recorded until it goes on and ends."""
    if run.start is None or RECORDER.opened.pop(run.start, None) is not run:
        return
    _raised.pop(run.start, None)
    known_as = _id(graph)
    _keep(_waiting, known_as, (perf_counter() - run.start) * 1e3 + _waiting.get(known_as, 0.0))


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    """What is never fetched must not fill the memory."""
    if len(kept) >= KEPT:
        kept.clear()
    kept[key] = value


def _close(run: Run, graph: Any) -> None:
    """A run that was paused lasts as long as it worked, before and after; the wait between does not count."""
    if _raised and run.start is not None:
        _raised.pop(run.start, None)
    before_ms = _waiting.pop(_id(graph), None) if _waiting else None
    if before_ms is None:
        run.end()
    elif run.start is not None and RECORDER.opened.pop(run.start, None) is run:
        run.finish((perf_counter() - run.start) * 1e3 + before_ms, None)


def _id(graph: Any) -> str:
    """LangFlow's own, which a resumed run keeps."""
    return str(getattr(graph, "_run_id", ""))


def _tell(run: Run, kept: str | None) -> None:
    """A driver that handles errors itself leaves the class of one in the scope; the component's own says more."""
    if kept is None:
        return
    raised = _raised.get(run.start or 0.0)
    if raised is not None:
        mark(run, raised)
    else:
        tell = run.mark_timed_out if "timeout" in kept.lower() else run.mark_failed
        tell(kept)


def _graph() -> Any:
    try:
        return import_module("lfx.graph.graph.base").Graph
    except (ImportError, AttributeError):
        return None
