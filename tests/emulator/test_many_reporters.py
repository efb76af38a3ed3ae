"""A flow of many reporters, end to end: run events of real reporters, alerts of the plan, messages of the robot."""

import math
import random
from dataclasses import replace
from time import perf_counter

import pytest

from flowvigil.provisioner.monitor import ContactGroup
from flowvigil.reporter import recording

from ..plan.builders import FAILURES, GROUPS, P95, ROBOT, condition, level
from .reporting import Fleet

REPORTERS = 16
NO_REPORTS = condition("no_reports", level("critical", 300))
SLOW_STREAK = condition("slow_streak", level("critical", 3), over_ms=5000)
FAILURE_STREAK = condition("failure_streak", level("critical", 3))
STUCK = condition("stuck", level("critical", 120))
NO_RUNS = condition("no_runs", level("critical", 180))


@pytest.fixture
def fleet(virtual_cloud, monkeypatch):
    made = []

    def make(*conditions, reporters=2, groups=GROUPS):
        cloud = virtual_cloud()
        monkeypatch.setattr(recording, "time", lambda: cloud.world.now() / 1000)
        made.append(Fleet(cloud, conditions, reporters, groups=groups))
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


@pytest.mark.parametrize("word", ["监控", "Monitor", "诗"])
def test_a_robot_that_wants_a_keyword_takes_the_message(fleet, word):
    robot = replace(ROBOT, keywords=(word,))
    poem = fleet(SLOW_STREAK, reporters=1, groups=(ContactGroup("ding", (robot,)),))
    poem.cloud.door("robots", {"token": "robot", "keywords": [word]})
    poem.minute([6000] * 3)
    poem.advance(60)
    (message,) = poem.cloud.door("outbox?channel=dingtalk")
    assert message["status"] == "sent", message
