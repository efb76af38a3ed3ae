"""The open runs of LangChain, by their ids: which are flows, and which happen inside one.

Knows nothing of callbacks. All handlers of a process share one `RUNS`, so that none counts what another has counted.
"""

from __future__ import annotations

from time import perf_counter
from uuid import UUID

from ..reporter.recording import RECORDER, Recorder
from ..reporter.runs import Run, current_run, open_run

MOST = 10_000
"""So many runs, inner ones included, may be open, and so many are remembered after an error."""
OLDEST_S = 86_400.0
PAUSES = frozenset({"GraphInterrupt", "NodeInterrupt"})
"""Errors of a node by which LangGraph pauses a run; the root itself then ends without one."""


class Open:
    """One open LangChain run. `run` is the flow's run that it is (`root`) or belongs to.

    `ours` says that the flow's run was opened here, and nobody else measures it.
    `before` is where the context stood; it stands there again afterwards.
    A component, which has a `kind`, collects in `inside_ms` the times of those directly inside it; `within` is the
    component around it.
    """

    __slots__ = ("before", "inside_ms", "kind", "ours", "root", "run", "since", "streamed", "within")

    def __init__(
        self, run: Run, before: float | None, kind: str, within: Open | None, *, root: bool, ours: bool
    ) -> None:
        self.run, self.before, self.kind, self.within, self.root, self.ours = run, before, kind, within, root, ours
        self.streamed = False
        if kind:
            self.since = perf_counter()
            self.inside_ms: list[float] = []

    def token(self) -> None:
        """A model's token has come."""
        if not self.streamed:
            self.streamed = True
            self.run.measure(first_token_ms=(perf_counter() - (self.run.start or 0.0)) * 1e3)

    def spent(self) -> None:
        """A component is done; its time counts without that of the components inside it."""
        took_ms = (perf_counter() - self.since) * 1e3
        if self.within is not None:
            self.within.inside_ms.append(took_ms)
        self.run.measure(**{self.kind: max(0.0, took_ms - sum(self.inside_ms))})


class Runs:
    """Starts, enters and ends runs as LangChain tells of them, in any order and from any thread."""

    def __init__(self, recorder: Recorder = RECORDER) -> None:
        self._recorder = recorder
        self._open: dict[UUID, Open] = {}
        self._ended: set[UUID] = set()

    def start(self, run_id: UUID, flow: str, version: str | None, kind: str = "") -> None:
        """A run without a known parent: a run of `flow`, unless it happens inside a measured run. `kind` is a measure.

        The context is left as it was: LangChain starts all runs of a batch in one context, and a stream shares its
        context with whoever reads it.
        """
        recorder = self._recorder
        before = recorder.current.get()
        if run_id in self._open:
            return
        if before in recorder.opened:
            if (around := current_run()) is not None:
                self._open[run_id] = Open(around, before, kind, None, root=False, ours=False)
        else:
            run = open_run(flow)
            recorder.current.set(before)
            if version is not None:
                run.set(version=version)
            self._open[run_id] = Open(run, before, kind, None, root=True, ours=True)
        self._give_up()

    def inside(self, run_id: UUID, parent: UUID | None, kind: str = "") -> bool:
        """Whether a run is inside another. In its context, whatever else measures itself then belongs to that one.

        The other may be over: a thread goes on, and calls models, when the task that waits for it is cancelled.
        """
        outer = self._open.get(parent) if parent is not None else None
        if outer is None:
            return parent in self._ended and self._forget(run_id)
        if run_id not in self._open:
            current = self._recorder.current
            within = outer if outer.kind else outer.within
            self._open[run_id] = Open(outer.run, current.get(), kind, within, root=False, ours=outer.ours)
            current.set(outer.run.start)
        return True

    def find(self, run_id: UUID) -> Open | None:
        """An open run."""
        return self._open.get(run_id)

    def end(self, run_id: UUID, error: BaseException | None = None) -> Run | None:
        """A run is over; of one that was never seen to start, nothing is known. Returns the flow's run that it was."""
        ended = self._open.pop(run_id, None)
        if ended is None:
            return None
        if ended.kind:
            ended.spent()
        if error is not None:
            self._forget(run_id)
        if ended.root:
            ended.run.end(error)
            return ended.run
        current = self._recorder.current
        if current.get() == ended.run.start:
            current.set(ended.before)
        if error is not None and ended.ours and PAUSES & {cls.__name__ for cls in type(error).__mro__}:
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
