"""The reporter: empties the recorder, closes windows, hands points and events to the channels, keeps its own books.

Every step takes the time as an argument. Knows nothing of threads, signals or processes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from threading import RLock
from time import perf_counter, sleep, thread_time
from typing import Any, NamedTuple

from . import contract
from .channel import Channel, Parcel
from .contract import FlowSettings, Place, Settings
from .events import Encode, RunEvents, reporter_parcel
from .folding import FlowFold
from .health import reporter_events
from .raw import RawPoints
from .recording import OTHER, Recorder
from .sinks.cms import ENTRY_BYTES
from .window import Window, points

ENOUGH = 1024
"""A list this long is folded before its minute ends, so that buffers stay small."""
SHOWN = 10
"""Names of flows that a log line lists at most."""


class Route(NamedTuple):
    """A channel and what goes into it: points, raw points or events, the latter in this form.

    With a `place`, only events of the flows whose store that is.
    """

    channel: Channel
    points: bool = False
    raw: bool = False
    events: Encode | None = None
    place: Place | None = None


class Reporter:
    """One process's reporter. `identity` tells it from every other one."""

    def __init__(
        self, recorder: Recorder, settings: Settings, routes: Sequence[Route], identity: str, now: float,
        *, versions: Callable[[FlowSettings], str] = lambda _flow: "", stopwatch: Callable[[], float] = perf_counter,
    ) -> None:  # fmt: skip
        self.recorder, self.settings, self.routes, self.identity = recorder, settings, routes, identity
        self.folded = 0
        self.dropped: Counter[str] = Counter()
        self.fold_s = 0.0
        self.idle = True
        self._minute = math.floor(now / 60)
        self._flows: dict[str, FlowFold] = {}
        self._learn(settings)
        self._versions, self._stopwatch = versions, stopwatch
        self._lock = RLock()

    def tick(self, now: float) -> None:
        """Fold what was recorded; when a minute has ended, close its window."""
        with self._lock:
            minute = math.floor(now / 60)
            self._fold(now, everything=minute != self._minute)
            if minute != self._minute:
                self._close(minute, now)

    def snapshot(self, now: float) -> None:
        """Hand over the open windows as they are; at their end they are handed over again, whole."""
        with self._lock:
            self.tick(now)
            self._fold(now, everything=True)
            for flow in self._flows.values():
                self._close_events(flow)
                fresh = flow.look().runs - flow.handed_over
                if fresh:
                    flow.handed_over += fresh
                    self._hand_over(flow, flow.look(), 60, self._minute * 60, fresh, now)
                    self._hand_over(flow, flow.look_five(), 300, self._minute // 5 * 300, 0, now)

    def configure(self, settings: Settings, routes: Sequence[Route] | None = None) -> None:
        """Take new settings, and routes that may be more than before; windows and unchanged streaks go on."""
        with self._lock:
            self.settings, self.routes = settings, routes or self.routes
            self._learn(settings)
            for name, flow in self._flows.items():
                self._close_events(flow)
                flow.configure(self._of(name))
                flow.consumers = self._consumers(flow.settings)

    def discard(self, reason: str) -> None:
        """Drop what was recorded, counted: nobody reports any more."""
        with self._lock:
            for items in list(self.recorder.buffers.values()):
                while items:
                    self.dropped[reason] += len(self.recorder.take(items))

    @property
    def unwatched(self) -> list[str]:
        """Flows that report and that the settings, if there are any, do not know."""
        return sorted(self._flows.keys() - self._known.keys() - {OTHER}) if self._known else []

    @property
    def unreported(self) -> int:
        """Folded runs of judged flows that no point accounts for yet."""
        return sum(flow.minute.runs - flow.handed_over for flow in list(self._flows.values()) if flow.settings.series)

    def _fold(self, now: float, *, everything: bool) -> None:
        """Empty the lists; a short one whose runs nobody waits for is left until its minute ends."""
        started = thread_time()
        recorder = self.recorder
        recorder.hurrying = False
        for name, items in list(recorder.buffers.items()):
            flow = self._flows.get(name) or self._begin(name)
            if not everything and len(items) < ENOUGH and not flow.consumers:
                continue
            while items:
                chunk = recorder.take(items)
                self._feed(flow, chunk, now)
                if items:
                    sleep(0)  # hand the interpreter back between chunks
        for reason, counted in recorder.drops.items():
            count = len(counted)
            del counted[:count]
            self.dropped[reason] += count
        self.fold_s += thread_time() - started

    def _feed(self, flow: FlowFold, chunk: Sequence[Any], now: float) -> None:
        self.folded += len(chunk)
        try:
            flow.feed(chunk, now)
        except Exception as error:
            self.folded -= len(chunk)
            self.dropped["fold_error"] += len(chunk)
            self.recorder.warn("fold", f"{len(chunk)} runs lost in folding: {type(error).__name__}: {error}")

    def _begin(self, name: str) -> FlowFold:
        if self._known and name not in self._known and name != OTHER:
            self._unknown(name)
        flow = self._flows[name] = FlowFold(self._of(name), self._invalid)
        flow.consumers = self._consumers(flow.settings)
        return flow

    def _learn(self, settings: Settings) -> None:
        """Streaks of many reporters' runs are judged by the times at which the runs ended."""
        self._known = {flow.flow: flow for flow in settings.flows}
        self.recorder.settle(timed=any(flow.reporters == contract.MANY for flow in settings.flows))

    def _unknown(self, name: str) -> None:
        """A name in code that no spec has is a flow without alarms, mostly by mistake."""
        some = ", ".join(sorted(self._known)[:SHOWN]) + ", …" * (len(self._known) > SHOWN)
        text = f"no rule watches the flow {name!r}: the settings file does not know it, but {some}"
        self.recorder.warn("unknown flow", f"{text}; stats() lists all such flows")

    def _of(self, name: str) -> FlowSettings:
        return self._known.get(name) or FlowSettings(name)

    def _invalid(self, count: int) -> None:
        self.folded -= count
        self.dropped["invalid"] += count

    def _odd(self, what: str) -> None:
        self.dropped[what] += 1

    def _consumers(self, flow: FlowSettings) -> list[Any]:
        constant = {
            contract.EVENT: contract.EVENT_RUN,
            contract.FLOW: contract.shorten(flow.flow, 200),
            contract.SERVICE: self.settings.service,
            contract.METRIC: contract.metric_path(flow.app, contract.LATENCY),
            contract.REPORTER: self.identity,
        }
        limits = [series.over_ms for series in flow.series if series.over_ms is not None]
        fast_ms = flow.slow_over_ms if flow.slow_over_ms is not None else min(limits, default=None)
        version = self._versions(flow)
        made: list[Any] = []
        for channel, encode in self._stores(flow):
            put = channel.put
            made.append(RunEvents(constant, flow.sampling, fast_ms, flow.dimensions, version, put, encode, self._odd))
        made += [RawPoints(flow, self.settings.service, route.channel.put) for route in self.routes if route.raw]
        return made

    def _stores(self, flow: FlowSettings) -> list[tuple[Channel, Encode]]:
        """Where the flow's events go, and in what form."""
        places = (None, self.settings.place(flow))
        return [(one.channel, one.events) for one in self.routes if one.events is not None and one.place in places]

    def _close(self, minute: int, now: float) -> None:
        begun, five_ends = self._minute * 60, minute // 5 != self._minute // 5
        ages = self._ages()
        for name, flow in self._flows.items():
            flow.minute.oldest_s = max(ages.get(name, ()), default=0.0)
            self._close_events(flow)
            done = flow.close_minute()
            fresh, flow.handed_over = done.runs - flow.handed_over, 0
            self._hand_over(flow, done, 60, begun, fresh, now)
            if five_ends:
                self._hand_over(flow, flow.close_five(), 300, self._minute // 5 * 300, 0, now)
        self._minute = minute
        if self.idle or self.folded:
            for fields in reporter_events(self, now, ages):
                for channel, encode in self._stores(self._of(fields[contract.FLOW])):
                    channel.put([reporter_parcel(now, fields, encode)])

    def _close_events(self, flow: FlowFold) -> None:
        for consumer in flow.consumers:
            consumer.close_minute()

    def _hand_over(self, flow: FlowFold, window: Window, period_s: int, begun: float, runs: int, now: float) -> None:
        if not flow.settings.series or not (self.idle or self.folded):
            return
        made = points(flow.settings, self.settings.service, window, flow.open_streaks(), period_s, int(begun * 1000))
        parcels = [Parcel(point, runs if index == 0 else 0, now, ENTRY_BYTES) for index, point in enumerate(made)]
        for route in self.routes:
            if route.points:
                route.channel.put(parcels)

    def _ages(self) -> dict[str, list[float]]:
        """The ages in seconds of each flow's open runs."""
        flows = {id(items): name for name, items in list(self.recorder.buffers.items())}
        now, ages = self._stopwatch(), dict[str, list[float]]()
        for start, run in list(self.recorder.opened.items()):
            name = flows.get(id(run if type(run) is list else run.items), "")
            ages.setdefault(name, []).append(now - start)
        return ages
