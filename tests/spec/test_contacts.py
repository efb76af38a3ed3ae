"""Who hears of what: team routes, fallbacks, channels."""

from __future__ import annotations

import pytest

from flowvigil.provisioner import spec
from flowvigil.provisioner.monitor import Channel, ContactGroup, Via

from .conftest import CONTACTS, Project

FLOW = "flow: poem-generator\nowner: assistant-team\n"
ALARMS = "alarms: {p95: {critical: 8s, warning: 5s, info: 3s}}\n"


def told(project: Project, teams: str, text: str = FLOW) -> dict[str, tuple[str, ...]]:
    """Groups per severity of the p95 alarm."""
    groups = "groups:\n  oncall: {existing: true}\n  ding: [{dingtalk: robot}]\n  mail: [{mail: a@example.com}]\n"
    project.write(**{"contacts.yaml": f"teams: {{assistant-team: {teams}}}\n{groups}", "poem.yaml": text + ALARMS})
    (monitor,) = spec.load(project.monitors, "local").monitors
    (condition,) = [one for one in monitor.conditions if one.alarm == "p95"]
    return {level.severity.value: level.groups for level in condition.levels}


@pytest.mark.parametrize(
    ("teams", "info"),
    [
        ("{critical: [oncall], warning: [ding]}", ("ding",)),
        ("{critical: [oncall]}", ("oncall",)),
        ("{critical: [oncall], warning: [ding], info: [mail]}", ("mail",)),
    ],
)
def test_a_severity_without_route_goes_to_the_next_more_urgent(
    project: Project, teams: str, info: tuple[str, ...]
) -> None:
    assert told(project, teams)["info"] == info


def test_where_nothing_is_more_urgent_the_less_urgent_hears_it(project: Project) -> None:
    assert told(project, "{info: [mail], warning: [ding]}")["critical"] == ("ding",)


def test_notify_wins_over_the_team_per_severity(project: Project) -> None:
    found = told(project, "{critical: [oncall], warning: [ding]}", FLOW + "notify: {warning: [mail]}\n")
    assert (found["critical"], found["warning"]) == (("oncall",), ("mail",))


def test_the_only_group_hears_of_flows_without_owner(project: Project) -> None:
    project.write(**{"contacts.yaml": "groups: {ding: [{dingtalk: robot}]}\n", "poem.yaml": "flow: poem\n"})
    (monitor,) = spec.load(project.monitors, "local").monitors
    assert {level.groups for one in monitor.conditions for level in one.levels} == {("ding",)}


def test_channels_keep_their_order_and_carrier(project: Project) -> None:
    project.write(**{"contacts.yaml": CONTACTS, "poem.yaml": FLOW})
    groups = {group.name: group for group in spec.load(project.monitors, "local").groups}
    relay = Channel(dingtalk="assistant-robot-signed", via=Via.RELAY, at=("zhangsan",))
    assert groups["assistant-ding"].channels == (Channel(dingtalk="assistant-robot"), relay)
    assert groups["oncall"] == ContactGroup("oncall", existing=True)


@pytest.mark.parametrize("second", ["oncall: {existing: true}", "oncall: [{dingtalk: a, via: relay}, {mail: a@b.cn}]"])
def test_critical_is_safe_beside_the_relay(project: Project, second: str) -> None:
    text = "teams: {assistant-team: {critical: [ding, oncall]}}\ngroups:\n  ding: [{dingtalk: a, via: relay}]\n"
    project.write(**{"contacts.yaml": text + f"  {second}\n", "poem.yaml": FLOW})
    assert spec.problems(project.monitors) == ()


def test_the_relay_alone_may_carry_warnings(project: Project) -> None:
    project.write(**{"contacts.yaml": "groups: {ding: [{dingtalk: a, via: relay}]}\n"})
    project.write(**{"poem.yaml": "flow: poem\nalarms: {failure_streak: {critical: none, warning: 3}}\n"})
    assert spec.problems(project.monitors) == ()
