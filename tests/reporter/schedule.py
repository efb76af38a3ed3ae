"""One seeded schedule of faults on a virtual clock and a virtual service, with the books checked after every step."""

import random
import re
import zlib
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from flowvigil.reporter.channel import EXPIRY_S, Channel
from flowvigil.reporter.contract import FlowSettings, Place, Series, Settings
from flowvigil.reporter.events import as_log
from flowvigil.reporter.health import stats
from flowvigil.reporter.recording import MARK, Recorder
from flowvigil.reporter.reporter import Reporter, Route
from flowvigil.reporter.sinks.cloud import Caller, CannotSignError
from flowvigil.reporter.sinks.cms import CmsSink
from flowvigil.reporter.sinks.log import LogSink
from flowvigil.reporter.wire.http import Answer, NoAnswerError
from flowvigil.reporter.wire.rpc import Keys

FLOWS = ("poem", "search")
STEPS = ("record", "record", "fold", "send", "send", "wait", "change", "jump", "flush", "move")
START = 1_800_000_000.0
STATUSES = ("succeeded", "succeeded", "succeeded", "failed", "timed_out", "cancelled")
FAULTS = ("fine", "hang", "reset_before", "reset_after", "throttle", "error", "garbage", "partial", "denied", "skewed",
          "token", "killed")  # fmt: skip
HOME, OWN = Place("p", "s"), Place("own", "s")
RUN_ID = re.compile(rb"run_id\x12\x20([0-9a-f]{32})")


@dataclass
class World:
    """The service and the credentials as the reporter meets them; `mood` is the present fault."""

    rng: random.Random
    now: float = START
    mood: str = "fine"
    astray: int = 0
    stored_runs: set[bytes] = field(default_factory=set)
    stored_points: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def request(self, _method: str, url: str, body: bytes, _headers: dict[str, str], timeout_s: float) -> Answer:
        mood = self.mood if self.rng.random() < 0.8 else "fine"
        if mood == "killed":
            raise SystemExit
        if mood in ("hang", "reset_before"):
            self.now += timeout_s if mood == "hang" else 0.01
            raise NoAnswerError(mood)
        answers = {
            "throttle": (400, b'{"Code":"Throttling.User"}'),
            "error": (500, b""),
            "garbage": (200, b"\x00\xff<html>") if url.endswith("/") else (500, b"\xff"),
            "denied": (403, b'{"Code":"NoPermission"}'),
            "skewed": (400, b'{"Code":"InvalidTimeStamp.Expired"}'),
            "token": (400, b'{"Code":"InvalidSecurityToken.Expired"}'),
        }
        if mood in answers:
            return Answer(answers[mood][0], {"date": "Fri, 15 Jan 2027 09:00:00 GMT"}, answers[mood][1])
        if mood == "partial" and url.endswith("/") and self.rng.random() < 0.5:
            return Answer(200, {}, b'{"Code":"206","Message":"reach max time series num"}')
        self._store(url, body)
        if mood == "reset_after":
            raise NoAnswerError("reset after the request was carried out")
        return Answer(200, {"x-log-requestid": "1"}, b'{"Code":"200"}')

    def close(self) -> None: ...

    def keys(self, _now: float, _timeout_s: float) -> Keys:
        if self.mood == "token" and self.rng.random() < 0.3:
            raise CannotSignError("expired")
        return Keys("id", "secret")

    def expired(self) -> None: ...

    def _store(self, url: str, body: bytes) -> None:
        if not url.endswith("/"):
            logs = zlib.decompress(body)
            self.astray += url.startswith(f"http://{OWN.project}.") and b"poem" in logs
            self.stored_runs |= set(RUN_ID.findall(logs))
            return
        flat = dict(parse_qsl(body.decode()))
        for name, value in flat.items():
            if name.endswith(".Values"):
                start = name[: -len("Values")]
                self.stored_points[flat[start + "MetricName"], flat[start + "Period"], flat[start + "Time"]] = value


class Schedule:
    """A reporter in that world, driven step by step by the seed.

    Runs of `poem` go to the stack's store, those of `search` to one of its own, until settings say otherwise.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.world = World(self.rng)
        self.recorder = Recorder()
        self.recorder.live = self.recorder.plain = True
        self.recorded = 0
        flow = FlowSettings("poem", sampling=self.rng.choice((1, 1, 3)), series=(Series("m", "no_runs", "no_runs"),))
        cms = CmsSink("http://cms.test", Caller(self.world, self.world), self.rng.choice((1, 2, 20)))
        self.cms = Channel(cms, seed=seed)
        self.logs = [Channel(self._store(place), seed=seed) for place in (HOME, OWN)]
        self.channels = [self.cms, *self.logs]
        routes = [Route(self.cms, points=True)]
        routes += [Route(log, events=as_log, place=place) for log, place in zip(self.logs, (HOME, OWN), strict=True)]
        own = flow._replace(flow="search", log_project=OWN.project, logstore=OWN.logstore)
        settings = Settings("svc", "cn", log_project=HOME.project, logstore=HOME.logstore, flows=(flow, own))
        self.reporter = Reporter(self.recorder, settings, routes, "r", START)

    def _store(self, place: Place) -> LogSink:
        log = LogSink("http://log.test", *place, "h", Caller(self.world, self.world))
        log.queue = self.rng.choice((20, 1000))
        log.entries = self.rng.choice((3, 4096))
        return log

    def run(self, steps: int = 20) -> None:
        for _ in range(steps):
            getattr(self, self.rng.choice(STEPS))()
            self.check()
        self.world.mood = "fine"
        self.recover()

    def record(self) -> None:
        for _ in range(self.rng.choice((1, 3, 30))):
            value = self.rng.choice((5.0, 7000.0, 0, float("nan"), -1.0, "x", 1e308, None))
            self.recorder.record(self.rng.choice(FLOWS), value, status=self.rng.choice(STATUSES), error_type="E")
            self.recorded += 1

    def fold(self) -> None:
        self.reporter.tick(self.world.now)

    def flush(self) -> None:
        self.reporter.snapshot(self.world.now)
        for channel in self.channels:
            channel.nudge()

    def move(self) -> None:
        """New settings: `search` changes its store."""
        poem, search = self.reporter.settings.flows
        home = OWN.project if not search.log_project else ""
        moved = search._replace(log_project=home, logstore=home and OWN.logstore)
        self.reporter.configure(self.reporter.settings._replace(flows=(poem, moved)))

    def send(self) -> None:
        for channel in self.channels:
            try:
                channel.step(self.world.now, 5.0)
            except SystemExit:  # noqa: PERF203 - the thread is gone, the next one goes on
                channel.restarts += 1

    def wait(self) -> None:
        self.world.now += self.rng.choice((0.2, 1.0, 15.0, 61.0))

    def change(self) -> None:
        self.world.mood = self.rng.choice(FAULTS)

    def jump(self) -> None:
        if self.rng.random() < 0.2:
            self.world.now += self.rng.choice((-7200.0, -60.0, 86_400.0, EXPIRY_S))

    def recover(self) -> None:
        """The service is well again: everything that still waits must go out."""
        self.world.now = max(self.world.now, START, self.reporter._minute * 60) + 120  # past the open minute
        self.reporter.tick(self.world.now)
        for _ in range(400):
            due = min(channel.step(self.world.now, 5.0) for channel in self.channels)
            if not any(channel.waiting for channel in self.channels):
                break
            self.world.now = max(self.world.now, due)
        self.check()
        assert [channel.waiting for channel in self.channels] == [0, 0, 0]
        assert self.reporter.unreported == 0
        ledgers = [log.ledger for log in self.logs]
        entries = sum(ledger.entries_delivered for ledger in ledgers)
        assert entries <= len(self.world.stored_runs) + sum(ledger.entries_taken for ledger in ledgers)
        ends = sum(ledger.delivered + sum(ledger.dropped.values()) for ledger in ledgers)
        assert ends == self.reporter.folded

    def check(self) -> None:
        """The books balance: every run is delivered, dropped for a reason, or still here."""
        assert self.world.astray == 0
        books = stats(self.reporter, self.world.now)
        assert books["runs_in"] == self.recorded
        assert books["runs_in"] == books["runs_folded"] + sum(books["runs_dropped"].values()) + books["runs_buffered"]
        for channel in self.channels:
            ledger = channel.ledger
            assert ledger.taken == ledger.delivered + sum(ledger.dropped.values()) + channel.pending
        held = sum(consumer.waiting for flow in self.reporter._flows.values() for consumer in flow.consumers)
        assert sum(log.ledger.taken for log in self.logs) + held == books["runs_folded"]
        assert self.cms.ledger.taken + self.reporter.unreported == books["runs_folded"]
        assert books["runs_buffered"] <= MARK
