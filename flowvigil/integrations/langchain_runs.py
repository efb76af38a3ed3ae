"""The open runs of LangChain, by their ids: which are flows, and which happen inside one.

Knows nothing of callbacks. All handlers of a process share one `RUNS`, so that none counts what another has counted.
"""

from __future__ import annotations

from time import perf_counter
from uuid import UUID

from ..reporter.recording import RECORDER, Recorder
from ..reporter.runs import Run, open_run
from .langchain_measures import Tally

MOST = 10_000
"""So many runs, inner ones included, may be open, and so many are remembered after an error."""
OLDEST_S = 86_400.0
PAUSES = frozenset({"GraphInterrupt", "NodeInterrupt"})
"""Errors of a node by which LangGraph pauses a run; the root itself then ends without one."""


class Open:
    """One open LangChain run. `run` is the flow's run that it is (`root`) or belongs to; so is `tally`, if anyone asks.

    `before` is where the context stood; it stands there again afterwards.
    """

    __slots__ = ("before", "root", "run", "since", "tally")

    def __init__(self, run: Run, before: float | None, tally: Tally | None, *, root: bool) -> None:
        self.run, self.before, self.tally, self.root = run, before, tally, root
        self.since = perf_counter() if tally is not None else 0.0


class Runs:
    """Starts, enters and ends runs as LangChain tells of them, in any order and from any thread."""

    def __init__(self, recorder: Recorder = RECORDER) -> None:
        self._recorder = recorder
        self._open: dict[UUID, Open] = {}
        self._ended: set[UUID] = set()

    def start(self, run_id: UUID, flow: str, version: str | None, *, tallied: bool = False) -> None:
        """A run without a known parent: a run of `flow`, unless it happens inside a measured run.

        The context is left as it was: LangChain starts all runs of a batch in one context, and a stream shares its
        context with whoever reads it.
        """
        recorder = self._recorder
        before = recorder.current.get()
        if run_id in self._open or before in recorder.opened:
            return
        run = open_run(flow)
        recorder.current.set(before)
        if version is not None:
            run.set(version=version)
        self._open[run_id] = Open(run, before, Tally(flow) if tallied else None, root=True)
        self._give_up()

    def inside(self, run_id: UUID, parent: UUID | None) -> bool:
        """Whether a run is inside another. In its context, whatever else measures itself then belongs to that one.

        The other may be over: a thread goes on, and calls models, when the task that waits for it is cancelled.
        """
        outer = self._open.get(parent) if parent is not None else None
        if outer is None:
            return parent in self._ended and self._forget(run_id)
        if run_id not in self._open:
            current = self._recorder.current
            self._open[run_id] = Open(outer.run, current.get(), outer.tally, root=False)
            current.set(outer.run.start)
        return True

    def tally(self, run_id: UUID) -> Tally | None:
        """Where the measures of an open run go, if anyone asks for them."""
        found = self._open.get(run_id)
        return found.tally if found is not None else None

    def end(self, run_id: UUID, kind: str = "", error: BaseException | None = None) -> Tally | None:
        """A run is over; of one that was never seen to start, nothing is known.

        `kind` is that of a component whose time counts. Returns the tally of a flow's run.
        """
        ended = self._open.pop(run_id, None)
        if ended is None:
            return None
        if kind and ended.tally is not None:
            ended.tally.spend(kind, ended.since)
        if error is not None:
            self._forget(run_id)
        if ended.root:
            ended.run.end(error)
            return ended.tally
        current = self._recorder.current
        if current.get() == ended.run.start:
            current.set(ended.before)
        if error is not None and PAUSES & {cls.__name__ for cls in type(error).__mro__}:
            ended.run.mark_cancelled()
        return None

    def _forget(self, run_id: UUID) -> bool:
        """What calls this run its parent from now on is a rest, and no flow."""
        if len(self._ended) >= MOST:
            self._ended = set()
        self._ended.add(run_id)
        return True

    def _give_up(self) -> None:
        """Older releases do not tell of every cancelled run: its end is not awaited for ever."""
        while self._open:
            try:
                run_id, oldest = next(iter(self._open.items()))
            except RuntimeError:  # another thread has just added one
                return
            too_old = perf_counter() - (oldest.run.start or 0.0) > OLDEST_S
            if not too_old and len(self._open) <= MOST:
                return
            self._open.pop(run_id, None)
            if oldest.root:
                oldest.run.mark_cancelled()
                oldest.run.end()


RUNS = Runs()
