"""Real reporters of the flow `poem` that put run events into the pretend cloud, on its clock."""

import math

from flowvigil.provisioner.monitor import Reporters
from flowvigil.provisioner.plan import plan
from flowvigil.reporter.channel import Channel
from flowvigil.reporter.events import as_log
from flowvigil.reporter.recording import Recorder
from flowvigil.reporter.reporter import Reporter, Route
from flowvigil.reporter.sinks.cloud import Caller
from flowvigil.reporter.sinks.log import LogSink
from flowvigil.reporter.wire.rpc import Keys

from ..emulator.provisioning import provision
from ..plan.builders import GROUPS, STACK, monitor, monitors

SAMPLING = 10


class Fixed:
    def keys(self, _now, _timeout_s):
        return Keys("id", "secret")

    def expired(self): ...


class Process:
    """One reporter with its own recorder and its own connection, on the cloud's clock."""

    def __init__(self, cloud, settings, name, now):
        self.recorder = Recorder()
        self.recorder.live = self.recorder.plain = True
        sink = LogSink(f"http://{cloud.address}", settings.log_project, settings.logstore, name, Caller(Fixed()))
        self.channel = Channel(sink, seed=1)
        self.reporter = Reporter(self.recorder, settings, [Route(self.channel, events=as_log)], name, now)
        self.alive = True

    def end_minute(self, now):
        if self.alive:
            self.reporter.tick(now)
            self.channel.step(now, 5.0)
            while self.channel.pending:
                self.channel.step(now, 5.0)


class Fleet:
    """The flow `poem` with as many reporters as asked, and the alerts of its conditions."""

    def __init__(self, cloud, conditions, reporters, mode=Reporters.MANY, sampling=SAMPLING, groups=GROUPS):
        self.cloud = cloud
        cloud.world.now.time -= cloud.world.now.time % 60_000
        one = monitor("poem", *conditions, reporters=mode, sampling=sampling)
        self.plan = plan(monitors(one, groups=groups), STACK)
        provision(cloud, self.plan)
        self.processes = [Process(cloud, self.plan.settings, f"p{n}", self.now) for n in range(reporters)]
        self.begin, self.seen = self.now, 0

    @property
    def now(self):
        return self.cloud.world.now() / 1000

    def minute(self, *runs, failed=False):
        """Runs of these durations (ms), one list for each process, in the middle of a minute that then ends."""
        self.advance(30)
        for process, durations in zip(self.processes, runs, strict=False):
            for duration in durations:
                process.recorder.record("poem", duration, not failed)
            process.reporter.tick(self.now)
        self.advance(30)
        for process in self.processes:
            process.end_minute(self.now)

    def advance(self, seconds):
        self.cloud.door("clock", {"advance": seconds})

    def settle(self):
        """Three minutes of reports, after which nothing fires; what was told until then is left out."""
        for _ in range(3):
            self.minute([100], [100])
        self.seen = len(self.cloud.door("outbox?channel=dingtalk"))
        self.begin = self.now

    def told(self):
        """Minutes since the beginning, condition, state."""
        return [
            (math.ceil((one["time"] / 1000 - self.begin) / 60), one["ruleName"].split()[-2], one["after"])
            for one in self.cloud.door("outbox?channel=dingtalk")[self.seen :]
        ]

    def history(self):
        return self.cloud.door("alerts")
