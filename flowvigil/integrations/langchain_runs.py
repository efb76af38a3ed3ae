"""The open runs of LangChain, by their ids: which are flows, and which happen inside one.

Knows nothing of callbacks. All handlers of a process share one `RUNS`, so that none counts what another has counted.
What every run passes through makes few calls and few objects: between two runs LangChain has emptied the processor's
caches, and each call costs several times what it costs in a loop.
"""

from __future__ import annotations

from time import perf_counter
from uuid import UUID

from ..reporter.recording import RECORDER
from ..reporter.runs import Run, current_run
from .langchain_measures import Component

MOST = 10_000
"""So many runs, inner ones included, may be open, and so many are remembered after an error."""
OLDEST_S, LOOK_S = 86_400.0, 60.0
"""The age at which a run is given up, and how often somebody looks."""
REST_S = 600.0
"""So long what goes on after a run's error belongs to it: then it may be a worker that the run has started."""
PAUSES = frozenset({"GraphInterrupt", "NodeInterrupt"})
"""Errors of a node by which LangGraph pauses a run; the root itself then ends without one."""
FOREIGN, OURS, ROOT = 0, 1, 2
"""Inside a run that something else measures; inside one of ours; one of ours itself."""

Open = tuple[Run, "float | None", "Component | None", "Component | None", int]
"""The flow's run, where the context stood before, the component that it is, the one around it, and its place."""

_current, _enter, _opened, _buffers = RECORDER.current.get, RECORDER.current.set, RECORDER.opened, RECORDER.buffers


class Runs:
    """Starts, enters and ends runs as LangChain tells of them, in any order and from any thread."""

    def __init__(self) -> None:
        self._open: dict[int, Open] = {}
        self._ended: dict[int, float] = {}
        self._look_at = 0.0

    def start(self, run_id: UUID, name: str, version: str | None, kind: str = "") -> None:
        """A run without a known parent: a run of the flow `name`, unless it happens inside a measured run.

        `kind` is the measure that its time belongs to. The context is left as it was: LangChain starts all runs of a
        batch in one context, and a stream shares its context with whoever reads it.
        """
        key, before = run_id.int, _current()
        if key in self._open:
            return
        component = Component(kind, None) if kind else None
        if before in _opened:
            if (around := current_run()) is not None:
                self._open[key] = (around, before, component, None, FOREIGN)
        else:
            run = Run()
            run.name, run.details = name, None
            try:
                run.items = _buffers[name]
            except (KeyError, TypeError):
                run.items = RECORDER.admit(name)
            run.start = start = perf_counter()
            _opened[start] = run
            self._open[key] = (run, before, component, None, ROOT)
            if version is not None:
                run.set(version=version)
            if start >= self._look_at:
                self._give_up(start)
        if len(self._open) > MOST:
            self._give_up(perf_counter())

    def inside(self, run_id: UUID, parent: UUID, kind: str = "") -> bool:
        """Whether a run is inside another. In its context, whatever else measures itself then belongs to that one.

        The other may be over: a thread goes on, and calls models, when the task that waits for it is cancelled.
        """
        key, outer = run_id.int, self._open.get(parent.int)
        if outer is None:
            since = self._ended.get(parent.int)
            return since is not None and perf_counter() - since < REST_S and self._forget(key)
        if key not in self._open:
            run, _, around, further, place = outer
            within = around or further
            component = Component(kind, within) if kind else None
            self._open[key] = (run, _current(), component, within, OURS if place else FOREIGN)
            _enter(run.start)
        return True

    def find(self, run_id: UUID) -> Open | None:
        """An open run."""
        return self._open.get(run_id.int)

    def end(self, run_id: UUID, error: BaseException | None = None) -> Run | None:
        """A run is over; of one that was never seen to start, nothing is known. Returns the flow's run that it was."""
        ended = self._open.pop(run_id.int, None)
        if ended is None:
            return None
        run, before, component, _, place = ended
        if component is not None:
            component.done(run)
        if error is not None:
            self._forget(run_id.int)
        if place == ROOT:
            run.__exit__(None if error is None else type(error), error, None)
            return run
        if _current() == run.start:
            _enter(before)
        if error is not None and place == OURS and PAUSES & {cls.__name__ for cls in type(error).__mro__}:
            run.mark_cancelled()
        return None

    def _forget(self, key: int) -> bool:
        """What calls this run its parent from now on is a rest, and no flow."""
        if len(self._ended) >= MOST:
            self._ended = {}
        self._ended[key] = perf_counter()
        return True

    def _give_up(self, now: float) -> None:
        """Older releases do not tell of every cancelled run: its end is not awaited for ever."""
        self._look_at = now + LOOK_S
        while self._open:
            try:
                key, (run, _, _, _, place) = next(iter(self._open.items()))
            except RuntimeError:  # another thread has just added one
                return
            if now - (run.start or now) <= OLDEST_S and len(self._open) <= MOST:
                return
            self._open.pop(key, None)
            if place == ROOT:
                run.mark_cancelled()
                run.end()


RUNS = Runs()
