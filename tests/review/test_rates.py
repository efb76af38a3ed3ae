"""The worst minute of a robot: counted by hand, and no louder than lint says of the same specs."""

from datetime import date
from pathlib import Path

import pytest

from flowvigil.provisioner import spec
from flowvigil.provisioner.plan import plan
from flowvigil.provisioner.stack import Stack
from flowvigil.review.lint import Wish, judge
from flowvigil.review.rates import rates

ROOT = Path(__file__).parents[2]
STACK = Stack("acme", "prod", "1000000000000001", "cn-hangzhou", "prod")
CONTACTS = "teams: {team: {critical: [ding]}}\ngroups: {ding: [{dingtalk: robot}]}\n"
ALARMS = "{p95: {critical: 8s}, failure_rate: {critical: 5%}, no_runs: {critical: 30m}}"


def folder(top: Path, flows: int, alarms: str = ALARMS, contacts: str = CONTACTS) -> Path:
    (top / "contacts.yaml").write_text(contacts)
    for number in range(flows):
        (top / f"f{number}.yaml").write_text(f"flow: flow-{number}\nowner: team\nalarms: {alarms}\n")
    return top


def worst(monitors: Path) -> dict[str, tuple[int, bool]]:
    loaded = spec.load(monitors, "prod")
    return {one.target: (one.messages, one.exceeded) for one in rates(plan(loaded, STACK), loaded)}


def loud(monitors: Path) -> bool:
    return any(one.id == "delivery/message-rate" for one in judge(monitors, "", Wish(date(2026, 11, 26))))


def test_a_flow_is_slow_and_fails_or_is_silent_but_not_both(tmp_path: Path) -> None:
    """Running it sends four: p95, failure rate and the two streaks that are on by default; silent it sends two."""
    assert worst(folder(tmp_path, 1)) == {"robot robot": (4, False)}


def test_a_flow_that_is_watched_for_silence_alone_counts_its_silence(tmp_path: Path) -> None:
    alarms = "{slow_streak: none, failure_streak: none, no_runs: {critical: 30m}}"
    assert worst(folder(tmp_path, 1, alarms)) == {"robot robot": (2, False)}


def test_the_relay_merges_what_it_posts(tmp_path: Path) -> None:
    contacts = CONTACTS.replace("{dingtalk: robot}", "{dingtalk: robot, via: relay, sign: key}, {mail: a@example.com}")
    alarms = ALARMS.replace("}}", "}, no_reports: none}")
    assert worst(folder(tmp_path, 9, alarms, contacts))["robot robot"] == (12, False)


@pytest.mark.parametrize(("flows", "too_loud"), [(5, False), (6, True)])
def test_lint_and_review_agree_on_which_robot_would_fall_silent(tmp_path: Path, flows: int, too_loud: bool) -> None:
    monitors = folder(tmp_path, flows)
    assert worst(monitors) == {"robot robot": (4 * flows, too_loud)}
    assert loud(monitors) is too_loud


def test_neither_finds_a_robot_of_our_own_examples_too_loud() -> None:
    found = worst(ROOT / "monitors")
    assert [target for target, (_, exceeded) in found.items() if exceeded] == []
    assert not loud(ROOT / "monitors")


def test_one_alert_is_one_message_whatever_its_severities(tmp_path: Path) -> None:
    contacts = CONTACTS.replace("critical: [ding]", "critical: [ding], warning: [ding]")
    monitors = folder(tmp_path, 1, MANY.replace("critical: 8s", "critical: 8s, warning: 5s"), contacts)
    assert worst(monitors) == {"robot robot": (1, False)}


def test_reports_of_flows_with_hooks_are_merged_apart_from_those_without(tmp_path: Path) -> None:
    alarms = "{p95: none, slow_streak: none, failure_streak: none, no_reports: {critical: 10m, warning: none}}"
    monitors = folder(tmp_path, 4, alarms)
    with (monitors / "f0.yaml").open("a") as file:
        file.write("on_alarm: {roll: {webhook: url, sign: key}}\n")
    assert worst(monitors) == {"robot robot": (2, False)}


def test_the_relay_merges_alerts_of_log_service_too(tmp_path: Path) -> None:
    contacts = CONTACTS.replace("{dingtalk: robot}", "{dingtalk: robot, via: relay, sign: key}, {mail: a@example.com}")
    monitors = folder(tmp_path, 200, MANY, contacts=contacts)
    assert worst(monitors)["robot robot"] == (12, False)
    assert not loud(monitors)


MANY = (
    "{p95: {critical: 8s}, slow_streak: none, failure_streak: none, no_reports: {critical: 10m, warning: none}}\n"
    "reporters: many"
)


def test_reports_of_200_flows_that_stop_are_two_messages(tmp_path: Path) -> None:
    alarms = "{p95: none, slow_streak: none, failure_streak: none, no_reports: {critical: 10m, warning: none}}"
    assert worst(folder(tmp_path, 200, alarms)) == {"robot robot": (2, False)}


def test_alerts_of_many_flows_are_at_most_one_message_for_each_part_of_them(tmp_path: Path) -> None:
    """Eight parts; of the flow that is first in its part for reports, its silence is as loud as its P95."""
    monitors = folder(tmp_path, 90, MANY)
    assert worst(monitors) == {"robot robot": (8, False)}
    assert not loud(monitors)


def test_each_severity_of_merged_alerts_may_be_a_message(tmp_path: Path) -> None:
    contacts = CONTACTS.replace("critical: [ding]", "critical: [ding], warning: [ding]")
    monitors = folder(tmp_path, 90, MANY.replace("critical: 8s", "critical: 8s, warning: 5s"), contacts)
    assert worst(monitors) == {"robot robot": (16, False)}
