"""A simulation over real sockets: the real reporter, the pretend cloud's clock and rules, the message that arrives."""

import pytest

from flowvigil.provisioner.plan import plan
from flowvigil.reporter.contract import FlowSettings, Series, Settings
from flowvigil.simulation import SHAPES, Drive
from flowvigil.simulation.cloud import CloudGone, PretendCloud
from tests.emulator.alarming import scene
from tests.emulator.lines import PROJECT, STORE, get, make_store
from tests.emulator.provisioning import provision
from tests.plan.builders import STACK, condition, level, monitor, monitors

METRIC = "p95"
P95 = Series(METRIC, "p95", "p95", min_runs=20)
OPEN = Series("open_age", "stuck", "stuck")
SETTINGS = Settings("svc", "cn", log_project=PROJECT, logstore=STORE,
                    flows=(FlowSettings("poem", slow_over_ms=5000.0, series=(P95, OPEN)),))  # fmt: skip


def a_stage(virtual_cloud, metric, threshold, times):
    level = {
        "Statistics": "Maximum",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": threshold,
        "Times": times,
    }
    series = '[{"groupId": "0", "dimension": "flow=poem&service=svc"}]'
    made = scene(virtual_cloud, MetricName=metric, Resources=series, Escalations={"Critical": level})
    make_store(made.cloud)
    return made


@pytest.fixture
def stage(virtual_cloud):
    return a_stage(virtual_cloud, METRIC, "8000", "3")


def drive(stage, shape, minutes):
    return Drive(PretendCloud(stage.cloud.address), SETTINGS, {"poem": SHAPES[shape]}).run(minutes)


def test_a_creep_is_told_and_its_end_too(stage):
    report = drive(stage, "creep", 24)
    assert [one["after"] for one in report.messages if one["before"] != one["after"]] == ["Critical", "OK"]
    assert (report.minutes, report.undelivered) == (24, 0)


def test_a_run_that_hangs_is_told_when_it_is_too_old_and_when_it_was_given_up(virtual_cloud):
    stage = a_stage(virtual_cloud, "open_age", "180", "1")
    begun = stage.cloud.world.now()
    report = drive(stage, "stuck", 16)
    # the run opens with the fifth minute and is 240 s old at the end of the eighth, which is judged a minute later
    assert [((one["time"] - begun) // 60_000, one["after"]) for one in report.messages] == [(9, "Critical"), (14, "OK")]
    found = get(stage.cloud, "status: timed_out | SELECT duration_ms", begun // 1000, begun // 1000 + 1200)
    assert found["data"] == [{"duration_ms": "480000.0"}]


def test_every_run_is_in_the_log(stage):
    begun = stage.cloud.world.now() // 1000
    report = drive(stage, "healthy", 3)
    found = get(stage.cloud, "event: run | SELECT count(*) AS n", begun, begun + 600)
    assert found["data"] == [{"n": str(report.runs)}]


def test_a_healthy_flow_tells_nobody(stage):
    assert drive(stage, "healthy", 6).messages == []


@pytest.mark.parametrize("seconds", [0, 10, 45])
def test_reporters_live_before_the_first_alert_asks_for_them(virtual_cloud, seconds):
    cloud = virtual_cloud()
    made = plan(monitors(monitor("poem", condition("no_reports", level("warning", 300)))), STACK)
    provision(cloud, made)
    cloud.world.now.time += seconds * 1000
    report = Drive(PretendCloud(cloud.address), made.settings, {"poem": SHAPES["healthy"]}).run(3)
    assert report.messages == []


def test_a_reporter_that_dies_leaves_no_lines(stage):
    begun = stage.cloud.world.now() // 1000
    drive(stage, "reporter-dies", 4)
    found = get(stage.cloud, "* | SELECT max(__time__) AS last", begun, begun + 600)
    assert int(found["data"][0]["last"]) <= begun + 120


def test_a_cloud_that_does_not_answer_is_told_with_what_to_do():
    with pytest.raises(CloudGone, match="flowvigil run emulator --clock virtual"):
        PretendCloud("127.0.0.1:1").now_ms()
