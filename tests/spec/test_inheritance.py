"""Which of several files wins, and what `none`, locks and bounds do."""

from __future__ import annotations

import pytest

from flowvigil.provisioner import spec
from flowvigil.provisioner.monitor import Condition, Monitor, Severity

from .conftest import Project

FLOW = "flow: poem-generator\nowner: assistant-team\n"


def load(project: Project, environment: str = "local", **files: str) -> Monitor:
    (monitor,) = spec.load(project.write(**files), environment).monitors
    return monitor


def named(monitor: Monitor, alarm: str) -> Condition:
    (found,) = [one for one in monitor.conditions if one.alarm == alarm]
    return found


def thresholds(condition: Condition) -> dict[str, float]:
    return {level.severity.value: level.threshold for level in condition.levels}


def test_a_folder_wins_over_the_top_and_the_flow_over_both(project: Project) -> None:
    files = {"defaults.yaml": "sampling: 2\nrunbook: http://top/1\n", "team/defaults.yaml": "sampling: 3\ntitle: x\n"}
    files["team/defaults.yaml"] = "sampling: 3\nrules: direct\n"
    monitor = load(project, **files, **{"team/poem.yaml": FLOW + "rules: auto\n"})
    assert (monitor.runbook, monitor.sampling, monitor.rules.value) == ("http://top/1", 3, "auto")


def test_defaults_of_another_folder_do_not_apply(project: Project) -> None:
    assert load(project, **{"team/defaults.yaml": "sampling: 3\n", "poem.yaml": FLOW}).sampling == 1


def test_a_profile_wins_over_defaults_and_loses_to_the_flow(project: Project) -> None:
    files = {"defaults.yaml": "sampling: 2\n", "profiles/chat.yaml": "sampling: 5\nalarms: {p95: {warning: 4s}}\n"}
    monitor = load(project, **files, **{"poem.yaml": FLOW + "extends: chat\nalarms: {p95: {critical: 9s}}\n"})
    assert monitor.sampling == 5
    assert thresholds(named(monitor, "p95")) == {"critical": 9000.0, "warning": 4000.0}


def test_an_environment_wins_over_the_flow_even_from_defaults(project: Project) -> None:
    files = {"defaults.yaml": "environments: {staging: {sampling: 7}}\n", "poem.yaml": FLOW + "sampling: 2\n"}
    assert load(project, "staging", **files).sampling == 7
    assert load(project, "local", **files).sampling == 2


def test_the_flows_environment_wins_over_the_environment_of_defaults(project: Project) -> None:
    files = {"defaults.yaml": "environments: {staging: {sampling: 7}}\n"}
    flow = FLOW + "environments: {staging: {sampling: 9}}\n"
    assert load(project, "staging", **files, **{"poem.yaml": flow}).sampling == 9


def test_lists_replace(project: Project) -> None:
    files = {"defaults.yaml": "notify: {critical: [oncall]}\n"}
    monitor = load(project, **files, **{"poem.yaml": FLOW + "notify: {critical: [assistant-ding]}\n"})
    assert named(monitor, "failure_streak").levels[0].groups == ("assistant-ding",)


def test_none_removes_an_inherited_alarm(project: Project) -> None:
    monitor = load(project, **{"poem.yaml": FLOW + "alarms: {slow_streak: none, no_reports: none}\n"})
    assert [one.alarm for one in monitor.conditions] == ["failure_streak"]


def test_none_removes_one_severity(project: Project) -> None:
    files = {"defaults.yaml": "alarms: {p95: {warning: 5s, critical: 8s}}\n"}
    monitor = load(project, **files, **{"poem.yaml": FLOW + "alarms: {p95: {critical: none}}\n"})
    assert thresholds(named(monitor, "p95")) == {"warning": 5000.0}


@pytest.mark.parametrize("key", ["reporters", "rules", "sampling", "repeat", "alarms", "notify", "logs", "source"])
def test_none_falls_back_to_what_is_built_in(project: Project, key: str) -> None:
    monitor = load(project, **{"poem.yaml": FLOW + f"{key}: none\n"})
    assert (monitor.reporters.value, monitor.rules.value, monitor.sampling) == ("one", "auto", 1)


def test_repeat_is_half_an_hour_unless_said(project: Project) -> None:
    monitor = load(
        project, **{"poem.yaml": FLOW + "repeat: {critical: 15m}\nalarms: {p95: {critical: 8s, info: 1s}}\n"}
    )
    repeats = {level.severity: level.repeat_s for level in named(monitor, "p95").levels}
    assert repeats == {Severity.CRITICAL: 900, Severity.INFO: 1800}


def test_a_locked_key_may_be_repeated_unchanged(project: Project) -> None:
    files = {"defaults.yaml": "sampling: 5\nlocked: [sampling]\n", "poem.yaml": FLOW + "sampling: 5\n"}
    assert load(project, **files).sampling == 5


def test_a_lock_holds_for_keys_that_nobody_set(project: Project) -> None:
    project.write(**{"defaults.yaml": "locked: [alarms.p95.period]\n"})
    project.write(**{"poem.yaml": FLOW + "alarms: {p95: {warning: 5s, period: 5m}}\n"})
    (problem,) = spec.problems(project.monitors)
    assert (problem.id, problem.line, problem.column) == ("locked", 3, 37)


def test_a_value_on_the_bound_is_inside(project: Project) -> None:
    files = {"defaults.yaml": "bounds: {alarms.p95.critical: {min: 1s, max: 8s}, notify.critical: {max: 3}}\n"}
    flow = FLOW + "alarms: {p95: {critical: 8000ms}}\nnotify: {critical: [oncall]}\n"
    assert thresholds(named(load(project, **files, **{"poem.yaml": flow}), "p95")) == {"critical": 8000.0}


@pytest.mark.parametrize(("value", "found"), [(4, ["below-min"]), (5, []), (10, []), (11, ["above-max"])])
def test_bounds_hold_to_the_unit(project: Project, value: int, found: list[str]) -> None:
    project.write(**{"defaults.yaml": "sampling: 7\nbounds: {sampling: {min: 5, max: 10}}\n"})
    project.write(**{"poem.yaml": FLOW + f"sampling: {value}\n"})
    assert [problem.id for problem in spec.problems(project.monitors)] == found
