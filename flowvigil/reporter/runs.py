"""One run of a flow while it is open: the block API and what code inside a run may say about it.

Nested runs belong to the outer flow. Knows nothing of what happens to a run once it has ended.
"""

from __future__ import annotations

from time import perf_counter, time

from .outcome import error_type, outcome
from .recording import RECORDER
from .status import CANCELLED, FAILED, SUCCEEDED, TIMED_OUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from .recording import Items, Recorder


class Run:
    """An open run. Everything may be called at any time and from any thread; after the end it has no effect."""

    __slots__ = ("_id", "dimensions", "error_type", "items", "marked", "recorder", "start", "version")

    def __init__(self, recorder: Recorder, items: Items, start: float) -> None:
        self.recorder = recorder
        self.items = items
        self.start = start
        self.marked: str | None = None
        self.error_type: str | None = None
        self.version: str | None = None
        self.dimensions: dict[str, str] | None = None
        self._id: str | None = None

    @property
    def id(self) -> str:
        """32 hexadecimal digits that name this run in Log Service; write it into the application's own log."""
        if self._id is None:
            from os import urandom

            self._id = urandom(16).hex()
        return self._id

    def mark_failed(self, error: object = None) -> None:
        """The run fails although no exception says so. Of `error` only the class is kept; a text is taken as one."""
        self._mark(FAILED, error)

    def mark_timed_out(self, error: object = None) -> None:
        """The run ends timed out although no exception will say so."""
        self._mark(TIMED_OUT, error)

    def mark_cancelled(self) -> None:
        """The run was given up or paused on purpose: neither a success nor a failure."""
        self._mark(CANCELLED, None)

    def set(self, *, version: str | None = None, **dimensions: object) -> None:
        """Say which version of the flow runs, and give declared dimensions. Undeclared ones are dropped and counted."""
        if version is not None:
            self.version = version if isinstance(version, str) else type(version).__name__
        if dimensions:
            self.dimensions = {**(self.dimensions or {}), **dimensions}  # type: ignore[dict-item]

    def _mark(self, status: str, error: object) -> None:
        self.marked = status
        if isinstance(error, BaseException):
            self.error_type = error_type(error)
        elif isinstance(error, type):
            self.error_type = error.__qualname__
        elif isinstance(error, str):
            self.error_type = error[:200]

    def end(self, error: BaseException | None = None) -> None:
        """Close the run and record it, unless that has been done already."""
        duration_ms = (perf_counter() - self.start) * 1e3
        if self.recorder.opened.pop(self.start, None) is not None:
            self.finish(duration_ms, error)

    def finish(self, duration_ms: float, error: BaseException | None) -> None:
        status = self.marked or SUCCEEDED
        if error is not None:
            status = outcome(error)
            if status != CANCELLED:
                self.error_type = error_type(error)
        trace = self.recorder.trace
        trace_id = trace() if trace is not None else None
        details = (self._id, self.version, self.dimensions, self.error_type, trace_id)
        if status == SUCCEEDED and details == (None, None, None, None, None):
            self.recorder.put(self.items, duration_ms)
            return
        ended = (status, duration_ms, self.error_type, self._id, trace_id, self.version, self.dimensions, time())
        self.recorder.put(self.items, ended)


class Block:
    """What `flow(name)` returns: a context manager, plain and asynchronous, for one run at a time."""

    __slots__ = ("_inner", "_name", "_recorder", "_root", "_run")

    def __init__(self, recorder: Recorder, name: str, *, root: bool) -> None:
        self._recorder, self._name, self._root = recorder, name, root
        self._run: Any = None
        self._inner = False

    def __enter__(self) -> Run:
        recorder = self._recorder
        if not self._root and (outer := current_run(recorder)) is not None:
            self._inner = True
            return outer
        self._inner = False
        self._run = run = open_run(recorder, self._name)
        return run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if not self._inner:
            self._run.end(error)

    async def __aenter__(self) -> Run:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


def flow(name: str, *, root: bool = False) -> Block:
    """Measure a block: `with flow("poem") as run:` or `async with`.

    Inside another run the block belongs to that one, which `run` then is; `root=True` makes it a run of its own.
    """
    return Block(RECORDER, name, root=root)


def open_run(recorder: Recorder, name: str) -> Run:
    """Start a run now. Whoever opens it must call `end`."""
    try:
        items = recorder.buffers[name]
    except (KeyError, TypeError):
        items = recorder.admit(name)
    start = perf_counter()
    run = Run(recorder, items, start)
    recorder.opened[start] = run
    recorder.current.set(start)
    return run


def close(recorder: Recorder, run: Any, start: float, error: BaseException | None) -> None:
    """End what `recorder.opened` held of a run: its list, its Run, or None when it was recorded already."""
    duration_ms = (perf_counter() - start) * 1e3
    if run is None:
        return
    if type(run) is not Run:
        run = Run(recorder, run, start)
    run.finish(duration_ms, error)


def current_run(recorder: Recorder = RECORDER) -> Run | None:
    """The open run that this code is part of, or None."""
    start = recorder.current.get()
    if start is None:
        return None
    run = recorder.opened.get(start)
    if run is None or type(run) is Run:
        return run
    made = Run(recorder, run, start)
    recorder.opened[start] = made
    return made
