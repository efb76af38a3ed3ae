"""From slow runs of many reporters to the message, the hook and back, over real sockets.

Log Service judges, merges and posts to the relay, whose settings are those of the same plan.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from flowvigil.deploy.project import Project, Target
from flowvigil.deploy.relay_settings import relay_settings
from flowvigil.provisioner import objects as o
from flowvigil.provisioner.monitor import Channel, ContactGroup, Hook, Reporters, Severity, Via
from flowvigil.provisioner.plan import plan
from tests.emulator.lines import group, put
from tests.emulator.provisioning import provision
from tests.plan.builders import P95, STACK, condition, level, monitor, monitors

from .conftest import texts, until

pytestmark = pytest.mark.engine  # starts servers: seconds, not milliseconds

REPORTS = condition("no_reports", level("critical", 180))
HOOK = Hook("rollback", "rollback-url", "rollback-sign", Severity.CRITICAL, (), 600, dry_run=False)
GROUPS = (ContactGroup("ding", (Channel(dingtalk="robot", via=Via.RELAY), Channel(mail="a@example.com"))),)
SLOW, QUICK = "9000", "100"


class Fleet:
    """Flows of many reporters, provisioned from one plan, and the relay that the plan's alerts call."""

    def __init__(self, cloud, start, service, flows):
        self.cloud = cloud
        self.flows = [one.flow for one in flows]
        told = monitors(*flows, groups=GROUPS)
        made = plan(told, STACK)
        target = Target(Project(Path(), "acme"), STACK, told, made)
        environ = {"FLOWVIGIL_SECRET_ROLLBACK_URL": f"{service.url}/rollback", "FLOWVIGIL_SECRET_ROLLBACK_SIGN": "key"}
        self.relay = start(cloud, relay_settings(target, {}, "zh", dict), **environ)
        self.place = made.settings
        cloud.door("clock", {"advance": 60 - cloud.world.now() / 1000 % 60})
        provision(cloud, made, self.resolved)

    def resolved(self, value):
        if isinstance(value, o.Secret):
            return self.relay.callback
        return "".join(map(self.resolved, value.parts)) if isinstance(value, o.Text) else value

    def minute(self, duration):
        at = self.cloud.world.now() // 1000 + 30
        run = {"event": "run", "run_id": f"r{at}", "status": "succeeded", "duration_ms": duration, "weight": "20"}
        lines = [(at, {"service": STACK.prefix, "flow": flow, **run}) for flow in self.flows]
        path = f"/logstores/{self.place.logstore}/shards/lb"
        assert put(self.cloud, group(*lines), path=path, project=self.place.log_project).status == 200
        self.cloud.door("clock", {"advance": 60})

    def heads(self, number):
        """The first lines of the robot's messages, as soon as there are so many."""

        def found():
            self.cloud.door("clock", {"advance": 0.05})
            return len(texts(self.cloud)) >= number and texts(self.cloud)

        return [text.splitlines()[0].removeprefix("### 监控报警 ") for text in until(found)]


def many(name, *conditions, **more):
    return monitor(name, *conditions, reporters=Reporters.MANY, **more)


def test_slow_runs_of_many_reporters_reach_robot_and_hook_through_the_relay_and_their_end_too(
    virtual_cloud, start, service
):
    one = Fleet(virtual_cloud(), start, service, [many("poem", P95, on_alarm=(HOOK,))])
    begun = one.cloud.world.now() // 1000
    for _ in range(3):
        one.minute(SLOW)
    one.cloud.door("clock", {"advance": 40})
    assert one.heads(1) == ["严重 报警 poem p95"]
    text = texts(one.cloud)[0]
    outer = parse_qs(urlsplit(text.split("[执行日志](")[1].split(")")[0]).query)
    asked = parse_qs(urlsplit(unquote(outer["url"][0])).query)
    assert (int(asked["startTime"][0]), int(asked["endTime"][0])) == (begun, begun + 180)
    assert f"r{begun + 30}" in text.split("最慢的执行: ")[1]
    (call,) = until(lambda: service.requests)
    told = json.loads(call[2])
    assert (told["flow"], told["alarm"], told["severity"], told["value"]) == ("poem", "p95", "critical", 9000.0)
    assert (told["logs"]["from"], told["logs"]["to"]) == (begun, begun + 180)
    one.cloud.door("clock", {"advance": 19})
    one.minute(QUICK)
    one.minute(QUICK)
    assert one.heads(2)[1] == "恢复 poem p95"
    posts = one.cloud.door("outbox?channel=webhook")
    assert {post["status"] for post in posts} == {"sent"}
    assert [entry for entry in one.cloud.door("outbox?channel=dingtalk") if "message" not in entry] == []


def test_flows_whose_reports_stop_are_one_message_of_the_relay_that_names_each(virtual_cloud, start, service):
    names = [f"flow-{number:03d}" for number in range(60)]
    one = Fleet(virtual_cloud(), start, service, [many(name, REPORTS) for name in names])
    for _ in range(5):
        one.cloud.door("clock", {"advance": 60})

    def all_named():
        one.cloud.door("clock", {"advance": 0.05})
        return all(name in "\n".join(texts(one.cloud)) for name in names)

    until(all_named)
    assert len(texts(one.cloud)) <= 3
