"""Flows measured by the real reporter, judged by the pretend cloud, both on one virtual clock."""

from time import perf_counter

import pytest

from flowvigil.reporter.channel import Channel
from flowvigil.reporter.contract import FlowSettings, Series, Settings
from flowvigil.reporter.recording import Recorder
from flowvigil.reporter.reporter import Reporter, Route
from flowvigil.reporter.sinks.cloud import Caller
from flowvigil.reporter.sinks.cms import CmsSink
from flowvigil.reporter.wire.rpc import Keys
from tests.emulator.alarming import scene

SERIES = (
    Series("slow_streak", "slow_streak", "slow_streak", over_ms=5000.0),
    Series("failure_streak", "failure_streak", "failure_streak"),
    Series("p95", "p95", "p95", min_runs=20),
    Series("failure_rate", "failure_rate", "failure_rate", min_runs=20),
    Series("runs", "no_runs", "no_runs"),
    Series("open_age", "stuck", "stuck"),
)
SLOW, QUICK = 6000.0, 100.0


class Fixed:
    def keys(self, _now, _timeout_s):
        return Keys("id", "secret")

    def expired(self): ...


class Flow:
    """One flow, its reporter, and the rule on one of its series."""

    def __init__(self, start, metric, level, **rule):
        statistic, operator, threshold, times = level.split()
        part = {"Statistics": statistic, "ComparisonOperator": operator, "Threshold": threshold, "Times": times}
        series = '[{"groupId": "0", "dimension": "flow=poem&service=svc"}]'
        escalations = {"Critical": part}
        self.scene = scene(start, MetricName=metric, Resources=series, Escalations=escalations, **rule)
        self.begin = self.now
        self.recorder = Recorder()
        self.recorder.live = self.recorder.plain = True
        self.channel = Channel(CmsSink(f"http://{self.scene.cloud.address}", Caller(Fixed())), seed=1)
        settings = Settings("svc", "cn", flows=(FlowSettings("poem", series=SERIES),))
        self.reporter = Reporter(self.recorder, settings, [Route(self.channel, points=True)], "r", self.now)

    @property
    def now(self):
        return self.scene.cloud.world.now() / 1000

    def minute(self, *runs, failed=False):
        """Runs of these durations end in the coming minute, and it is reported when it is over."""
        for run in runs:
            self.recorder.record("poem", run, not failed)
        self.scene.advance(60)
        self.reporter.tick(self.now)
        self.channel.step(self.now, 5.0)

    def told(self):
        """Minutes since the beginning and the state of each message."""
        return [((one["time"] / 1000 - self.begin) / 60, one["after"]) for one in self.scene.outbox()]


@pytest.fixture
def flow(virtual_cloud):
    made = []

    def make(metric, level, **rule):
        made.append(Flow(virtual_cloud, metric, level, **rule))
        return made[-1]

    yield make
    for one in made:
        one.channel.sink.close()


def test_three_slow_runs_in_a_row_are_one_message_until_a_quick_one(flow):
    poem = flow("slow_streak", "Maximum GreaterThanOrEqualToThreshold 3 1")
    for runs in ((SLOW,), (QUICK,), (SLOW, SLOW), (), (SLOW,), (), (SLOW,), (QUICK,), (QUICK,), ()):
        poem.minute(*runs)
    assert poem.told() == [(6, "Critical"), (10, "OK")]


def test_a_flow_that_fails_once_a_minute_pages_within_four_minutes(flow):
    poem = flow("failure_streak", "Maximum GreaterThanOrEqualToThreshold 3 1")
    for _ in range(4):
        poem.minute(QUICK, failed=True)
    assert poem.told() == [(4, "Critical")]


def test_a_slow_p95_is_told_after_three_minutes(flow):
    poem = flow("p95", "Maximum GreaterThanThreshold 5000 3")
    for _ in range(4):
        poem.minute(*[QUICK] * 90, *[SLOW] * 10)
    assert poem.told() == [(4, "Critical")]


def test_four_slow_runs_of_a_hundred_are_no_slow_p95(flow):
    poem = flow("p95", "Maximum GreaterThanThreshold 5000 3")
    for _ in range(5):
        poem.minute(*[QUICK] * 96, *[SLOW] * 4)
    assert poem.told() == []


def test_traffic_that_falls_below_the_minimum_ends_an_alarm(flow):
    poem = flow("p95", "Maximum GreaterThanThreshold 5000 3")
    for runs in (100, 100, 100, 2, 2):
        poem.minute(*[SLOW] * runs)
    assert poem.told() == [(4, "Critical"), (5, "OK")]


def test_a_failure_rate_needs_enough_runs(flow):
    poem = flow("failure_rate", "Maximum GreaterThanThreshold 5 1")
    poem.minute(*[QUICK] * 19, failed=True)
    poem.minute(*[QUICK] * 20, failed=True)
    poem.minute()
    assert poem.told() == [(3, "Critical")]


def test_a_flow_without_runs_is_told(flow):
    poem = flow("runs", "Sum LessThanThreshold 1 3")
    for runs in ((QUICK,), (), (), (), (QUICK,), ()):
        poem.minute(*runs)
    assert poem.told() == [(5, "Critical"), (6, "OK")]


def test_a_run_that_does_not_end_is_told_until_it_does(flow):
    poem = flow("open_age", "Maximum GreaterThanOrEqualToThreshold 180 1")
    poem.minute(QUICK)
    begun = perf_counter() - 200
    poem.recorder.opened[begun] = poem.recorder.buffers["poem"]
    poem.minute()
    del poem.recorder.opened[begun]
    poem.minute(QUICK)
    poem.minute()
    assert poem.told() == [(3, "Critical"), (4, "OK")]


def test_a_reporter_that_dies_leaves_the_alarm_as_it_is(flow):
    poem = flow("slow_streak", "Maximum GreaterThanOrEqualToThreshold 3 1")
    poem.minute(SLOW, SLOW, SLOW)
    poem.scene.advance(7200)
    assert poem.told() == [(2, "Critical")]
    assert poem.scene.state() == "ALARM"
