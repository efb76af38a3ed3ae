"""A total outage of all flows at once, judged by Log Service: few messages, every flow named, of its end too."""

import re

import pytest

from flowvigil.provisioner.monitor import Reporters
from flowvigil.provisioner.plan import plan

from ..emulator.lines import group, put
from ..emulator.provisioning import provision
from ..plan.builders import GROUPS, P95, STACK, condition, level, monitor, monitors

REPORTS = condition("no_reports", level("critical", 300), level("warning", 180))
PUT_MOST = 50


class Fleet:
    """Flows of one plan in the pretend cloud; `named` is what messages say of each."""

    def __init__(self, cloud, flows):
        self.cloud = cloud
        self.flows = [one.flow for one in flows]
        self.plan = plan(monitors(*flows, groups=GROUPS), STACK)
        cloud.door("clock", {"advance": 60 - cloud.world.now() / 1000 % 60})
        provision(cloud, self.plan)

    def minute(self, *lines):
        """A minute with these events of every flow in its middle."""
        at = self.cloud.world.now() // 1000 + 30
        events = [(at, {"service": STACK.prefix, "flow": flow, **line}) for flow in self.flows for line in lines]
        place = self.plan.settings
        for start in range(0, len(events), PUT_MOST):
            raw = group(*events[start : start + PUT_MOST])
            path = f"/logstores/{place.logstore}/shards/lb"
            assert put(self.cloud, raw, path=path, project=place.log_project).status == 200
        self.cloud.door("clock", {"advance": 60})

    def messages(self):
        return self.cloud.door("outbox?channel=dingtalk")

    def since(self, seen):
        return self.messages()[seen:]


def named(messages, word):
    """Every flow that a line which begins so names."""
    lines = [line for one in messages for line in one["text"].splitlines()]
    return sorted(found[1] for line in lines if (found := re.match(rf"- {word} (flow-\d{{3}}) ", line)))


def busiest_minute(messages):
    times = [one["time"] for one in messages]
    return max(sum(start <= time < start + 60_000 for time in times) for start in times)


def largest(messages):
    return max(len(one["text"].encode()) for one in messages)


@pytest.fixture
def reports(virtual_cloud):
    """200 flows whose reporters have reported for three minutes."""
    fleet = Fleet(virtual_cloud(), [monitor(f"flow-{number:03d}", REPORTS) for number in range(200)])
    for _ in range(3):
        fleet.minute({"event": "reporter", "reporter": "r"})
    return fleet


def test_reports_of_200_flows_that_stop_are_few_messages_that_name_each_flow_and_their_number(reports):
    seen = len(reports.messages())
    for _ in range(4):
        reports.minute()
    warned = reports.since(seen)
    assert [one["status"] for one in warned] == ["sent"] * 2
    assert named(warned, "警告") == reports.flows
    assert [re.search(r"告警数量: (\d+)", one["text"])[1] for one in warned] == ["100", "100"]
    assert largest(warned) <= 8000


def test_each_step_of_an_outage_of_200_flows_stays_below_what_a_robot_takes(reports):
    seen = len(reports.messages())
    for _ in range(10):
        reports.minute()
    for _ in range(3):
        reports.minute({"event": "reporter", "reporter": "r"})
    told = reports.since(seen)
    assert [one["status"] for one in told] == ["sent"] * 6
    assert busiest_minute(told) <= 20
    assert [named(told, word) for word in ("警告", "严重", "恢复")] == [reports.flows] * 3


def test_a_page_about_a_silent_flow_waits_a_quarter_of_a_minute_for_others(reports):
    reports.cloud.door("clock", {"advance": 1})
    seen = len(reports.messages())
    for _ in range(4):
        reports.minute()
    fired = {one["time"] for one in reports.cloud.door("alerts") if (one["before"], one["after"]) == ("OK", "Medium")}
    told = {one["time"] for one in reports.since(seen)}
    assert {time - 15_000 for time in told} <= fired


def test_an_outage_of_90_flows_of_many_reporters_is_eight_messages_that_link_the_logs_of_each(
    virtual_cloud,
):
    fleet = Fleet(
        virtual_cloud(),
        [monitor(f"flow-{number:03d}", P95, reporters=Reporters.MANY) for number in range(90)],
    )
    slow = {"event": "run", "run_id": "r", "status": "succeeded", "duration_ms": "9000", "weight": "20"}
    for _ in range(5):
        fleet.minute(slow)
    told = fleet.messages()
    assert {one["status"] for one in told} == {"sent"}
    assert len(told) == 8
    assert busiest_minute(told) <= 20
    assert named(told, "严重") == fleet.flows
    lines = [line for one in told for line in one["text"].splitlines() if line.startswith("- 严重")]
    assert all(re.search(r"\[logs\]\(https://\S+&startTime=\d+&endTime=\d+\)", line) for line in lines)
    assert largest(told) <= 16_000
