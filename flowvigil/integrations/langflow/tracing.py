"""Runs by LangFlow's tracing service, for 1.8 to 1.11, whose graphs have no span around a run.

The service is told of a run's beginning, of every component, and of most ends: not when a client goes away, twice in
the playground, and for some failures without the error. So a run fails when a component of it raises, ends with the
first end that is told, and at the latest with the task that runs it; if that leaves a component at work, somebody
has given the run up. In 1.11, the first release that can wait for a human, a graph says so when a component has asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import Any

from ...reporter.runs import Run, flow
from ..sources import Sources
from . import waiting
from .flows import named
from .span import mark


class Traced:
    """One run. `outer` is the run in whose context it began, which its end must not end.

    `known_as` is LangFlow's id of it, `before_ms` how long it worked before it waited for a human; `waits` is when
    the last component was done after one had asked a human, by `perf_counter`. `working` counts components at work,
    None before the first.
    """

    __slots__ = ("before_ms", "known_as", "outer", "over", "run", "waits", "working")

    def __init__(self, run: Run, outer: Traced | None, known_as: str, before_ms: float) -> None:
        self.run, self.outer, self.over = run, outer, False
        self.working: int | None = None
        self.known_as, self.before_ms = known_as, before_ms
        self.waits: float | None = None

    def end(self) -> None:
        """Record it, once, or set it aside if it waits."""
        if self.over:
            return
        self.over = True
        told = self.run.told()
        if self.waits is not None and not (told and told.marked):
            waiting.set_aside(self.run, self.known_as, self.before_ms, self.waits)
        else:
            waiting.end(self.run, self.before_ms)

    def task_done(self, task: asyncio.Task[object]) -> None:
        """Nobody told of its end: the task that ran it was cancelled, has left it, or is simply over."""
        if not self.over and (task.cancelled() or self.working):
            self.run.mark_cancelled()
        self.end()


_present: ContextVar[Traced | None] = ContextVar("flowvigil_traced", default=None)


def begin(run_id: str, run_name: str, flow_id: str | None, known: Sources) -> None:
    """A run begins in this task. Its name is the flow's with its id behind; either may be `None`, as text.

    The server may tell of it twice before it runs. Only a component runs a flow inside a flow; where none is at work,
    the run before is over although nobody told, or goes on after it waited: its id stays, and its first part is over.
    """
    outer = _open()
    if outer is not None:
        if outer.working is None and outer.known_as == run_id:
            return
        if outer.waits is not None or not outer.working:
            outer.end()
    name, _, last = run_name.rpartition(" - ")
    identity = str(flow_id or last)
    found = named("" if name == "None" else name, "" if identity == "None" else identity, known)
    run = flow(found.flow)
    run.__enter__()
    if found.version:
        run.set(version=found.version)
    traced = Traced(run, _open(), run_id, waiting.goes_on(run_id))
    _present.set(traced)
    task = asyncio.current_task()
    if task is not None:
        task.add_done_callback(traced.task_done)


@contextmanager
def component(graph: Any) -> Iterator[None]:
    """A component of the present run works; what it raises is how the run ends, and it may ask a human."""
    traced = _open()
    if traced is None:
        yield
        return
    traced.working = (traced.working or 0) + 1
    try:
        yield
    except BaseException as error:
        mark(traced.run, error)
        raise
    finally:
        traced.working -= 1
        if getattr(graph, "pause_requested", False) and getattr(graph, "checkpointing_enabled", False):
            traced.waits = perf_counter()


def end(error: BaseException | None) -> None:
    """The end of the present run is told; another for a run that is over already changes nothing."""
    traced = _open()
    if traced is not None:
        if error is not None:
            mark(traced.run, error)
        traced.end()


def _open() -> Traced | None:
    """The innermost run of this context that is not over."""
    traced = _present.get()
    while traced is not None and traced.over:
        traced = traced.outer
    return traced
