"""A flow of many reporters, end to end: run events of real reporters, alerts of the plan, messages of the robot."""

import math
import random
from time import perf_counter

import pytest

from flowvigil.provisioner.monitor import Reporters
from flowvigil.provisioner.plan import plan
from flowvigil.reporter import recording
from flowvigil.reporter.channel import Channel
from flowvigil.reporter.events import as_log
from flowvigil.reporter.recording import Recorder
from flowvigil.reporter.reporter import Reporter, Route
from flowvigil.reporter.sinks.cloud import Caller
from flowvigil.reporter.sinks.log import LogSink
from flowvigil.reporter.wire.rpc import Keys

from ..emulator.provisioning import provision
from ..plan.builders import FAILURES, GROUPS, P95, STACK, condition, level, monitor, monitors

REPORTERS, SAMPLING = 16, 10
NO_REPORTS = condition("no_reports", level("critical", 300))
SLOW_STREAK = condition("slow_streak", level("critical", 3), over_ms=5000)
FAILURE_STREAK = condition("failure_streak", level("critical", 3))
STUCK = condition("stuck", level("critical", 120))
NO_RUNS = condition("no_runs", level("critical", 180))


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

    def __init__(self, cloud, conditions, reporters):
        self.cloud = cloud
        cloud.world.now.time -= cloud.world.now.time % 60_000
        one = monitor("poem", *conditions, reporters=Reporters.MANY, sampling=SAMPLING)
        self.plan = plan(monitors(one, groups=GROUPS), STACK)
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


@pytest.fixture
def fleet(virtual_cloud, monkeypatch):
    made = []

    def make(*conditions, reporters=2):
        cloud = virtual_cloud()
        monkeypatch.setattr(recording, "time", lambda: cloud.world.now() / 1000)
        made.append(Fleet(cloud, conditions, reporters))
        return made[-1]

    yield make
    for one in made:
        for process in one.processes:
            process.channel.sink.close()


def uneven(seed, median_ms):
    """Runs of 16 processes: the first takes 200 a minute and is quick, the last takes 20 and is slow."""
    dice = random.Random(seed)
    return [
        [median_ms * (1 + place / 8) * dice.lognormvariate(0, 0.5) for _ in range(200 - 12 * place)]
        for place in range(REPORTERS)
    ]


def exact_p95(runs):
    everything = sorted(duration for process in runs for duration in process)
    return everything[math.ceil(len(everything) * 0.95) - 1]


def test_the_p95_of_16_uneven_sampled_reporters_is_that_of_all_their_runs(fleet):
    poem = fleet(P95, reporters=REPORTERS)
    minutes = [uneven(seed, 4000) for seed in range(4)]
    for runs in minutes:
        poem.minute(*runs)
    poem.advance(60)
    (fired,) = poem.history()
    judged = minutes[(fired["time"] - 30_000 - int(poem.begin * 1000)) // 60_000 - 1]
    assert fired["after"] == "Critical"
    assert float(fired["value"]) == pytest.approx(exact_p95(judged), rel=0.02)
    stored = poem.cloud.world.query(
        "1000000000000001", poem.plan.settings.log_project, poem.plan.settings.logstore,
        "event: run | SELECT count(*), sum(weight)", int(poem.begin), int(poem.now),
    )  # fmt: skip
    lines, weight = stored.rows[0]
    assert weight == sum(len(process) for runs in minutes for process in runs)
    assert lines < weight * 0.75


def test_no_single_reporter_need_be_slow_by_itself_for_too_long(fleet):
    poem = fleet(P95, reporters=3)
    for _ in range(4):
        poem.minute([100] * 60, [100] * 30, [9000] * 10)
    poem.minute([100] * 60, [100] * 30, [9000] * 2)
    poem.advance(60)
    assert poem.told() == [(4, "p95", "Critical"), (6, "p95", "OK")]


def test_too_few_runs_of_all_reporters_together_end_the_alert(fleet):
    poem = fleet(P95, reporters=2)
    for _ in range(4):
        poem.minute([9000] * 15, [9000] * 15)
    poem.minute([9000], [9000])
    poem.advance(60)
    assert poem.told() == [(4, "p95", "Critical"), (6, "p95", "OK")]


def test_the_failure_rate_is_that_of_all_reporters(fleet):
    poem = fleet(FAILURES, reporters=2)
    poem.minute([100] * 95, [100] * 5)
    poem.minute([], [100] * 5, failed=True)
    for process in poem.processes[:1]:
        for _ in range(15):
            process.recorder.record("poem", 100, True)
    poem.advance(60)
    assert poem.told() == []
    poem.minute([100] * 19, [100], failed=True)
    poem.advance(60)
    assert [state for _, _, state in poem.told()] == ["Critical"]


def test_slow_runs_in_a_row_are_told_over_all_reporters(fleet):
    poem = fleet(SLOW_STREAK, reporters=3)
    poem.minute([6000], [6000], [6000])
    poem.minute([100])
    poem.advance(120)
    assert poem.told() == [(2, "slow_streak", "Critical"), (4, "slow_streak", "OK")]


def test_failures_in_a_row_are_told_over_all_reporters(fleet):
    poem = fleet(FAILURE_STREAK, reporters=3)
    poem.minute([100], [100], failed=True)
    poem.minute([100], failed=True)
    poem.advance(60)
    assert poem.told() == [(3, "failure_streak", "Critical")]


def test_a_flow_that_never_reported_is_told_until_it_does(fleet):
    poem = fleet(NO_REPORTS)
    poem.advance(60)
    poem.minute([100])
    poem.advance(60)
    assert [state for _, _, state in poem.told()] == ["Critical", "OK"]


def test_a_flow_whose_reporters_all_die_is_told_and_its_return_too(fleet):
    poem = fleet(NO_REPORTS)
    poem.settle()
    for process in poem.processes:
        process.alive = False
    for _ in range(8):
        poem.minute()
    for process in poem.processes:
        process.alive = True
    poem.minute()
    poem.advance(120)
    assert [(minute, state) for minute, _, state in poem.told()] == [(6, "Critical"), (11, "OK")]


def test_one_reporter_that_lives_is_enough(fleet):
    poem = fleet(NO_REPORTS)
    poem.settle()
    poem.processes[0].alive = False
    for _ in range(8):
        poem.minute()
    assert poem.told() == []


def test_a_flow_without_runs_is_told_while_its_reporters_live(fleet):
    poem = fleet(NO_RUNS)
    poem.settle()
    for _ in range(4):
        poem.minute()
    poem.minute([], [100])
    poem.advance(60)
    assert [(what, state) for _, what, state in poem.told()] == [("no_runs", "Critical"), ("no_runs", "OK")]


def test_a_run_that_does_not_end_is_told_from_any_reporter(fleet):
    poem = fleet(STUCK)
    poem.settle()
    recorder = poem.processes[1].recorder
    recorder.opened[perf_counter() - 200] = recorder.buffers["poem"]
    poem.minute()
    poem.advance(120)
    assert [(what, state) for _, what, state in poem.told()] == [("stuck", "Critical")]


def test_every_message_says_value_and_link(fleet):
    poem = fleet(SLOW_STREAK, reporters=1)
    poem.minute([6000] * 3)
    poem.advance(60)
    (message,) = poem.cloud.door("outbox?channel=dingtalk")
    assert "poem slow_streak = 3" in message["text"]
    assert "https://sls.console.aliyun.com/lognext/project/" in message["text"]
