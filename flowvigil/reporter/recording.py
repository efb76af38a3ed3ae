"""Where runs land: one list per flow, appended to by callers, emptied by the folding thread.

A caller takes no lock and makes no system call. Under the interpreter lock `list.append`, slicing, `del` of a slice,
`dict.pop` and `bytearray.append` are atomic, and nothing else is done here. A free-threaded build is not supported.
Knows nothing of windows, settings or the network.
"""

from __future__ import annotations

from contextvars import ContextVar
from time import perf_counter, time

from .status import CANCELLED, FAILED, STATUSES, SUCCEEDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Told = tuple[tuple[str, float], ...]
    Ended = tuple[str, float, str | None, str | None, str | None, str | None, dict[str, str] | None, float, Told]
    Items = list[float | Ended]

MARK = 4096
"""A list of this many runs wakes the folding thread."""
HARD = 65_536
"""A list never holds more runs than this; the surplus is dropped and counted."""
TOTAL = 1_000_000
"""All lists together hold no more runs than this, unless there are so many that MARK of each is more."""
FLOWS = 1_000
"""Flow names beyond this number are reported as OTHER."""
NAME_CHARACTERS = 200
OTHER = "other"
DROPS = ("invalid", "overflow", "after_shutdown", "undeclared")


class Nowhere(list):  # type: ignore[type-arg]
    """Takes the runs of a process that reports nothing; keeps none, counts them (roughly, under threads)."""

    ignored = 0

    def append(self, _item: object) -> None:
        self.ignored += 1


class Recorder:
    """Collects runs. `live` says whether anybody will fetch them; `trace` gives the id of the present trace, if any.

    `starting` means that somebody soon will. `timed` means that every run keeps the time of its end, by which it is
    put in order among the runs of other processes. `plain` means live, not tracing and not timed: a succeeded run may
    be appended without another thought.
    `waiting` holds runs that wait for a human, by the framework's id: the flow's list, and the ms worked so far.
    `hurry` is called when a list is filling up, and by the first run of a process that is not live yet.
    A plain succeeded run is a float, its duration in milliseconds; any other is a tuple
    (status, duration_ms, error_type, run_id, trace_id, version, dimensions, time of the end, measures as told).
    """

    __slots__ = (
        "buffers",
        "current",
        "drops",
        "handles",
        "hard",
        "hurry",
        "hurrying",
        "live",
        "nowhere",
        "opened",
        "plain",
        "starting",
        "timed",
        "trace",
        "waiting",
        "warn",
    )

    def __init__(self) -> None:
        self.buffers: dict[str, Items] = {}
        self.opened: dict[float, Any] = {}
        self.waiting: dict[str, tuple[Items, float]] = {}
        self.current: ContextVar[float | None] = ContextVar("flowvigil_run", default=None)
        self.drops: dict[str, bytearray] = {reason: bytearray() for reason in DROPS}
        self.handles = 0
        self.hard = HARD
        self.live = False
        self.plain = False
        self.starting = False
        self.timed = False
        self.hurrying = False
        self.nowhere = Nowhere()
        self.trace: Callable[[], str | None] | None = None
        self.hurry: Callable[[], object] = int
        self.warn: Callable[[str, str], object] = _silent

    def settle(self, *, timed: bool) -> None:
        """Say whether every run keeps the time of its end."""
        self.timed = timed
        self.plain = self.live and self.trace is None and not timed

    def record(
        self,
        flow: str,
        duration_ms: float,
        success: bool = True,  # noqa: FBT001, FBT002 - the shape that users know
        *,
        status: str | None = None,
        error_type: str | None = None,
        version: str | None = None,
        dimensions: dict[str, str] | None = None,
    ) -> None:
        """Report one run that was measured elsewhere. `status` (one of STATUSES) overrules `success`. Never raises."""
        try:
            try:
                items = self.buffers[flow]
            except KeyError:
                items = self.admit(flow)
            if success and status is None and version is None and dimensions is None and self.plain:
                if len(items) < MARK:
                    items.append(duration_ms)
                else:
                    self.crowd(items, duration_ms)
            else:
                known = status if status is not None and status in STATUSES else SUCCEEDED if success else FAILED
                trace_id = self.trace() if self.trace is not None else None
                self.put(items, (known, duration_ms, error_type, None, trace_id, version, dimensions, time(), ()))
        except Exception:
            self.drops["invalid"].append(0)

    def handle(self, flow: str) -> Callable[[float], None]:
        """What reports succeeded runs of `flow` at the lowest cost: call it with a duration in milliseconds.

        Its list is bounded only by the fold that happens every second.
        """
        self.handles += 1
        return self.admit(flow).append

    def admit(self, flow: str) -> Items:
        """The list of a flow, made on first use. Surplus and hostile names share the list of OTHER."""
        if not self.live:
            self.hurry()
        return self.reserve(flow) if self.live or self.starting else self.nowhere

    def reserve(self, flow: str) -> Items:
        """As `admit`, but wakes nobody: for what is defined now and runs later."""
        if not isinstance(flow, str) or not str.__len__(flow):
            self.warn("name", f"a flow's name is a text, not {type(flow).__name__}; counted as {OTHER!r}")
            flow = OTHER
        flow = str.__str__(flow)  # whatever a subclass of it makes of its methods
        if flow in self.buffers:
            return self.buffers[flow]
        if len(flow) > NAME_CHARACTERS or len(self.buffers) >= FLOWS:
            self.warn(
                "cardinality", f"over {FLOWS} flows or {NAME_CHARACTERS} characters in a name: counted as {OTHER!r}"
            )
            flow = OTHER
        plain = flow.encode("utf-8", "replace").decode()
        items = self.buffers.setdefault(plain, [])
        self.hard = max(MARK, min(HARD, TOTAL // len(self.buffers)))
        return items

    def crowd(self, items: Items, item: Any) -> None:
        """Append to a list that is filling up, or drop."""
        if not self.hurrying:
            self.hurrying = True
            self.hurry()
        if len(items) < self.hard:
            items.append(item)
        else:
            self.drops["overflow"].append(0)

    def put(self, items: Items, item: Any) -> None:
        """Append with every check; starts the reporter if nobody listens yet."""
        if not self.live:
            self.hurry()
        if len(items) < MARK:
            items.append(item)
        else:
            self.crowd(items, item)

    def succeed(self, items: Items, duration_ms: float) -> None:
        """Append a run that simply succeeded, with the time of its end if every run keeps it."""
        ended = (SUCCEEDED, duration_ms, None, None, None, None, None, time(), ())
        self.put(items, ended if self.timed else duration_ms)

    def take(self, items: Items, most: int = MARK) -> Items:
        """The oldest runs of a list, removed from it. Only one thread may take."""
        chunk = items[:most]
        del items[: len(chunk)]
        return chunk

    def cancel_open(self) -> int:
        """Record every open run, once, as cancelled or as it was told; its later end is ignored. Returns how many."""
        ended, now, cancelled = time(), perf_counter(), 0
        for start in list(self.opened):
            run = self.opened.pop(start, None)
            if run is None:
                continue
            items, said = (run, None) if type(run) is list else (run.items, run.told())
            items.append(_interrupted((now - start) * 1e3, said, ended))
            cancelled += 1
        return cancelled

    def forget(self) -> None:
        """Drop everything without counting: what a forked child does with its parent's runs."""
        self.opened.clear()
        self.waiting.clear()
        self.hurrying = False
        for items in self.buffers.values():
            items.clear()
        for dropped in self.drops.values():
            dropped.clear()


def _interrupted(duration_ms: float, said: Any, ended: float) -> Ended:
    """An open run that nobody will wait for; `said` is what code has told of it, if anything."""
    if said is None:
        return (CANCELLED, duration_ms, None, None, None, None, None, ended, ())
    told = (said.error_type, said.run_id, None, said.version, said.dimensions, ended, tuple(said.measures))
    return (said.marked or CANCELLED, duration_ms, *told)


def _silent(_kind: str, _text: str) -> None:
    """Nobody listens yet."""


RECORDER = Recorder()
"""The process's recorder. Other instances exist in tests only."""


def _first_run() -> None:
    """Something runs and nobody listens yet: the reporter starts, if it is switched on.

    Meanwhile a signal handler or another thread may come here too; its runs wait for the same start. Switched off,
    the environment is looked at once a second, since a look costs many times what a recorded run does.
    """
    if RECORDER.starting or perf_counter() < _off_until[0]:
        return
    from .switch import switched_on, tell

    if not switched_on():
        _off_until[0] = perf_counter() + LOOK_S
        tell()
        return
    RECORDER.starting = True
    try:
        from .lifecycle import first_run

        first_run()
    except Exception as error:  # no descriptor left for an import, no memory for a thread: the next run tries again
        RECORDER.warn("start", f"cannot start: {type(error).__name__}: {error}")
    finally:
        RECORDER.starting = False


LOOK_S = 1.0
_off_until = [0.0]
RECORDER.hurry = _first_run
record = RECORDER.record
handle = RECORDER.handle
