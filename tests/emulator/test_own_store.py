"""A flow with a Log Service store of its own, end to end: what its alerts and charts ask is what its reporter sends."""

import json
import re

import pytest

from flowvigil.deploy.pretend import furnish
from flowvigil.deploy.project import Project, Target
from flowvigil.provisioner.monitor import LogStore, Reporters
from flowvigil.provisioner.objects import Dashboard
from flowvigil.provisioner.plan import plan
from flowvigil.simulation import SHAPES, Drive
from flowvigil.simulation.cloud import PretendCloud
from tests.emulator.provisioning import provision
from tests.emulator.scenery import see
from tests.plan.builders import GROUPS, STACK, condition, level, monitor, monitors

OWN = LogStore("llm-prod", "runs2")
NO_REPORTS = condition("no_reports", level("critical", 300))
FAILURE_STREAK = condition("failure_streak", level("critical", 3))
COUNT = "event: run | SELECT count(*) AS n"


class Stage:
    """The flow `poem` keeps its runs apart, `search` does not; both are watched by alerts of Log Service."""

    def __init__(self, cloud, root):
        self.cloud = cloud
        flows = [
            monitor("poem", NO_REPORTS, FAILURE_STREAK, reporters=Reporters.MANY, logs=OWN),
            monitor("search", NO_REPORTS, FAILURE_STREAK, reporters=Reporters.MANY),
        ]
        self.monitors = monitors(*flows, groups=GROUPS)
        self.plan = plan(self.monitors, STACK)
        target = Target(Project(root, "acme"), STACK, self.monitors, self.plan)
        self.added = furnish(target, cloud.address, "emulator")
        provision(cloud, self.plan)

    def drive(self, minutes, **shapes):
        traffic = {name: SHAPES[shape.replace("_", "-")] for name, shape in shapes.items()}
        return Drive(PretendCloud(self.cloud.address), self.plan.settings, traffic).run(minutes)

    def draw(self):
        for one in self.plan.objects:
            if isinstance(one, Dashboard):
                body = {"dashboardName": one.name, "displayName": one.title, "charts": json.loads(one.charts)}
                made = self.cloud.sls("POST", one.project, "/dashboards", {**body, "attribute": {"type": "grid"}})
                assert made.status == 200, made.body

    def lines(self, project, store, query):
        now = self.cloud.world.now() // 1000
        answer = self.cloud.sls(
            "POST", project, f"/logstores/{store}/logs", {"from": now - 7200, "to": now + 60, "query": query}
        )
        return answer.body["data"]


@pytest.fixture
def stage(virtual_cloud, tmp_path):
    return Stage(virtual_cloud(), tmp_path)


def test_the_pretend_cloud_gets_the_store_with_the_index_that_queries_need(stage):
    assert [one for one in stage.added if "runs2" in one] == [
        "logstore runs2 of llm-prod",
        "index of logstore runs2 of llm-prod",
    ]


def test_simulated_runs_are_in_the_store_that_the_spec_names(stage):
    report = stage.drive(2, poem="healthy")
    home = stage.plan.settings
    assert stage.lines(OWN.project, OWN.logstore, COUNT) == [{"n": str(report.runs)}]
    assert stage.lines(home.log_project, home.logstore, COUNT) == [{"n": "0"}]


def told(report, alarm):
    """The states that each rule of an alarm went through."""
    return [one["after"] for one in report.messages if alarm in one["ruleName"]]


def test_its_alert_fires_on_its_runs(stage):
    report = stage.drive(6, poem="outage", search="healthy")
    fired = [one for one in report.messages if "failure_streak" in one["ruleName"]]
    assert fired[0]["after"] == "Critical"
    assert {one["ruleName"].split()[0] for one in fired} == {"poem"}


def test_the_alert_that_nobody_reports_it_ends_with_its_first_reports(stage):
    stage.cloud.door("clock", {"advance": 600})
    before = [one["after"] for one in stage.cloud.door("outbox?channel=dingtalk") if "no_reports" in one["ruleName"]]
    report = stage.drive(2, poem="healthy", search="healthy")
    assert (before, told(report, "no_reports")) == (["Critical"] * 2, ["OK"] * 2)


def linked(stage, flow):
    """The stores that the flow's page links to, as project/store."""
    found = [attrs.get("href") or "" for tag, attrs in see(stage.cloud, f"/flows/{flow}").elements if tag == "a"]
    return [re.sub(r"/lognext/project/(.+)/logsearch/(.+)\?.*", r"\1/\2", one) for one in found if "/logsearch/" in one]


@pytest.mark.parametrize("minutes", [0, 2])
def test_the_page_of_a_flow_links_to_the_store_that_its_runs_go_to(stage, minutes):
    stage.draw()
    if minutes:
        stage.drive(minutes, poem="healthy", search="healthy")
    home = stage.plan.settings
    assert linked(stage, "poem") == ["llm-prod/runs2"]
    assert linked(stage, "search") == [f"{home.log_project}/{home.logstore}"]


def test_without_a_dashboard_it_links_to_the_store_that_tells_of_it(stage):
    stage.drive(2, poem="healthy", search="healthy")
    assert linked(stage, "poem") == ["llm-prod/runs2"]


def test_when_nothing_tells_of_its_store_it_links_to_each(stage):
    home = stage.plan.settings
    assert sorted(linked(stage, "poem")) == sorted(["llm-prod/runs2", f"{home.log_project}/{home.logstore}"])
