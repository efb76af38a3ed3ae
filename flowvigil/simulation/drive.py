"""Drives flows minute by minute: their runs into real reporters, their points and events to the pretend cloud.

Every reporter has already told a minute ago that it lives, so that no alert misses it at the beginning.
The clock is the cloud's. A virtual one is moved on by a minute at a time, when a relay that lives by it has followed;
with a real one each minute is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from flowvigil.reporter.channel import Channel
from flowvigil.reporter.contract import MANY, TIMED_OUT, FlowSettings, Settings
from flowvigil.reporter.events import as_log
from flowvigil.reporter.recording import Recorder
from flowvigil.reporter.reporter import Reporter, Route
from flowvigil.reporter.sinks.cms import CmsSink
from flowvigil.reporter.sinks.log import LogSink

from .cloud import PretendCloud
from .relayed import Follower
from .shapes import Moment, Run, Shape

MINUTE_S = 60
SLOW_MS = 5000.0
"""What a flow calls slow when its settings do not say."""
SEVERAL = 3
"""Reporters of a flow that has `reporters: many`."""
ENTRIES = 100
TIMEOUT_S = 10.0


@dataclass
class Report:
    """What a simulation came to."""

    minutes: int = 0
    runs: int = 0
    undelivered: int = 0
    messages: list[dict[str, object]] = field(default_factory=list)


@dataclass
class _Driven:
    """One flow: its shape, its chance, its reporters."""

    settings: FlowSettings
    shape: Shape
    chance: Random
    reporters: list[tuple[Recorder, Reporter, list[Channel]]]
    dead: bool = False
    hanging: float | None = None
    """When its open run began, in seconds."""

    @property
    def limit_ms(self) -> float:
        limits = [series.over_ms for series in self.settings.series if series.over_ms]
        return self.settings.slow_over_ms or min(limits, default=SLOW_MS)


class Drive:
    """`shapes` maps flows to what their traffic looks like; `speed` is virtual minutes a real one, 0 without limit."""

    def __init__(
        self, cloud: PretendCloud, settings: Settings, shapes: Mapping[str, Shape], *, seed: int = 1,
        speed: float = 0.0, sleep: Callable[[float], None] = time.sleep, relay: Follower | None = None,
    ) -> None:  # fmt: skip
        self._relay = relay
        self.cloud, self.settings, self.speed, self._sleep = cloud, settings, speed, sleep
        self._virtual = cloud.virtual
        self._start_s = self._now_s = cloud.now_ms() / 1000 - 2 * MINUTE_S
        known = {flow.flow: flow for flow in settings.flows}
        self._flows = [self._driven(known[name], shape, seed) for name, shape in shapes.items()]
        self._end_minute(self._start_s + MINUTE_S)
        self._start_s = self._whole_minute()
        self._end_minute(self._start_s)

    def run(self, minutes: int, tell: Callable[[Report], None] = lambda _report: None) -> Report:
        """Let so many minutes pass; `tell` hears of each. Raises CloudGone."""
        report = Report()
        seen = max((int(one["seq"]) for one in self.cloud.messages()), default=0)
        try:
            for minute in range(minutes):
                report.runs += self._minute(minute, minutes)
                report.minutes += 1
                tell(report)
            self._pass_time(MINUTE_S)
            self._let_follow()
            report.messages = self.cloud.messages(seen)
        finally:
            report.undelivered = sum(channel.waiting for channel in self._channels())
            self._close()
        return report

    def _minute(self, minute: int, minutes: int) -> int:
        """One minute of all flows, in steps, then the cloud's clock moves and what was measured is delivered."""
        begun = self._start_s + minute * MINUTE_S
        runs = 0
        for flow in self._flows:
            now = Moment(minute, minute / minutes, flow.limit_ms, flow.chance)
            made = flow.shape.runs(now)
            flow.dead = made is None
            for place, run in enumerate(made or ()):
                self._record(flow, flow.reporters[place % len(flow.reporters)], run, begun)
            runs += len(made or ()) + self._hang(flow, begun, hangs=flow.shape.hangs(now))
        self._pass_time(MINUTE_S)
        self._end_minute(begun + MINUTE_S)
        return runs

    def _hang(self, flow: _Driven, now: float, *, hangs: bool) -> int:
        """Begin a run and leave it open, or give up the one that hangs; how many ended."""
        opened, items = flow.reporters[0][0].opened, flow.reporters[0][0].buffers[flow.settings.flow]
        if hangs and flow.hanging is None:
            flow.hanging = now
            opened[now] = items
        elif not hangs and flow.hanging is not None:
            del opened[flow.hanging]
            given_up = Run(0, (now - flow.hanging) * 1000, TIMED_OUT, "ReadTimeout")
            self._record(flow, flow.reporters[0], given_up, now)
            flow.hanging = None
            return 1
        return 0

    def _end_minute(self, now: float) -> None:
        self._now_s = now
        for flow in self._flows:
            for _, reporter, channels in () if flow.dead else flow.reporters:
                reporter.tick(now)
                _deliver(channels, now)

    def _record(self, flow: _Driven, of: tuple[Recorder, Reporter, list[Channel]], run: Run, begun: float) -> None:
        recorder = of[0]
        known = (run.status, run.duration_ms, run.error_type, None, None, run.version, None)
        recorder.put(recorder.admit(flow.settings.flow), (*known, begun + run.at, run.told))

    def _whole_minute(self) -> float:
        """Wait for the cloud's next whole minute, in seconds since the epoch."""
        now = self.cloud.now_ms() / 1000
        self._pass_time(-now % MINUTE_S)
        return now + -now % MINUTE_S

    def _pass_time(self, seconds: float) -> None:
        if self._virtual:
            self._let_follow()
            self.cloud.advance(seconds)
        if not self._virtual or self.speed:
            self._sleep(seconds / self.speed if self._virtual else seconds)

    def _let_follow(self) -> None:
        if self._relay:
            self._relay.follow(self.cloud.now_ms())

    def _driven(self, flow: FlowSettings, shape: Shape, seed: int) -> _Driven:
        count = SEVERAL if flow.reporters == MANY else 1
        reporters = [self._reporter(flow, f"simulated-{flow.flow}-{place + 1}") for place in range(count)]
        return _Driven(flow, shape, Random(f"{seed}/{flow.flow}"), reporters)  # noqa: S311 - traffic, not secrets

    def _reporter(self, flow: FlowSettings, identity: str) -> tuple[Recorder, Reporter, list[Channel]]:
        recorder = Recorder()
        recorder.live = True
        recorder.reserve(flow.flow)
        routes = list(self._routes(flow, identity))
        reporter = Reporter(recorder, self.settings, routes, identity, self._start_s, stopwatch=lambda: self._now_s)
        return recorder, reporter, [route.channel for route in routes]

    def _routes(self, flow: FlowSettings, identity: str) -> Iterator[Route]:
        base = f"http://{self.cloud.address}"
        if flow.series:
            yield Route(Channel(CmsSink(base, self.cloud.caller(), ENTRIES)), points=True)
        if place := self.settings.place(flow):
            yield Route(Channel(LogSink(base, *place, identity, self.cloud.caller())), events=as_log)

    def _channels(self) -> Iterator[Channel]:
        for flow in self._flows:
            for _, _, channels in flow.reporters:
                yield from channels

    def _close(self) -> None:
        for channel in self._channels():
            channel.sink.close()


def _deliver(channels: Iterable[Channel], now: float) -> None:
    """Send what waits; what the cloud refuses now is tried again at the end of the next minute."""
    for channel in channels:
        while channel.step(now, TIMEOUT_S) <= now and channel.waiting:
            pass
