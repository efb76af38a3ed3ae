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

    from .recording import Items, Recorder


class Run:
    """One run, and the context manager that measures it: `with flow("poem") as run:` or `async with`.

    Inside another run the block belongs to that one, which `run` then is; `root=True` makes it a run of its own.
    What a run may be told (`set`, `mark_failed` …) may be told at any time and from any thread; after the end it has
    no effect. Defaults are class attributes because most runs never change them and all would pay for setting them.
    """

    detailed = False
    start: float | None = None
    marked: str | None = None
    error_type: str | None = None
    version: str | None = None
    dimensions: dict[str, Any] | None = None
    given_id: str | None = None

    def __init__(self, name: str, root: bool = False, recorder: Recorder = RECORDER) -> None:  # noqa: FBT001, FBT002
        self.name = name
        self.root = root
        self.recorder = recorder

    def __enter__(self) -> Run:
        recorder = self.recorder
        if recorder.current.get() in recorder.opened and not self.root:
            self.start = None
            return current_run(recorder) or self
        try:
            self.items = recorder.buffers[self.name]
        except (KeyError, TypeError):
            self.items = recorder.admit(self.name)
        self.start = start = perf_counter()
        recorder.opened[start] = self
        recorder.current.set(start)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        recorder, start = self.recorder, self.start
        if start is None or recorder.opened.pop(start, None) is not self:
            return
        items = self.items
        if kind is None and not self.detailed and recorder.plain and len(items) < MARK:
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
        if self.given_id is None:
            from os import urandom

            self.given_id = urandom(16).hex()
            self.detailed = True
        return self.given_id

    def mark_failed(self, error: object = None) -> None:
        """The run fails although no exception says so. Of `error` only the class is kept; a text is taken as one."""
        self._mark(FAILED, error)

    def mark_timed_out(self, error: object = None) -> None:
        """The run ends timed out although no exception says so."""
        self._mark(TIMED_OUT, error)

    def mark_cancelled(self) -> None:
        """The run was given up or paused on purpose: neither a success nor a failure."""
        self._mark(CANCELLED, None)

    def set(self, *, version: str | None = None, **dimensions: object) -> None:
        """Say which version of the flow runs, and give declared dimensions. Undeclared ones are dropped and counted."""
        self.detailed = True
        if version is not None:
            self.version = version if isinstance(version, str) else type(version).__name__
        if dimensions:
            self.dimensions = {**(self.dimensions or {}), **dimensions}

    def end(self, error: BaseException | None = None) -> None:
        """Close a run that `open_run` opened, unless it has been recorded already."""
        self.__exit__(None if error is None else type(error), error, None)

    def finish(self, duration_ms: float, error: BaseException | None) -> None:
        """Record the end of a run that is no longer open."""
        status = self.marked or SUCCEEDED
        if error is not None:
            status = outcome(error)
            if status != CANCELLED:
                self.error_type = error_type(error)
        trace = self.recorder.trace
        trace_id = trace() if trace is not None else None
        if status == SUCCEEDED and not self.detailed and trace_id is None:
            self.recorder.put(self.items, duration_ms)
            return
        details = (self.error_type, self.given_id, trace_id, self.version, self.dimensions)
        self.recorder.put(self.items, (status, duration_ms, *details, time()))

    def _mark(self, status: str, error: object) -> None:
        self.detailed = True
        self.marked = status
        if isinstance(error, BaseException):
            self.error_type = error_type(error)
        elif isinstance(error, type):
            self.error_type = error.__qualname__
        elif isinstance(error, str):
            self.error_type = error[:200]


flow = Run


def open_run(recorder: Recorder, name: str) -> Run:
    """Start a run now, a run of its own. Whoever opens it must call `end`."""
    return Run(name, True, recorder).__enter__()  # noqa: FBT003


def close(recorder: Recorder, run: Any, start: float, error: BaseException | None) -> None:
    """End what `recorder.opened` held of a run: its list, its Run, or None when it was recorded already."""
    duration_ms = (perf_counter() - start) * 1e3
    if run is None:
        return
    if type(run) is list:
        run = _with_details(recorder, run, start)
    run.finish(duration_ms, error)


def current_run(recorder: Recorder = RECORDER) -> Run | None:
    """The open run that this code is part of, or None."""
    start = recorder.current.get()
    if start is None:
        return None
    run = recorder.opened.get(start)
    if type(run) is list:
        run = recorder.opened[start] = _with_details(recorder, run, start)
    return run


def _with_details(recorder: Recorder, items: Items, start: float) -> Run:
    run = Run("", True, recorder)  # noqa: FBT003
    run.items, run.start = items, start
    return run
