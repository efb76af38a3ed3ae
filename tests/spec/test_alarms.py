"""What alarms become: units, defaults, periods, hours, and what counts as slow."""

from __future__ import annotations

import pytest

from flowvigil.provisioner import spec
from flowvigil.provisioner.monitor import Condition, Hours, Monitor, Severity, Signal
from flowvigil.provisioner.spec.values import hours, milliseconds, percent

from .conftest import Project

FLOW = "flow: poem-generator\nowner: assistant-team\n"


def monitor(project: Project, text: str, environment: str = "local") -> Monitor:
    (found,) = spec.load(project.write(**{"poem.yaml": FLOW + text}), environment).monitors
    return found


def alarm(project: Project, text: str, name: str = "") -> Condition:
    name = name or text.split(":", maxsplit=1)[0]
    found = monitor(project, f"alarms: {{{text}}}\n")
    return next(one for one in found.conditions if one.alarm == name)


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        ("p50: {warning: 800ms}", 800.0),
        ("p99: {warning: 1.5s}", 1500.0),
        ("p90: {warning: 1d}", 86_400_000.0),
        ("failure_rate: {warning: 2.5%}", 2.5),
        ("failure_rate: {warning: 100%}", 100.0),
        ("slow_streak: {warning: 4}", 4.0),
        ("failure_streak: {critical: 1000}", 1000.0),
        ("no_runs: {warning: 30m}", 1800.0),
        ("no_runs: {warning: 7d}", 604_800.0),
        ("no_reports: {warning: 1m}", 60.0),
        ("stuck: {warning: 1s}", 1.0),
        ("ttft: {warning: 800ms}", 800.0),
        ("tokens_per_run: {warning: 10000000}", 1e7),
        ("cost: {signal: tokens_per_run, warning: 4000}", 4000.0),
    ],
)
def test_a_threshold_is_in_the_signals_unit(project: Project, text: str, threshold: float) -> None:
    assert alarm(project, text).levels[0].threshold == threshold


@pytest.mark.parametrize(
    "text",
    [
        "p90: {warning: 86400001ms}",
        "failure_rate: {warning: 100.001%}",
        "slow_streak: {warning: 1001}",
        "no_runs: {warning: 59999ms}",
        "no_runs: {warning: 604801s}",
        "stuck: {warning: 999ms}",
        "failure_rate: {warning: 0%}",
        "ttft: {warning: 86400001ms}",
        "tokens_per_run: {warning: 10000001}",
        "tokens_per_run: {warning: 0}",
        "rows: {signal: failure_streak, warning: 4000}",
        "cost: {signal: tokens_per_run, warning: 5s}",
    ],
)
def test_a_threshold_just_out_of_range_is_refused(project: Project, text: str) -> None:
    project.write(**{"poem.yaml": FLOW + f"alarms: {{{text}}}\n"})
    (problem,) = spec.problems(project.monitors)
    assert problem.path.endswith("warning")


def test_levels_are_ordered_most_urgent_first(project: Project) -> None:
    levels = alarm(project, "p95: {info: 1s, critical: 8s, warning: 5s}").levels
    assert [level.severity for level in levels] == [Severity.CRITICAL, Severity.WARNING, Severity.INFO]


@pytest.mark.parametrize(
    ("text", "period_s", "for_s", "min_runs"),
    [
        ("p95: {warning: 5s}", 60, 180, 20),
        ("failure_rate: {warning: 5%}", 60, 180, 20),
        ("p95: {warning: 5s, period: 5m}", 300, 300, 20),
        ("p95: {warning: 5s, for: 1h, min_runs: 1}", 60, 3600, 1),
        ("slow_streak: {warning: 3}", 60, 60, 1),
        ("no_runs: {warning: 30m, period: 5m}", 300, 300, 1),
        ("drift: {signal: p95, warning: 4s}", 60, 180, 20),
        ("ttft: {warning: 2s}", 60, 180, 20),
        ("tokens_per_run: {warning: 4000, min_runs: 5}", 60, 180, 5),
    ],
)
def test_what_is_not_said_has_a_default(project: Project, text: str, period_s: int, for_s: int, min_runs: int) -> None:
    found = alarm(project, text)
    assert (found.period_s, found.for_s, found.min_runs) == (period_s, for_s, min_runs)


def test_many_reporters_may_use_any_whole_minutes(project: Project) -> None:
    found = monitor(project, "reporters: many\nalarms: {p95: {warning: 5s, period: 7m, for: 14m}}\n")
    assert [(one.period_s, one.for_s) for one in found.conditions if one.alarm == "p95"] == [(420, 840)]


def test_slow_is_the_lowest_latency_threshold_of_the_flow(project: Project) -> None:
    text = "p95: {warning: 5s, critical: 8s}, drift: {signal: p99, info: 4s}"
    assert alarm(project, text, "slow_streak").over_ms == 4000.0


def test_slow_is_half_a_minute_without_latency_alarms(project: Project) -> None:
    assert alarm(project, "no_runs: {warning: 30m}", "slow_streak").over_ms == 30_000.0


def test_only_slow_streaks_have_a_limit(project: Project) -> None:
    assert alarm(project, "p95: {warning: 5s}").over_ms is None


def test_two_flows_with_different_limits_do_not_share_them(project: Project) -> None:
    for flow, limit in (("fast", "1s"), ("slow", "9s")):
        text = f"flow: {flow}\nowner: assistant-team\nalarms: {{p95: {{warning: {limit}}}}}\n"
        project.write(**{f"{flow}.yaml": text})
    found = spec.load(project.monitors, "local").monitors
    overs = {one.flow: c.over_ms for one in found for c in one.conditions if c.signal is Signal.SLOW_STREAK}
    assert overs == {"fast": 1000.0, "slow": 9000.0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon-Fri 09:00-20:00", Hours((1, 2, 3, 4, 5), 540, 1200)),
        ("Fri-Mon 00:00-23:59", Hours((1, 5, 6, 7), 0, 1439)),
        ("Tue,Sat-Sun 10:30-11:00 -0330", Hours((2, 6, 7), 630, 660, "-0330")),
        ("08:00-09:00", Hours((1, 2, 3, 4, 5, 6, 7), 480, 540)),
        ("09:00-09:00", None),
        ("24:00-25:00", None),
        ("Mon-Tue-Wed 09:00-10:00", None),
        ("Mon 9:00-10:00", None),
    ],
)
def test_hours_are_days_and_minutes(text: str, expected: Hours | None) -> None:
    assert hours(text) == expected


@pytest.mark.parametrize(("text", "ms"), [("0.5s", 500.0), ("2h", 7_200_000.0), ("5", None), ("s", None), (5, None)])
def test_durations_need_their_unit(text: object, ms: float | None) -> None:
    assert milliseconds(text) == ms


@pytest.mark.parametrize(("text", "value"), [("0.5%", 0.5), ("%", None), ("5", None), (5, None), ("-1%", None)])
def test_percentages_need_their_sign(text: object, value: float | None) -> None:
    assert percent(text) == value
