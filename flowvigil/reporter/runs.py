"""One run of a flow while it is open: the block API and what code inside a run may say about it.

Nested runs belong to the outer flow. Knows nothing of what happens to a run once it has ended.
"""

from __future__ import annotations

from time import perf_counter, time

from .outcome import error_type, outcome
from .recording import MARK, RECORDER
from .status import CANCELLED, FAILED, SUCCEEDED, TIMED_OUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from .recording import Items

_opened, _buffers = RECORDER.opened, RECORDER.buffers
_pop, _current, _enter = _opened.pop, RECORDER.current.get, RECORDER.current.set


class Details:
    """What code said about a run that began at `start`, or will begin if that is None. Most runs never need one."""

    __slots__ = ("dimensions", "error_type", "marked", "measures", "run_id", "start", "version")

    def __init__(self, start: float | None) -> None:
        self.start = start
        self.marked: str | None = None
        self.error_type: str | None = None
        self.version: str | None = None
        self.dimensions: dict[str, Any] | None = None
        self.measures: list[tuple[str, float]] = []
        self.run_id: str | None = None


class Run:
    """One run, and the context manager that measures it: `with flow("poem") as run:` or `async with`.

    Inside another run the block belongs to that one, which `run` then is. A block may be used again, one by one.
    What a run may be told (`set`, `mark_failed` …) may be told at any time and from any thread; after the end it has
    no effect. `start` is by the clock `time.perf_counter`, None before the start and inside another run.
    Made by `flow`; without an `__init__`, which costs 30 ns.
    """

    __slots__ = ("details", "items", "name", "start")
    name: str
    start: float | None
    details: Details | None
    items: Items

    def __enter__(self) -> Run:
        if _opened and _current() in _opened:
            self.start = None
            return current_run() or self
        try:
            self.items = _buffers[self.name]
        except Exception:  # no such flow yet, or a name that is none
            self.items = RECORDER.admit(self.name)
        self.start = start = perf_counter()
        _opened[start] = self
        _enter(start)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        start: Any = self.start  # None inside another run, and nothing is open under that
        if _pop(start, None) is not self:
            return
        items = self.items
        if kind is None and self.details is None and RECORDER.plain and len(items) < MARK:
            items.append((perf_counter() - start) * 1e3)
        else:
            self.finish((perf_counter() - start) * 1e3, error)

    async def __aenter__(self) -> Run:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, tb)

    @property
    def id(self) -> str:
        """32 hexadecimal digits that name this run in Log Service; write it into the application's own log."""
        details = self._detailed()
        if details.run_id is None:
            from os import urandom

            details.run_id = urandom(16).hex()
        return details.run_id

    def mark_failed(self, error: object = None) -> None:
        """The run fails although no exception says so. Of `error` only the class is kept; a text is taken as one."""
        self._mark(FAILED, error)

    def mark_timed_out(self, error: object = None) -> None:
        """The run ends timed out although no exception says so."""
        self._mark(TIMED_OUT, error)

    def mark_cancelled(self) -> None:
        """The run was given up or paused: neither a success nor a failure. A failure that was told before stays one."""
        details = self._detailed()
        details.marked = details.marked or CANCELLED

    def set(self, *, version: str | None = None, **dimensions: object) -> None:
        """Say which version of the flow runs, and give declared dimensions. Undeclared ones are dropped and counted."""
        details = self._detailed()
        if version is not None:
            details.version = version if isinstance(version, str) else type(version).__name__
        if dimensions:
            details.dimensions = {**(details.dimensions or {}), **dimensions}

    def measure(self, **amounts: float) -> None:
        """Add to what happens inside the run: `input_tokens`, `output_tokens`, and in ms `model_ms`, `retriever_ms`,
        `tool_ms`; of `first_token_ms`, counted from the start of the run, the smallest stays.

        Other names, and amounts below 0 or without end, are dropped and counted.
        """
        self._detailed().measures.extend(amounts.items())

    def end(self, error: BaseException | None = None) -> None:
        """Close a run that was entered by hand, unless it has been recorded already."""
        self.__exit__(None if error is None else type(error), error, None)

    def finish(self, duration_ms: float, error: BaseException | None) -> None:
        """Record the end of a run that is no longer open."""
        trace_id = RECORDER.trace() if RECORDER.trace is not None else None
        if self.details is None and trace_id is None and (error is None or outcome(error) == SUCCEEDED):
            RECORDER.succeed(self.items, duration_ms)
            return
        said = self.told() or Details(self.start)
        said.start = self.start
        status, kind = said.marked or SUCCEEDED, said.error_type
        judged = None if error is None else outcome(error)
        if error is not None and judged in (FAILED, TIMED_OUT):
            status, kind = judged, error_type(error)
        elif judged is not None:
            status = said.marked or judged  # whoever waited may leave because of a failure; that hides none
        rest = (kind, said.run_id, trace_id, said.version, said.dimensions, time(), tuple(said.measures))
        RECORDER.put(self.items, (status, duration_ms, *rest))

    def told(self) -> Details | None:
        """What code has said of this run; what it said of an earlier one of the same block is not of this one."""
        said = self.details
        return said if said is not None and said.start in (None, self.start) else None

    def _detailed(self) -> Details:
        said = self.told()
        if said is None:
            said = self.details = Details(self.start)
        return said

    def _mark(self, status: str, error: object) -> None:
        details = self._detailed()
        details.marked = status
        if isinstance(error, BaseException):
            details.error_type = error_type(error)
        elif isinstance(error, type):
            details.error_type = error.__qualname__
        elif isinstance(error, str):
            details.error_type = error[:200]


class RootRun(Run):
    """A run of its own inside another one, which goes on where it stood when this one ends."""

    __slots__ = ("before",)

    def __enter__(self) -> Run:
        self.before = _current()
        _enter(None)
        return super().__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        super().__exit__(kind, error, tb)
        if _current() == self.start:
            _enter(self.before)


def flow(name: str, root: bool = False) -> Run:  # noqa: FBT001, FBT002 - the shape that users know
    """Measure a block: `with flow("poem") as run:`. A `root` is a run of its own even inside another one."""
    run = RootRun() if root else Run()
    run.name = name
    run.start = run.details = None
    return run


def close(run: Any, start: float, error: BaseException | None) -> None:
    """End what `RECORDER.opened` held of a run: its list, its Run, or None when it was recorded already."""
    duration_ms = (perf_counter() - start) * 1e3
    if run is None:
        return
    if type(run) is list:
        if error is None and RECORDER.trace is None:
            RECORDER.succeed(run, duration_ms)
            return
        run = _run(run, start)
    run.finish(duration_ms, error)


def current_run() -> Run | None:
    """The open run that this code is part of, or None."""
    start = _current()
    if start is None:
        return None
    run = _opened.get(start)
    if type(run) is list:
        run = _opened[start] = _run(run, start)
    return run


def _run(items: Items, start: float) -> Run:
    run = flow("")
    run.items, run.start = items, start
    return run
