"""Which rule goes where, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowvigil.provisioner.carriers import By, Reason
from flowvigil.provisioner.monitor import Carrier, Hours, Reporters
from flowvigil.provisioner.plan import PlanError, plan
from flowvigil.provisioner.stack import Facts

from .builders import FAILURES, P95, SLOW, STACK, condition, level, monitor, monitors

OFFICE = Hours(days=(1, 2, 3, 4, 5), start_minute=540, end_minute=1200)


def carried(*found, stack=STACK):
    (choices,) = plan(monitors(*found), stack).choices.values()
    return {(one.share.condition.alarm, one.share.groups): (one.by, one.reason) for one in choices}


def without_template(found):
    return [flow for flow, choices in found.choices.items() if choices[0].reason is Reason.TEMPLATES]


def test_a_flow_with_ordinary_conditions_needs_only_a_template():
    assert {by for by, _ in carried(monitor()).values()} == {By.TEMPLATE}


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (condition("p99", level("critical", 9000), period_s=300, for_s=300), Reason.PERIOD),
        (condition("p99", level("critical", 9000), hours=OFFICE), Reason.HOURS),
        (condition("p99", level("critical", 9000, groups=("oncall",))), Reason.RECIPIENTS),
        (condition("p99", level("critical", 9000, repeat_s=900)), Reason.REPEAT),
        (condition("no_runs", level("warning", 7200)), Reason.PERIOD),
    ],
)
def test_what_a_template_cannot_say_becomes_a_direct_rule_with_its_reason(odd, reason):
    found = carried(monitor("poem", P95, FAILURES, SLOW, odd))
    assert found[odd.alarm, odd.levels[0].groups] == (By.DIRECT, reason)


def test_silence_of_an_hour_or_less_fits_a_template():
    found = carried(monitor("poem", P95, condition("no_runs", level("warning", 3600))))
    assert found["no_runs", ("ding",)] == (By.TEMPLATE, Reason.ORDINARY)


def test_a_group_that_is_told_less_gets_a_rule_of_its_own():
    split = condition("p95", level("critical", 8000, ("oncall", "ding")), level("warning", 5000, ("ding",)))
    found = {
        one.share.groups: one.share.severities for one in plan(monitors(monitor("poem", split)), STACK).choices["poem"]
    }
    assert found == {("oncall",): "critical", ("ding",): "critical+warning"}


def test_among_equally_many_the_recipients_of_the_more_urgent_rule_are_ordinary():
    late = condition("p50", level("warning", 100, ("ding",)))
    urgent = condition("p99", level("critical", 100, ("oncall",)))
    assert carried(monitor("poem", late, urgent))["p99", ("oncall",)][0] is By.TEMPLATE


def test_a_probed_refusal_of_the_service_makes_all_rules_direct():
    stack = replace(STACK, facts=Facts(templates_take_custom_metrics=False))
    assert set(carried(monitor(), stack=stack).values()) == {(By.DIRECT, Reason.REFUSED)}


def test_a_stack_that_asks_for_direct_rules_gets_no_template():
    stack = replace(STACK, rules=Carrier.DIRECT)
    assert set(carried(monitor(), stack=stack).values()) == {(By.DIRECT, Reason.FORCED_DIRECT)}


def test_the_eighty_first_flow_gets_direct_rules():
    found = plan(monitors(*(monitor(f"flow-{number:03d}", FAILURES) for number in range(81))), STACK)
    assert without_template(found) == ["flow-080"]


def test_a_forced_template_takes_its_place_before_the_others():
    flows = [monitor(f"flow-{number:03d}", FAILURES) for number in range(80)]
    last = monitor("zulu", FAILURES, rules=Carrier.TEMPLATE)
    found = plan(monitors(*flows, last), STACK)
    assert without_template(found) == ["flow-079"]


def test_the_thirty_first_rule_of_a_flow_is_direct():
    many = [condition(f"p95_{number:02d}", level("critical", 1000 + number), signal=P95.signal) for number in range(31)]
    found = carried(monitor("poem", *many))
    assert [alarm for (alarm, _), (by, _) in found.items() if by is By.DIRECT] == ["p95_30"]


def test_a_forced_template_that_cannot_say_it_names_file_flow_alarm_and_reason():
    odd = condition("p99", level("critical", 9000), hours=OFFICE)
    with pytest.raises(PlanError) as caught:
        plan(monitors(monitor("poem", odd, rules=Carrier.TEMPLATE)), STACK)
    assert str(caught.value) == (
        "poem.yaml: poem: p99: rules: template cannot carry it: a template has no weekdays; say rules: auto or direct"
    )


def test_a_flow_of_many_reporters_is_judged_by_log_service():
    found = carried(monitor(reporters=Reporters.MANY))
    assert set(found.values()) == {(By.LOG_ALERT, Reason.MANY)}


def test_missing_reports_are_judged_by_log_service_even_beside_a_template():
    found = carried(monitor("poem", FAILURES, condition("no_reports", level("critical", 600))))
    assert found["no_reports", ("ding",)] == (By.LOG_ALERT, Reason.REPORTS)


@pytest.mark.parametrize("signal", ["ttft", "tokens_per_run"])
def test_what_happens_inside_a_run_is_judged_by_log_service_even_beside_a_template(signal):
    found = carried(monitor("poem", FAILURES, condition(signal, level("critical", 600))))
    assert found[signal, ("ding",)] == (By.LOG_ALERT, Reason.INSIDE)
    assert found["failure_rate", ("ding",)] == (By.TEMPLATE, Reason.ORDINARY)
